/**
 * JSON to messages, by the schema, as etcd takes it from 3.6 on. Names as in the .proto or in lowerCamelCase; unknown ones
 * are ignored, those of enum values too.
 */
import {
  ENUMS,
  SCHEMA,
  type EnumName,
  type FieldRow,
  type MessageInput,
  type MessageName,
} from '../../core/api/index.ts';
import { protoNameOf } from '../../core/api/tags.ts';
import { JsonError } from './json-error.ts';

interface InputField {
  readonly name: string;
  readonly item: string;
  readonly repeated: boolean;
  /** The other members of its oneof. */
  readonly rivals: readonly string[];
}

/** As deep as the codecs go. */
const MAX_DEPTH = 300;

const fieldsOf = new Map<MessageName, ReadonlyMap<string, InputField>>();

/** @throws JsonError naming the field whose value is not what it should be. */
export function messageFromJson<M extends MessageName>(name: M, json: unknown): MessageInput<M> {
  return convertMessage(name, json, 'the request', 0) as MessageInput<M>;
}

function convertMessage(name: MessageName, json: unknown, where: string, depth: number): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong(where, json, 'an object');
  if (depth > MAX_DEPTH) throw new JsonError('messages nested too deep');
  const fields = inputFields(name);
  const message: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    const field = fields.get(key);
    if (field === undefined || value === null) continue;
    for (const name of [field.name, ...field.rivals]) {
      if (name in message) throw new JsonError(`${key} and ${name} are both set: one of them is wanted`);
    }
    const converted = field.repeated
      ? convertList(field.item, value, key, depth)
      : convertValue(field.item, value, key, depth);
    if (converted !== undefined) message[field.name] = converted;
  }
  return message;
}

function convertList(item: string, json: unknown, where: string, depth: number): unknown[] {
  if (!Array.isArray(json)) throw wrong(where, json, 'an array');
  return json
    .map((value: unknown, i) => convertValue(item, value, `${where}[${i}]`, depth))
    .filter((value) => value !== undefined);
}

/** Undefined for a name that the enum does not have. */
function convertValue(item: string, json: unknown, where: string, depth: number): unknown {
  switch (item) {
    case 'key':
      return base64(json, where).toString('latin1');
    case 'bytes':
      return base64(json, where);
    case 'string':
      if (typeof json !== 'string') throw wrong(where, json, 'a string');
      return json;
    case 'bool':
      if (typeof json !== 'boolean') throw wrong(where, json, 'true or false');
      return json;
    case 'uint32':
      return Number(integer(json, where, 0n, 2n ** 32n - 1n));
    case 'int64':
      return saturated(integer(json, where, -(2n ** 63n), 2n ** 63n - 1n));
    case 'uint64':
      return saturated(integer(json, where, 0n, 2n ** 64n - 1n));
    case 'bigInt64':
      return integer(json, where, -(2n ** 63n), 2n ** 63n - 1n);
    case 'bigUint64':
      return integer(json, where, 0n, 2n ** 64n - 1n);
    default:
      return item in ENUMS
        ? enumValue(item as EnumName, json, where)
        : convertMessage(item as MessageName, json, where, depth + 1);
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/;

function base64(json: unknown, where: string): Buffer {
  // Either alphabet; padding is left out, or is whole. Buffer takes both.
  if (
    typeof json !== 'string' ||
    json.length % 4 === 1 ||
    !BASE64.test(json) ||
    (json.endsWith('=') && json.length % 4 !== 0)
  )
    throw wrong(where, json, 'base64');
  return Buffer.from(json, 'base64');
}

function integer(json: unknown, where: string, min: bigint, max: bigint): bigint {
  const value = typeof json === 'number' || typeof json === 'string' ? wholeNumber(String(json)) : undefined;
  if (value === undefined) throw wrong(where, json, 'an integer');
  if (value < min || value > max) throw wrong(where, json, `an integer from ${min} to ${max}`);
  return value;
}

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/;
/** More than 64 bits have. */
const MAX_DIGITS = 20;

/** What a JSON number says, exactly; undefined for what is none, is not whole, or is longer than any of 64 bits. */
function wholeNumber(text: string): bigint | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return 0n;
  const significant = digits.replace(/0+$/, '');
  const zeros = Number(exponent) - fraction.length + digits.length - significant.length;
  if (zeros < 0 || significant.length + zeros > MAX_DIGITS) return undefined;
  return BigInt(`${sign}${significant}${'0'.repeat(zeros)}`);
}

/** The policy of `core/api/schema/notation.ts`. */
function saturated(value: bigint): number {
  if (value > 9007199254740991n) return 9007199254740992;
  return value < -9007199254740991n ? -9007199254740992 : Number(value);
}

function enumValue(name: EnumName, json: unknown, where: string): number | undefined {
  if (typeof json === 'string') {
    const values: Readonly<Record<string, number>> = ENUMS[name];
    return Object.hasOwn(values, json) ? values[json] : undefined;
  }
  if (typeof json === 'number' && Number.isInteger(json) && Math.abs(json) < 2 ** 31) {
    return json;
  }
  throw wrong(where, json, `one of ${Object.keys(ENUMS[name]).join(', ')}`);
}

function wrong(where: string, json: unknown, wanted: string): JsonError {
  const text = JSON.stringify(json) ?? 'nothing';
  return new JsonError(`${where} is ${text.length > 40 ? `${text.slice(0, 40)}...` : text}: ${wanted} is wanted`);
}

function inputFields(name: MessageName): ReadonlyMap<string, InputField> {
  let fields = fieldsOf.get(name);
  if (fields === undefined) {
    const rows = Object.entries(SCHEMA[name] as Readonly<Record<string, FieldRow>>);
    const members = rows.filter(([, [, type]]) => type.endsWith('?')).map(([field]) => field);
    const byName = new Map<string, InputField>();
    for (const [field, row] of rows) {
      const input = {
        name: field,
        item: row[1].replace(/\[\]$|\?$/, ''),
        repeated: row[1].endsWith('[]'),
        rivals: row[1].endsWith('?') ? members.filter((member) => member !== field) : [],
      };
      const protoName = protoNameOf(field, row);
      byName.set(protoName, input);
      byName.set(
        protoName.replace(/_([a-zA-Z])/g, (_, letter: string) => letter.toUpperCase()),
        input,
      );
    }
    fields = byName;
    fieldsOf.set(name, fields);
  }
  return fields;
}
