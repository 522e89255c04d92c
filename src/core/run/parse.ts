import type { z } from 'zod';
import { AssertionError, OperationError, UsageError } from '../../base/errors.ts';
import { RUN_MIGRATIONS, migrate } from './migrate.ts';
import type { JsonObject, Migrations } from './migrate.ts';
import { PROBE_SCHEMA_VERSION, ProbeSchema } from './probe.ts';
import type { Probe } from './probe.ts';
import { RUN_SCHEMA_VERSION, RunSchema } from './run.ts';
import type { Run } from './run.ts';

interface Format<T> {
  readonly kind: string;
  readonly version: number;
  readonly schema: z.ZodType<T>;
  readonly migrations: Migrations;
}

const RUN: Format<Run> = {
  kind: 'run',
  version: RUN_SCHEMA_VERSION,
  schema: RunSchema,
  migrations: RUN_MIGRATIONS,
};
const PROBE: Format<Probe> = { kind: 'probe', version: PROBE_SCHEMA_VERSION, schema: ProbeSchema, migrations: {} };

/**
 * The Run in `text`; `name` is what errors call it, such as its path.
 * Throws UsageError for what is no Run, or a newer or invalid one, and OperationError for a Run that was cut off.
 */
export function parseRun(text: string, name: string): Run {
  return parse(text, name, RUN);
}

/** The Probe in `text`, with the errors of `parseRun`. */
export function parseProbe(text: string, name: string): Probe {
  return parse(text, name, PROBE);
}

/** The Run as JSON, validated; keys stand in the schema's order, so the same Run gives the same bytes. */
export function serializeRun(run: Run): string {
  return serialize(run, RUN);
}

export function serializeProbe(probe: Probe): string {
  return serialize(probe, PROBE);
}

function parse<T>(text: string, name: string, format: Format<T>): T {
  const document = parseJson(text, name, format);
  if (document['kind'] !== format.kind) {
    const kind = typeof document['kind'] === 'string' ? `a ${document['kind']} document` : 'some other JSON';
    throw new UsageError(`${name}: not a ${format.kind} document but ${kind.slice(0, 60)}`);
  }
  const version = document['schemaVersion'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new UsageError(`${name}: not a ${format.kind} document: schemaVersion must be a whole number from 1`);
  }
  if (version > format.version) {
    throw new UsageError(
      `${name}: ${format.kind} document of version ${version}, newer than this etcdmark reads (${format.version}); use a newer etcdmark`,
    );
  }
  const result = format.schema.safeParse(migrate(document, version, format.version, format.migrations));
  if (!result.success) throw new UsageError(`${name}: not a valid ${format.kind} document: ${describe(result.error)}`);
  return result.data;
}

function serialize<T>(value: T, format: Format<T>): string {
  const result = format.schema.safeParse(value);
  if (!result.success) throw new AssertionError(`invalid ${format.kind} document: ${describe(result.error)}`);
  return JSON.stringify(result.data, null, 1) + '\n';
}

function parseJson<T>(text: string, name: string, format: Format<T>): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const trimmed = text.trim();
    if (trimmed === '') throw new UsageError(`${name}: empty, where a ${format.kind} document was expected`);
    if (trimmed.startsWith('{') && endsOpen(trimmed)) {
      throw new OperationError(`${name}: truncated: the ${format.kind} document ends in the middle`);
    }
    throw new UsageError(`${name}: not a ${format.kind} document: it is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${name}: not a ${format.kind} document: not a JSON object`);
  }
  return value as JsonObject;
}

/** Whether JSON text stops inside a string or before its last bracket is closed. */
function endsOpen(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
  }
  return quoted || depth > 0;
}

/** The first fault in one line: where, what, and how many more there are. */
function describe(error: z.ZodError): string {
  const [first] = error.issues;
  if (first === undefined) return 'invalid';
  const path = first.path.map(String).join('.');
  const text =
    first.code === 'unrecognized_keys'
      ? `unknown key ${first.keys.map((key) => JSON.stringify(key.slice(0, 60))).join(', ')}`
      : first.message.charAt(0).toLowerCase() + first.message.slice(1);
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : '';
  return `${path === '' ? '' : `${path}: `}${text}${more}`.replaceAll(/[\n\r]+/g, ' ');
}
