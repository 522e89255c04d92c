/**
 * mvccpb.KeyValue as bytes: the form in which the store keeps a key's version, the WAL's snapshot carries it, HashKV hashes
 * it, and a Range answers it without encoding it again.
 *
 * Fields stand in ascending order and zero ones are left out, as every version of etcd writes them, so equal records are
 * equal bytes. The readers accept any order.
 */
import { byteStringFrom, writeBytes, type ByteSource, type ByteString } from '../../base/bytes.ts';
import { Reader } from './reader.ts';
import { skipUnknown, tagOf } from './tags.ts';
import type { KeyValue, MessageInput } from './types.ts';
import { bigVarintSize, varintSize, writeBigVarint, writeVarint } from './varint.ts';

const TAG_KEY = tagOf('KeyValue', 'key');
const TAG_CREATE_REVISION = tagOf('KeyValue', 'createRevision');
const TAG_MOD_REVISION = tagOf('KeyValue', 'modRevision');
const TAG_VERSION = tagOf('KeyValue', 'version');
const TAG_VALUE = tagOf('KeyValue', 'value');
const TAG_LEASE = tagOf('KeyValue', 'lease');

/** Bytes that `kv` takes encoded. */
export function keyValueSize(kv: MessageInput<'KeyValue'>): number {
  let size = 0;
  if (kv.key) size += 1 + varintSize(kv.key.length) + kv.key.length;
  if (kv.createRevision) size += 1 + varintSize(kv.createRevision);
  if (kv.modRevision) size += 1 + varintSize(kv.modRevision);
  if (kv.version) size += 1 + varintSize(kv.version);
  if (kv.value && kv.value.length > 0) size += 1 + varintSize(kv.value.length) + kv.value.length;
  if (kv.lease) size += 1 + bigVarintSize(kv.lease);
  return size;
}

/** Writes `kv` at `offset`, where `keyValueSize(kv)` bytes are free; returns the offset behind it. */
export function writeKeyValue(kv: MessageInput<'KeyValue'>, into: Uint8Array, offset: number): number {
  if (kv.key) {
    into[offset++] = TAG_KEY;
    offset = writeVarint(kv.key.length, into, offset);
    offset = writeKey(kv.key, into, offset);
  }
  if (kv.createRevision) {
    into[offset++] = TAG_CREATE_REVISION;
    offset = writeVarint(kv.createRevision, into, offset);
  }
  if (kv.modRevision) {
    into[offset++] = TAG_MOD_REVISION;
    offset = writeVarint(kv.modRevision, into, offset);
  }
  if (kv.version) {
    into[offset++] = TAG_VERSION;
    offset = writeVarint(kv.version, into, offset);
  }
  if (kv.value && kv.value.length > 0) {
    into[offset++] = TAG_VALUE;
    offset = writeVarint(kv.value.length, into, offset);
    offset = writeBytes(kv.value, into, offset);
  }
  if (kv.lease) {
    into[offset++] = TAG_LEASE;
    offset = writeBigVarint(kv.lease, into, offset);
  }
  return offset;
}

export function encodeKeyValue(kv: MessageInput<'KeyValue'>): Uint8Array {
  const bytes = new Uint8Array(keyValueSize(kv));
  writeKeyValue(kv, bytes, 0);
  return bytes;
}

/** Decodes `bytes[start, end)`. `value` is a view of `bytes`: copy it to keep it longer than them. */
export function decodeKeyValue(bytes: Uint8Array, start = 0, end = bytes.length): KeyValue {
  const reader = new Reader(bytes, start, end);
  const kv: KeyValue = { key: '', createRevision: 0, modRevision: 0, version: 0, value: NO_BYTES, lease: 0n };
  while (reader.pos < end) {
    const tag = reader.tag();
    switch (tag) {
      case TAG_KEY: {
        const length = reader.length();
        kv.key = byteStringFrom(bytes, reader.pos, (reader.pos += length));
        break;
      }
      case TAG_CREATE_REVISION:
        kv.createRevision = reader.int64();
        break;
      case TAG_MOD_REVISION:
        kv.modRevision = reader.int64();
        break;
      case TAG_VERSION:
        kv.version = reader.int64();
        break;
      case TAG_VALUE: {
        const length = reader.length();
        kv.value = bytes.subarray(reader.pos, (reader.pos += length));
        break;
      }
      case TAG_LEASE:
        kv.lease = reader.bigInt64();
        break;
      default:
        skipUnknown('KeyValue', reader, tag);
    }
  }
  return kv;
}

/** One field of an encoded KeyValue, without decoding the others. */
export function keyOf(bytes: Uint8Array): ByteString {
  const reader = find(bytes, TAG_KEY);
  if (reader === undefined) return '';
  const length = reader.length();
  return byteStringFrom(bytes, reader.pos, reader.pos + length);
}

export function createRevisionOf(bytes: Uint8Array): number {
  return find(bytes, TAG_CREATE_REVISION)?.int64() ?? 0;
}

export function modRevisionOf(bytes: Uint8Array): number {
  return find(bytes, TAG_MOD_REVISION)?.int64() ?? 0;
}

export function versionOf(bytes: Uint8Array): number {
  return find(bytes, TAG_VERSION)?.int64() ?? 0;
}

export function leaseOf(bytes: Uint8Array): bigint {
  return find(bytes, TAG_LEASE)?.bigInt64() ?? 0n;
}

/** The value, as a view of `bytes`. */
export function valueOf(bytes: Uint8Array): Uint8Array {
  const reader = find(bytes, TAG_VALUE);
  if (reader === undefined) return NO_BYTES;
  const length = reader.length();
  return bytes.subarray(reader.pos, reader.pos + length);
}

export function writeKey(key: ByteString | ByteSource, into: Uint8Array, offset: number): number {
  return typeof key === 'string' ? writeByteString(key, into, offset) : writeBytes(key, into, offset);
}

/** Writes a ByteString's bytes; a character above 255 is a bug of the caller's, and refused rather than mangled. */
export function writeByteString(text: ByteString, into: Uint8Array, offset: number): number {
  let seen = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    seen |= code;
    into[offset + i] = code;
  }
  if (seen > 0xff) throw new RangeError(`not a byte string: ${JSON.stringify(text)}`);
  return offset + text.length;
}

const NO_BYTES = new Uint8Array(0);

/** A reader that stands behind the first `tag`. Records are written by `writeKeyValue`, which writes each field once. */
function find(bytes: Uint8Array, wanted: number): Reader | undefined {
  const reader = new Reader(bytes);
  while (reader.pos < bytes.length) {
    const tag = reader.tag();
    if (tag === wanted) return reader;
    reader.skip(tag);
  }
  return undefined;
}
