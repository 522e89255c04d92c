/**
 * The shape of a request: every field that is set, in the order of the schema, with names, revisions, leases and values
 * replaced by what they are. Two requests of one shape differ in nothing that a server could treat in another way.
 *
 *     Txn compare=[EQUAL MOD <object> modRevision=0] success=[Put <object> value] [timeout]
 *     Range <prefix>.. limit=10000
 */
import { CompareResult, CompareTarget, METHODS, SCHEMA } from '../../src/core/api/index.ts';
import type { MessageName, MethodName } from '../../src/core/api/index.ts';
import { prefixEnd } from '../../src/base/bytes.ts';

/** What keys are, by the keys of a whole recording. */
export interface KeyNames {
  /** `/registry/pods/`: what lists, watches and counts of a resource cover. */
  readonly prefixes: ReadonlySet<string>;
}

/** Fields of no meaning for a server's work: they are told apart as set or not. */
const VARYING = new Map([
  ['revision', 'rev'],
  ['modRevision', 'rev'],
  ['startRevision', 'rev'],
  ['version', 'n'],
  ['lease', 'id'],
  ['ID', 'id'],
  ['id', 'id'],
  ['watchId', 'id'],
]);
/** What an apiserver sets of itself; all other limits are its clients' choice. */
const OWN_LIMITS = new Set<unknown>([1, 10_000]);
const COMPACTOR = /(^|\/)compact_rev_key$/;
const HEALTH = /\/health$/;
/** What every gRPC client sends. */
const COMMON_METADATA = new Set(['content-type', 'user-agent', 'te', 'grpc-accept-encoding', 'client-api-version']);

type Fields = Readonly<Record<string, unknown>>;

/** `metadata`: the request's header fields where they were seen; their names stand behind the message. */
export function shapeOf(
  method: MethodName,
  message: unknown,
  names: KeyNames,
  metadata?: ReadonlyMap<string, string>,
): string {
  const { request } = METHODS[method];
  const body = fieldsOf(request, message as Fields, names);
  const parts = [method[0]!.toUpperCase() + method.slice(1), ...body];
  for (const name of metadata?.keys() ?? []) {
    if (name !== 'grpc-timeout' && !COMMON_METADATA.has(name)) parts.push(`+${name}`);
  }
  return parts.join(' ');
}

/** The keys that a range covers, told by what they are. */
export function keyName(key: string, rangeEnd: string, { prefixes }: KeyNames): string {
  if (COMPACTOR.test(key)) return '<compactor>';
  if (rangeEnd === '') {
    if (HEALTH.test(key)) return '<health>';
    return prefixes.has(`${key}/`) ? '<resource>' : '<object>';
  }
  if (rangeEnd === prefixEnd(key)) return '<prefix>..';
  return key.endsWith('\0') ? '<behind>..' : '<from>..';
}

function fieldsOf(name: MessageName, message: Fields, names: KeyNames): string[] {
  const parts: string[] = [];
  for (const [field, [, type]] of Object.entries(SCHEMA[name] as Record<string, readonly [number, string]>)) {
    const value = message[field];
    if (field === 'rangeEnd' || isDefault(value)) {
      // The zero of a compare is what is compared with.
      if (name === 'Compare' && isTarget(field, message)) parts.push(field === 'version' ? 'version=n' : `${field}=0`);
      else if (name === 'Compare' && field === 'result') parts.push('EQUAL');
      else if (name === 'Compare' && field === 'target') parts.push('VERSION');
      continue;
    }
    if (field === 'key') parts.push(keyName(value as string, (message['rangeEnd'] as string | undefined) ?? '', names));
    else parts.push(fieldText(field, type, value, names));
  }
  return parts;
}

function fieldText(field: string, type: string, value: unknown, names: KeyNames): string {
  if (field === 'result') return nameIn(CompareResult, value);
  if (field === 'target') return nameIn(CompareTarget, value);
  const kind = type.replace(/(\[\]|\?)$/, '');
  if (Array.isArray(value)) {
    return `${field}=[${value.map((each: unknown) => itemText(kind, each, names)).join('; ')}]`;
  }
  if (kind in SCHEMA) return itemText(kind, value, names);
  if (kind === 'bytes') return field;
  if (value === true) return field;
  if (field === 'limit' && !OWN_LIMITS.has(value)) return 'limit=page';
  return `${field}=${VARYING.get(field) ?? String(value)}`;
}

function itemText(kind: string, value: unknown, names: KeyNames): string {
  if (!(kind in SCHEMA)) return String(value);
  const name = kind as MessageName;
  const body = fieldsOf(name, value as Fields, names).join(' ');
  const label = name === 'RequestOp' || name === 'Compare' ? '' : name.replace(/Request$/, '');
  return [label, body].filter((text) => text !== '').join(' ');
}

function isDefault(value: unknown): boolean {
  if (value === undefined || value === 0 || value === 0n || value === false || value === '') return true;
  return Array.isArray(value) && value.length === 0;
}

function isTarget(field: string, compare: Fields): boolean {
  const target = nameIn(CompareTarget, compare['target'] ?? 0);
  return { VERSION: 'version', CREATE: 'createRevision', MOD: 'modRevision', LEASE: 'lease' }[target] === field;
}

function nameIn(table: Readonly<Record<string, number>>, value: unknown): string {
  return Object.entries(table).find(([, number]) => number === value)?.[0] ?? String(value);
}
