/**
 * Requests as bytes, for the tests alone: unlike the codecs under test it writes what no client would, such as enums and
 * integers out of range, fields of the wrong wire type, two members of a oneof.
 */
import { bytesFrom } from '../../src/base/bytes.ts';
import { SCHEMA, type FieldRow, type MessageName } from '../../src/core/api/index.ts';
import { wireTypeOf } from '../../src/core/api/tags.ts';
import { from } from '../support/peer-version.ts';
import { Invalid, Malformed, resolved, type Fields, type Knowledge, type Value } from './values.ts';

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;
const WIRE_NONE = 7;

const skipsWrongWireTypes = from('3.7');

export function encodeRequest(message: MessageName, fields: Fields, knowledge: Knowledge): Buffer {
  const parts: Uint8Array[] = [];
  const rows = SCHEMA[message] as Readonly<Record<string, FieldRow>>;
  for (const [name, given] of Object.entries(fields)) {
    const row = rows[name];
    if (row === undefined) throw new Error(`${message} has no field ${name}`);
    const [number, type] = row;
    const value = given instanceof Invalid ? given.value : given;
    if (type.endsWith('[]') && Array.isArray(value)) {
      for (const item of value as readonly Value[]) parts.push(encodeField(number, type.slice(0, -2), item, knowledge));
    } else {
      parts.push(encodeField(number, type.replace(/\[\]$|\?$/, ''), value, knowledge));
    }
  }
  return Buffer.concat(parts);
}

function encodeField(number: number, type: string, given: Value, knowledge: Knowledge): Buffer {
  if (given instanceof Malformed) return malformedField(number, wireTypeOf(type), knowledge);
  const value = resolved(given, knowledge);
  if (type in SCHEMA) return bytesField(number, encodeRequest(type as MessageName, value as Fields, knowledge));
  if (value instanceof Uint8Array) return bytesField(number, value);
  if (typeof value === 'string') return bytesField(number, type === 'string' ? Buffer.from(value) : bytesFrom(value));
  return Buffer.concat([varint(BigInt(number << 3)), varint(BigInt(value as number | bigint | boolean))]);
}

function bytesField(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt((number << 3) | WIRE_BYTES)), varint(BigInt(bytes.length)), bytes]);
}

/**
 * Of a wrong wire type, but not bytes in place of a varint: that is how repeated ones are packed. From 3.7 on etcd skips
 * such a field like one that it does not know; there it is of a wire type that there is not.
 */
function malformedField(number: number, wireType: number, { peer }: Knowledge): Buffer {
  if (skipsWrongWireTypes(peer)) return varint(BigInt((number << 3) | WIRE_NONE));
  if (wireType === WIRE_VARINT) return Buffer.concat([varint(BigInt((number << 3) | WIRE_FIXED32)), Buffer.alloc(4)]);
  return Buffer.concat([varint(BigInt(number << 3)), varint(1n)]);
}

/** Negative numbers take ten bytes, as protobuf has it. */
export function varint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
