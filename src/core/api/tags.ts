import { DecodeError } from './decode-error.ts';
import { WIRE_BYTES, WIRE_VARINT, type Reader } from './reader.ts';
import { ENUMS } from './schema/enums.ts';
import { SCHEMA, type MessageName, type Schema } from './schema/index.ts';
import type { FieldRow } from './schema/notation.ts';

/** The wire type of one value of `type`. */
export function wireTypeOf(type: string): number {
  switch (type) {
    case 'key':
    case 'bytes':
    case 'string':
      return WIRE_BYTES;
    case 'bool':
    case 'uint32':
    case 'int64':
    case 'uint64':
    case 'bigInt64':
    case 'bigUint64':
      return WIRE_VARINT;
    default:
      return type in ENUMS ? WIRE_VARINT : WIRE_BYTES;
  }
}

/** What stands before each value of a field: its number and wire type. Repeated scalars are not packed here. */
export function tagOf<M extends MessageName>(message: M, field: keyof Schema[M] & string): number {
  const [number, type] = (SCHEMA[message] as Readonly<Record<string, FieldRow>>)[field]!;
  return ((number << 3) | wireTypeOf(type.replace(/\[\]$|\?$/, ''))) >>> 0;
}

const numbersOf = new Map<MessageName, ReadonlySet<number>>();

/** Passes over a field that `message` does not have; one that it has, in another wire type, is an error as in etcd. */
export function skipUnknown(message: MessageName, reader: Reader, tag: number): void {
  let numbers = numbersOf.get(message);
  if (numbers === undefined) {
    numbers = new Set(Object.values(SCHEMA[message] as Readonly<Record<string, FieldRow>>).map(([number]) => number));
    numbersOf.set(message, numbers);
  }
  if (numbers.has(tag >>> 3)) throw new DecodeError(`${message} field ${tag >>> 3} has wire type ${tag & 7}`);
  reader.skip(tag);
}

/** A field's name in the .proto file, which is also its name in the JSON gateway. */
export function protoNameOf(field: string, row: FieldRow): string {
  return row[2] ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
