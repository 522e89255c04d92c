/** A codec compiled from the schema: one small object per field, no generated code. For everything off the hot path. */
import type { FieldRow, Message, MessageInput, MessageName, ScalarType } from '../../core/api/index.ts';
import { ENUMS, SCHEMA } from '../../core/api/index.ts';
import { skipUnknown, tagOf } from '../../core/api/tags.ts';
import { varintSize, writeVarint } from '../../core/api/varint.ts';
import { WIRE_BYTES } from '../../core/api/reader.ts';
import type { BufferReader, Part } from './part.ts';
import { ENUM_KIND, SCALAR_KINDS, type Kind } from './kinds.ts';

interface FieldCodec {
  readonly number: number;
  readonly name: string;
  /** A fresh default. */
  initial(): unknown;
  size(value: unknown): number;
  write(value: unknown, into: Buffer, offset: number): number;
  /** Reads one occurrence of the field into `message`. */
  read(reader: BufferReader, tag: number, message: Record<string, unknown>): void;
}

/** Parts by name, looked up when first needed, so that messages may contain each other. */
export type PartOf = (name: MessageName) => Part<MessageName>;

export function compilePart<M extends MessageName>(name: M, partOf: PartOf): Part<M> {
  const rows = Object.entries(SCHEMA[name] as Readonly<Record<string, FieldRow>>);
  const oneof = rows.filter(([, [, type]]) => type.endsWith('?')).map(([field]) => field);
  const fields = rows.map(([field, row]) => compileField(name, field, row, oneof, partOf));
  const ascending = [...fields].sort((a, b) => a.number - b.number);
  const byNumber = new Map(fields.map((field) => [field.number, field]));
  return {
    size(message) {
      const record = message as Readonly<Record<string, unknown>>;
      let size = 0;
      for (const field of fields) {
        const value = record[field.name];
        if (value !== undefined) size += field.size(value);
      }
      return size;
    },
    write(message, into, offset) {
      const record = message as Readonly<Record<string, unknown>>;
      for (const field of ascending) {
        const value = record[field.name];
        if (value !== undefined) offset = field.write(value, into, offset);
      }
      return offset;
    },
    read(reader) {
      const message: Record<string, unknown> = {};
      for (const field of fields) message[field.name] = field.initial();
      while (reader.pos < reader.end) {
        const tag = reader.tag();
        const field = byNumber.get(tag >>> 3);
        if (field === undefined) reader.skip(tag);
        else field.read(reader, tag, message);
      }
      return message as Message<M>;
    },
  };
}

function compileField(
  message: MessageName,
  name: string,
  [number, type]: FieldRow,
  oneof: readonly string[],
  partOf: PartOf,
): FieldCodec {
  const item = type.replace(/\[\]$|\?$/, '');
  const tag = tagOf(message, name as never);
  const isMessage = item in SCHEMA;
  const kind: Kind<unknown> = isMessage
    ? messageKind(item as MessageName, partOf)
    : item in ENUMS
      ? ENUM_KIND
      : SCALAR_KINDS[item as ScalarType];
  if (type.endsWith('[]')) {
    return item in ENUMS ? packedField(message, number, name, kind) : repeatedField(message, number, name, tag, kind);
  }
  const members = type.endsWith('?') ? oneof : [];
  return singleField(message, number, name, tag, kind, members, isMessage || members.length > 0);
}

/** `explicit` fields (messages, oneof members) are written whenever they are set; the others unless they are zero. */
function singleField(
  message: MessageName,
  number: number,
  name: string,
  tag: number,
  kind: Kind<unknown>,
  oneof: readonly string[],
  explicit: boolean,
): FieldCodec {
  const tagSize = varintSize(tag);
  return {
    number,
    name,
    initial: () => (explicit ? undefined : kind.zero),
    size: (value) => (!explicit && kind.isZero(value) ? 0 : tagSize + kind.size(value)),
    write(value, into, offset) {
      if (!explicit && kind.isZero(value)) return offset;
      return kind.write(value, into, writeVarint(tag, into, offset));
    },
    read(reader, found, target) {
      if (found !== tag) return skipUnknown(message, reader, found);
      for (const member of oneof) target[member] = undefined;
      target[name] = kind.read(reader);
    },
  };
}

function repeatedField(
  message: MessageName,
  number: number,
  name: string,
  tag: number,
  kind: Kind<unknown>,
): FieldCodec {
  const tagSize = varintSize(tag);
  return {
    number,
    name,
    initial: () => [],
    size(values) {
      let size = 0;
      for (const value of values as readonly unknown[]) size += tagSize + kind.size(value);
      return size;
    },
    write(values, into, offset) {
      for (const value of values as readonly unknown[])
        offset = kind.write(value, into, writeVarint(tag, into, offset));
      return offset;
    },
    read(reader, found, target) {
      if (found !== tag) return skipUnknown(message, reader, found);
      (target[name] as unknown[]).push(kind.read(reader));
    },
  };
}

/** Repeated enums are written packed, as proto3 has it, and read in either form. */
function packedField(message: MessageName, number: number, name: string, kind: Kind<unknown>): FieldCodec {
  const tag = (number << 3) | WIRE_BYTES;
  const loose = number << 3;
  const bodySize = (values: readonly unknown[]): number => {
    let size = 0;
    for (const value of values) size += kind.size(value);
    return size;
  };
  return {
    number,
    name,
    initial: () => [],
    size(values) {
      const body = bodySize(values as readonly unknown[]);
      return body === 0 ? 0 : varintSize(tag) + varintSize(body) + body;
    },
    write(values, into, offset) {
      const body = bodySize(values as readonly unknown[]);
      if (body === 0) return offset;
      offset = writeVarint(body, into, writeVarint(tag, into, offset));
      for (const value of values as readonly unknown[]) offset = kind.write(value, into, offset);
      return offset;
    },
    read(reader, found, target) {
      const values = target[name] as unknown[];
      if (found === loose) {
        values.push(kind.read(reader));
      } else if (found === tag) {
        const outer = reader.open();
        while (reader.pos < reader.end) values.push(kind.read(reader));
        reader.close(outer);
      } else {
        skipUnknown(message, reader, found);
      }
    },
  };
}

function messageKind(name: MessageName, partOf: PartOf): Kind<unknown> {
  let known: Part<MessageName> | undefined;
  const part = (): Part<MessageName> => (known ??= partOf(name));
  const bodySize = (value: unknown): number =>
    value instanceof Uint8Array ? value.length : part().size(value as MessageInput<MessageName>);
  return {
    zero: undefined,
    isZero: (value) => value === undefined,
    size(value) {
      const body = bodySize(value);
      return varintSize(body) + body;
    },
    write(value, into, offset) {
      offset = writeVarint(bodySize(value), into, offset);
      if (!(value instanceof Uint8Array)) return part().write(value as MessageInput<MessageName>, into, offset);
      into.set(value, offset);
      return offset + value.length;
    },
    read(reader) {
      const outer = reader.open();
      const message = part().read(reader);
      reader.close(outer);
      return message;
    },
  };
}
