/** How one value of each scalar type is sized, written and read: its length included, its tag not. */
import { writeBytes } from '../../base/bytes.ts';
import type { ByteSource, ByteString } from '../../base/bytes.ts';
import type { Scalars } from '../../core/api/index.ts';
import { writeKey } from '../../core/api/key-value.ts';
import { bigVarintSize, varintSize, writeBigVarint, writeVarint } from '../../core/api/varint.ts';
import { NO_BYTES, readBytes, readKey, readText } from './fields.ts';
import type { BufferReader } from './part.ts';

export interface Kind<T> {
  readonly zero: T;
  isZero(value: T): boolean;
  size(value: T): number;
  write(value: T, into: Buffer, offset: number): number;
  read(reader: BufferReader): T;
}

const key: Kind<ByteString> = {
  zero: '',
  isZero: (value) => value === '',
  size: (value) => varintSize(value.length) + value.length,
  write: (value: ByteString | ByteSource, into, offset) =>
    writeKey(value, into, writeVarint(value.length, into, offset)),
  read: readKey,
};

const bytes: Kind<Uint8Array> = {
  zero: NO_BYTES,
  isZero: (value) => value.length === 0,
  size: (value) => varintSize(value.length) + value.length,
  write: (value: Uint8Array | ByteSource, into, offset) =>
    writeBytes(value, into, writeVarint(value.length, into, offset)),
  read: readBytes,
};

const string: Kind<string> = {
  zero: '',
  isZero: (value) => value === '',
  size(value) {
    const length = Buffer.byteLength(value);
    return varintSize(length) + length;
  },
  write(value, into, offset) {
    offset = writeVarint(Buffer.byteLength(value), into, offset);
    return offset + into.write(value, offset);
  },
  read: readText,
};

const bool: Kind<boolean> = {
  zero: false,
  isZero: (value) => !value,
  size: () => 1,
  write(value, into, offset) {
    into[offset] = value ? 1 : 0;
    return offset + 1;
  },
  read: (reader) => reader.bool(),
};

const number = (read: (reader: BufferReader) => number): Kind<number> => ({
  zero: 0,
  isZero: (value) => value === 0,
  size: varintSize,
  write: writeVarint,
  read,
});

const big = (read: (reader: BufferReader) => bigint): Kind<bigint> => ({
  zero: 0n,
  isZero: (value) => value === 0n,
  size: bigVarintSize,
  write: writeBigVarint,
  read,
});

export const SCALAR_KINDS: { readonly [T in keyof Scalars]: Kind<Scalars[T]> } = {
  key,
  bytes,
  string,
  bool,
  uint32: number((reader) => reader.uint32()),
  int64: number((reader) => reader.int64()),
  uint64: number((reader) => reader.uint64()),
  bigInt64: big((reader) => reader.bigInt64()),
  bigUint64: big((reader) => reader.bigUint64()),
};

/** The same for every enum: they are open, so the number is all there is. */
export const ENUM_KIND = number((reader) => reader.int32());
