/** Messages to JSON, by the schema: proto names, 64-bit integers as strings, bytes as base64, enums by name, zeros left out. */
import { ENUMS, SCHEMA, type EnumName, type FieldRow, type Message, type MessageName } from '../../core/api/index.ts';
import { protoNameOf } from '../../core/api/tags.ts';

interface OutputField {
  readonly name: string;
  readonly protoName: string;
  readonly item: string;
  /** Written whenever it is set, zero or not. */
  readonly explicit: boolean;
}

const fieldsOf = new Map<MessageName, readonly OutputField[]>();

/** A plain object for JSON.stringify, in the order of the fields. */
export function jsonFromMessage<M extends MessageName>(name: M, message: Message<M>): Record<string, unknown> {
  return convertMessage(name, message);
}

function convertMessage(name: MessageName, message: Record<string, unknown>): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const { name: field, protoName, item, explicit } of outputFields(name)) {
    const value = message[field];
    if (value === undefined) continue;
    if (Array.isArray(value)) {
      if (value.length > 0) json[protoName] = value.map((one: unknown) => convertValue(item, one));
    } else if (explicit || !isZero(value)) {
      json[protoName] = convertValue(item, value);
    }
  }
  return json;
}

function isZero(value: unknown): boolean {
  return !value || (value instanceof Uint8Array && value.length === 0);
}

function convertValue(item: string, value: unknown): unknown {
  switch (item) {
    case 'key':
      return Buffer.from(value as string, 'latin1').toString('base64');
    case 'bytes': {
      const bytes = value as Uint8Array;
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    }
    case 'string':
    case 'bool':
    case 'uint32':
      return value;
    case 'int64':
    case 'uint64':
    case 'bigInt64':
    case 'bigUint64':
      return String(value);
    default:
      return item in ENUMS
        ? enumName(item as EnumName, value as number)
        : convertMessage(item as MessageName, value as Record<string, unknown>);
  }
}

/** The name, or the number where it has none. */
function enumName(name: EnumName, value: number): string | number {
  return Object.entries(ENUMS[name]).find(([, number]) => number === value)?.[0] ?? value;
}

function outputFields(name: MessageName): readonly OutputField[] {
  let fields = fieldsOf.get(name);
  if (fields === undefined) {
    fields = Object.entries(SCHEMA[name] as Readonly<Record<string, FieldRow>>).map(([field, row]) => {
      const item = row[1].replace(/\[\]$|\?$/, '');
      return {
        name: field,
        protoName: protoNameOf(field, row),
        item,
        explicit: item in SCHEMA || row[1].endsWith('?'),
      };
    });
    fieldsOf.set(name, fields);
  }
  return fields;
}
