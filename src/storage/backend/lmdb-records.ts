/** The records of the LMDB file as bytes; their form is specified in `lmdb-environment.ts`. */
import { crc32 } from 'node:zlib';
import { BUCKETS, type Bucket } from '../../base/backend.ts';
import { byteStringFrom, type ByteString } from '../../base/bytes.ts';
import { OperationError } from '../../base/errors.ts';
import type { EntryWrite } from './lmdb-batch.ts';
import { CONSISTENT_INDEX } from './lmdb-environment.ts';

const CRC_BYTES = 4;

/** A revision's record taken apart. */
interface RevisionRecord {
  readonly tombstone: boolean;
  readonly kv: Uint8Array;
}

/** Bytes of a record around its KeyValue. */
export const RECORD_OVERHEAD_BYTES = 1 + CRC_BYTES;

/** Writes a revision's record at the start of `into`, which has room for it; returns its length. */
export function writeRevisionRecord(tombstone: boolean, kv: Uint8Array, into: Uint8Array): number {
  const end = 1 + kv.length;
  into[0] = tombstone ? 1 : 0;
  into.set(kv, 1);
  writeUint32(crc32(new Uint8Array(into.buffer, into.byteOffset, end)), into, end);
  return end + CRC_BYTES;
}

/** Throws OperationError where the record's checksum does not match. */
export function checkedRevision(record: Uint8Array, main: number, sub: number): RevisionRecord {
  const end = record.length - CRC_BYTES;
  if (end < 1 || crc32(record.subarray(0, end)) !== readUint32(record, end))
    throw damagedRecord(`revision ${main}/${sub}`);
  return { tombstone: record[0] === 1, kv: record.subarray(1, end) };
}

export function encodeEntry(bucket: Bucket, key: ByteString, value: Uint8Array): EntryWrite {
  const keyBytes = entryKey(bucket, key);
  const record = new Uint8Array(value.length + CRC_BYTES);
  record.set(value);
  writeUint32(crc32(value, crc32(keyBytes)), record, value.length);
  return { key: keyBytes, value: record };
}

export function entryKey(bucket: Bucket, key: ByteString): Uint8Array {
  const bytes = new Uint8Array(1 + key.length);
  bytes[0] = BUCKETS.indexOf(bucket);
  for (let i = 0; i < key.length; i++) bytes[i + 1] = key.charCodeAt(i);
  return bytes;
}

/** Throws OperationError where the record is damaged. */
export function checkedEntry(
  keyBytes: Uint8Array,
  record: Uint8Array,
): { bucket: Bucket; key: ByteString; value: Uint8Array } {
  const bucket = BUCKETS[keyBytes[0]!];
  const key = byteStringFrom(keyBytes, 1);
  const end = record.length - CRC_BYTES;
  if (bucket === undefined || end < 0 || crc32(record.subarray(0, end), crc32(keyBytes)) !== readUint32(record, end)) {
    throw damagedRecord(`entry ${JSON.stringify(key)} of bucket ${bucket ?? keyBytes[0]}`);
  }
  return { bucket, key, value: new Uint8Array(record.subarray(0, end)) };
}

export function encodeConsistentIndex(index: number, term: number): EntryWrite & { readonly value: Uint8Array } {
  const value = new Uint8Array(16);
  const view = new DataView(value.buffer);
  view.setBigUint64(0, BigInt(index), true);
  view.setBigUint64(8, BigInt(term), true);
  return encodeEntry('meta', CONSISTENT_INDEX, value) as EntryWrite & { readonly value: Uint8Array };
}

export function decodeConsistentIndex(value: Uint8Array): { index: number; term: number } {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  return { index: Number(view.getBigUint64(0, true)), term: Number(view.getBigUint64(8, true)) };
}

function writeUint32(value: number, into: Uint8Array, at: number): void {
  into[at] = value;
  into[at + 1] = value >>> 8;
  into[at + 2] = value >>> 16;
  into[at + 3] = value >>> 24;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** What to do about a damaged backend is the same whatever was found. */
export const DAMAGE_REMEDY =
  'move the member’s data directory away and let the member join again, or restore a snapshot';

function damagedRecord(what: string): OperationError {
  return new OperationError(`the backend file is damaged: the checksum of ${what} does not match; ${DAMAGE_REMEDY}`);
}
