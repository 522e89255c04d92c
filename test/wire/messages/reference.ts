/** protobufjs as the reference: its own schema (`proto/`), our messages turned into its plain objects, and messages at random. */
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { ENUMS, SCHEMA, type FieldRow, type MessageName } from '../../../src/core/api/index.ts';
import { protoNameOf } from '../../../src/core/api/tags.ts';

const directory = new URL('./proto/', import.meta.url);
const root = new protobuf.Root();
for (const file of readdirSync(directory)) {
  protobuf.parse(readFileSync(new URL(file, directory), 'utf8'), root, { keepCase: true });
}
root.resolveAll();

const RENAMED: Partial<Record<MessageName, string>> = {
  MembershipMember: 'membershippb.Member',
  MemberAttributes: 'membershippb.Attributes',
  V2Request: 'etcdserverpb.Request',
};
const PACKAGES = ['etcdserverpb', 'mvccpb', 'authpb', 'membershippb', 'leasepb', 'v3electionpb', 'grpc.health.v1'];

/** Declared as bytes, held as text here. */
const TEXT_IN_BYTES = new Set(['User.name', 'Role.name']);

export function referenceType(name: MessageName): protobuf.Type {
  const candidates = RENAMED[name] ? [RENAMED[name]] : PACKAGES.map((prefix) => `${prefix}.${name}`);
  for (const candidate of candidates) {
    const found = root.lookup(candidate, [protobuf.Type]);
    if (found instanceof protobuf.Type) return found;
  }
  throw new Error(`no ${name} in the reference`);
}

/** How many messages the reference knows. */
export function referenceMessages(): string[] {
  const names: string[] = [];
  const visit = (space: protobuf.NamespaceBase): void => {
    for (const nested of space.nestedArray) {
      if (nested instanceof protobuf.Type) names.push(nested.fullName);
      if (nested instanceof protobuf.Namespace) visit(nested);
    }
  };
  visit(root);
  return names;
}

export function rowsOf(name: MessageName): [string, FieldRow][] {
  return Object.entries(SCHEMA[name] as Readonly<Record<string, FieldRow>>);
}

type Plain = Record<string, unknown>;

/** Our message as protobufjs' plain object: 64-bit integers as decimal strings, bytes as base64. Zeros are left out unless asked for. */
export function toReference(name: MessageName, message: Plain, zeros = false): Plain {
  const plain: Plain = {};
  for (const [field, row] of rowsOf(name)) {
    const type = row[1];
    const value = message[field];
    if (value === undefined) continue;
    const item = type.replace(/\[\]$|\?$/, '');
    const convert = (one: unknown): unknown => {
      if (TEXT_IN_BYTES.has(`${name}.${field}`)) return Buffer.from(one as string).toString('base64');
      if (item === 'key') return Buffer.from(one as string, 'latin1').toString('base64');
      if (item === 'bytes') return Buffer.from(one as Uint8Array).toString('base64');
      if (/int64$/i.test(item)) return String(one);
      return item in SCHEMA ? toReference(item as MessageName, one as Plain, zeros) : one;
    };
    const converted = Array.isArray(value) ? value.map(convert) : convert(value);
    const zero =
      ['', '0', 0, false].includes(converted as never) || (Array.isArray(converted) && converted.length === 0);
    if (zeros || !zero || type.endsWith('?')) plain[protoNameOf(field, row)] = converted;
  }
  return plain;
}

export function fromReferenceBytes(name: MessageName, bytes: Uint8Array): Plain {
  const type = referenceType(name);
  return type.toObject(type.decode(bytes), { longs: String, bytes: String, enums: Number });
}

export function toReferenceBytes(name: MessageName, message: Plain, zeros: boolean): Uint8Array {
  const type = referenceType(name);
  return type.encode(type.fromObject(toReference(name, message, zeros))).finish();
}

const numbers = fc.oneof(
  fc.constantFrom(
    0,
    1,
    -1,
    127,
    128,
    16383,
    16384,
    2 ** 28,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 49,
    2 ** 53 - 1,
    -(2 ** 53) + 1,
  ),
  fc.maxSafeInteger(),
);
const bigints = fc.oneof(
  fc.constantFrom(0n, 1n, 127n, 128n, 2n ** 52n, 2n ** 53n, 2n ** 56n - 1n, 2n ** 56n, 2n ** 63n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
);
const SCALARS: Record<string, fc.Arbitrary<unknown>> = {
  key: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  string: fc.string({ unit: 'binary', maxLength: 30 }),
  bool: fc.boolean(),
  uint32: fc.nat(2 ** 31 - 1).map((n) => n * 2 + 1),
  int64: numbers,
  uint64: numbers.map(Math.abs),
  bigInt64: fc.oneof(
    bigints,
    bigints.map((n) => -n - 1n),
  ),
  bigUint64: fc.oneof(
    bigints,
    bigints.map((n) => n + 2n ** 63n),
  ),
};

/** A message as a decoder would return it. */
export function arbitraryMessage(name: MessageName, depth = 3): fc.Arbitrary<Plain> {
  const rows = rowsOf(name);
  const record: Record<string, fc.Arbitrary<unknown>> = {};
  const members = rows.filter(([, [, type]]) => type.endsWith('?')).map(([field]) => field);
  for (const [field, [, type]] of rows) {
    const item = type.replace(/\[\]$|\?$/, '');
    const nested = item in SCHEMA;
    const one = nested
      ? depth > 0
        ? arbitraryMessage(item as MessageName, depth - 1)
        : fc.constant(undefined)
      : (SCALARS[item] ?? fc.constantFrom(...Object.values(ENUMS[item as keyof typeof ENUMS])));
    if (type.endsWith('[]')) record[field] = nested && depth === 0 ? fc.constant([]) : fc.array(one, { maxLength: 3 });
    else if (type.endsWith('?') || !nested) record[field] = one;
    else record[field] = fc.option(one, { nil: undefined });
  }
  const whole = fc.record(record);
  if (members.length === 0) return whole;
  return fc.tuple(whole, fc.option(fc.constantFrom(...members), { nil: undefined })).map(([message, chosen]) => {
    for (const member of members) if (member !== chosen) message[member] = undefined;
    return message;
  });
}
