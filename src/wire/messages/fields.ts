/**
 * Sizes and writers of single fields. A tag here is a field's number and wire type as `tagOf` gives it; all of them are below
 * 128 in the hand-written codecs (field numbers up to 15), which `shortTag` asserts, so a tag is one byte.
 */
import { isUtf8 } from 'node:buffer';
import { assert } from '../../base/errors.ts';
import { writeBytes } from '../../base/bytes.ts';
import type { ByteSource, ByteString } from '../../base/bytes.ts';
import { DecodeError, type MessageName, type Schema } from '../../core/api/index.ts';
import { writeKey } from '../../core/api/key-value.ts';
import { tagOf } from '../../core/api/tags.ts';
import { bigVarintSize, varintSize, writeBigVarint, writeVarint } from '../../core/api/varint.ts';
import type { BufferReader } from './part.ts';

/** What stands for an absent `bytes` field. */
export const NO_BYTES: Uint8Array = Buffer.alloc(0);

export function shortTag<M extends MessageName>(message: M, field: keyof Schema[M] & string): number {
  const tag = tagOf(message, field);
  assert(tag < 0x80, `the tag of ${message}.${field} takes more than one byte`);
  return tag;
}

/** A length-delimited field of `length` bytes, one-byte tag included. */
export function sizeDelimited(length: number): number {
  return 1 + varintSize(length) + length;
}

export function sizeVarint(value: number): number {
  return 1 + varintSize(value);
}

export function sizeBigVarint(value: bigint): number {
  return 1 + bigVarintSize(value);
}

/** Tag and length; what they announce is for the caller to write behind them. */
export function writeOpening(tag: number, length: number, into: Buffer, offset: number): number {
  into[offset] = tag;
  return writeVarint(length, into, offset + 1);
}

export function writeVarintField(tag: number, value: number, into: Buffer, offset: number): number {
  into[offset] = tag;
  return writeVarint(value, into, offset + 1);
}

export function writeBigVarintField(tag: number, value: bigint, into: Buffer, offset: number): number {
  into[offset] = tag;
  return writeBigVarint(value, into, offset + 1);
}

export function writeTrue(tag: number, into: Buffer, offset: number): number {
  into[offset] = tag;
  into[offset + 1] = 1;
  return offset + 2;
}

export function writeBytesField(tag: number, bytes: Uint8Array | ByteSource, into: Buffer, offset: number): number {
  return writeBytes(bytes, into, writeOpening(tag, bytes.length, into, offset));
}

export function writeKeyField(tag: number, key: ByteString | ByteSource, into: Buffer, offset: number): number {
  return writeKey(key, into, writeOpening(tag, key.length, into, offset));
}

export function readKey(reader: BufferReader): ByteString {
  const length = reader.length();
  return reader.bytes.toString('latin1', reader.pos, (reader.pos += length));
}

/** A view of the reader's memory. */
export function readBytes(reader: BufferReader): Uint8Array {
  const length = reader.length();
  return reader.bytes.subarray(reader.pos, (reader.pos += length));
}

export function readText(reader: BufferReader): string {
  const length = reader.length();
  const start = reader.pos;
  const text = reader.bytes.toString('utf8', start, (reader.pos += length));
  // Node puts U+FFFD where bytes are not UTF-8; where the sender wrote that character itself, all is well.
  if (text.includes('\ufffd') && !isUtf8(reader.bytes.subarray(start, reader.pos))) {
    throw new DecodeError('text that is not UTF-8');
  }
  return text;
}
