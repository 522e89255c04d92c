/** Reading a profile: one line for whatever is wrong, and the schema as JSON Schema for editors. */
import { z } from 'zod';
import { UsageError } from '../../base/errors.ts';
import { PROFILE_SCHEMA_VERSION, ProfileSchema } from './profile.ts';
import type { Profile } from './profile.ts';

type Issue = z.core.$ZodIssue;
type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema as JSON Schema, for completion and checking in an editor. */
export function profileJsonSchema(): JsonSchema {
  return z.toJSONSchema(ProfileSchema, { io: 'input' });
}

/** The profile in `data` (a parsed YAML document); `where` names it in errors. Throws UsageError in one line. */
export function parseProfile(data: unknown, where: string): Profile {
  if (!isRecord(data)) {
    throw new UsageError(
      `${where}: is no profile: a profile is a YAML mapping that begins with schemaVersion and name`,
    );
  }
  const version = data['schemaVersion'];
  if (typeof version === 'number' && version > PROFILE_SCHEMA_VERSION) {
    throw new UsageError(
      `${where}: schemaVersion ${version} is newer than ${PROFILE_SCHEMA_VERSION}, the newest that this program knows`,
    );
  }
  const parsed = ProfileSchema.safeParse(data);
  if (!parsed.success) {
    // An unknown key is often the missing one misspelt: it says more.
    const issues = parsed.error.issues.map(deepest);
    const first = issues.find((issue) => issue.code === 'unrecognized_keys') ?? issues[0]!;
    throw new UsageError(`${where}: ${describeIssue(first, data)}`);
  }
  return parsed.data;
}

/** The place, what is wrong, and what would be right. */
function describeIssue(issue: Issue, data: unknown): string {
  const place = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => `"${key}"`).join(', ');
    return `${place}unknown key ${unknown}; allowed: ${allowedKeys(issue.path, data).join(', ')}`;
  }
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return `${place}${describeValue(valueAt(issue.path, data))}; allowed: ${issue.options.join(', ')}`;
  }
  if (issue.code === 'invalid_type' && valueAt(issue.path, data) === undefined) return `${place}missing`;
  if (issue.code === 'invalid_value') {
    return `${place}${describeValue(valueAt(issue.path, data))}; allowed: ${issue.values.map(String).join(', ')}`;
  }
  return `${place}${issue.message}`;
}

function describeValue(value: unknown): string {
  return value === undefined ? 'missing' : `unknown value ${JSON.stringify(value)}`;
}

/** Inside a union that failed, the issue that got furthest says most. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const inner = issue.errors.flat().map((each) => deepest({ ...each, path: [...issue.path, ...each.path] }));
  return inner.toSorted((a, b) => telling(b) - telling(a))[0] ?? issue;
}

/** A value of the wrong type says only that this branch was not meant. */
function telling(issue: Issue): number {
  return issue.path.length * 2 + (issue.code === 'invalid_type' ? 0 : 1);
}

/** What may stand at `path`, read from the published schema along the data's own discriminators. */
function allowedKeys(path: readonly PropertyKey[], data: unknown): string[] {
  let schema: JsonSchema | undefined = branchOf(profileJsonSchema(), data);
  let value = data;
  for (const key of path) {
    value = memberOf(value, key);
    schema = branchOf(childOf(schema, key), value);
  }
  return isRecord(schema?.['properties']) ? Object.keys(schema['properties']) : [];
}

function childOf(schema: JsonSchema | undefined, key: PropertyKey): JsonSchema | undefined {
  const properties = schema?.['properties'];
  const child =
    typeof key === 'number'
      ? schema?.['items']
      : isRecord(properties) && Object.hasOwn(properties, key)
        ? properties[String(key)]
        : schema?.['additionalProperties'];
  return isRecord(child) ? child : undefined;
}

/** The branch of a union whose constants the value carries; a plain schema is its own branch. */
function branchOf(schema: JsonSchema | undefined, value: unknown): JsonSchema | undefined {
  const branches = schema?.['oneOf'] ?? schema?.['anyOf'];
  if (!Array.isArray(branches)) return schema;
  return branches.filter(isRecord).find((branch) => {
    const properties = branch['properties'];
    if (!isRecord(properties) || !isRecord(value)) return false;
    return Object.entries(properties).every(
      ([key, each]) => !isRecord(each) || each['const'] === undefined || each['const'] === value[key],
    );
  });
}

function valueAt(path: readonly PropertyKey[], data: unknown): unknown {
  return path.reduce(memberOf, data);
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  if (Array.isArray(value)) return value[Number(key)] as unknown;
  return isRecord(value) ? value[String(key)] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
