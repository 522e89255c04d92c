/**
 * A snapshot mark's file: etcd's envelope, so that its tools tell index, term and members.
 * Source: etcd 3.4–3.7, server/etcdserver/api/snap and snappb; raftpb.Snapshot.
 *
 * Name     `<term>-<index>.snap`, both as 16 lower-case hex digits.
 * Content  proto2 { 1 crc · 2 data }: crc is the CRC-32C of data; data is raftpb.Snapshot { 1 data · 2 metadata {
 *          1 raftpb.ConfState · 2 index · 3 term } }. The inner data, where etcd dumps the tree that held its membership
 *          before version 3, stays empty: membership is in the backend.
 */
import { crc32c } from '../../base/crc32c.ts';
import { DecodeError } from '../../core/api/decode-error.ts';
import { Reader } from '../../core/api/reader.ts';
import { varintSize, writeVarint } from '../../core/api/varint.ts';
import type { SnapshotMark } from '../../core/raft/types.ts';
import { encodeConfState, readConfState } from '../wal/messages.ts';
import { expectEnd, expectTag, passBytes, readNumber } from '../wal/fields.ts';
import { formatPair, parsePair } from '../wal/format.ts';

export interface MarkName {
  readonly term: number;
  readonly index: number;
}

export function formatMarkName({ term, index }: MarkName): string {
  return formatPair(term, index, '.snap');
}

/** Undefined for any other file name. */
export function parseMarkName(text: string): MarkName | undefined {
  const [term, index] = parsePair(text, '.snap') ?? [];
  return term === undefined || index === undefined ? undefined : { term, index };
}

export function encodeMark(mark: SnapshotMark): Uint8Array {
  const members = encodeConfState(mark.confState);
  const metadata = concat([
    [0x0a, ...varint(members.length)],
    members,
    [0x10, ...varint(mark.index)],
    [0x18, ...varint(mark.term)],
  ]);
  const data = concat([[0x12, ...varint(metadata.length)], metadata]);
  return concat([[0x08, ...varint(crc32c(data))], [0x12, ...varint(data.length)], data]);
}

/** Throws DecodeError for anything but a whole mark. */
export function decodeMark(bytes: Uint8Array): SnapshotMark {
  const file = new Reader(bytes);
  expectTag(file, 0x08, 'the crc');
  const crc = readNumber(file, 'the crc');
  expectTag(file, 0x12, 'the snapshot');
  const dataStart = passBytes(file);
  expectEnd(file, 'the file');
  if (crc32c(bytes, 0, dataStart, file.pos) !== crc) throw new DecodeError('the CRC is wrong');
  const snapshot = new Reader(bytes, dataStart, file.pos);
  let tag = snapshot.uint64();
  if (tag === 0x0a) {
    passBytes(snapshot);
    tag = snapshot.uint64();
  }
  if (tag !== 0x12) throw new DecodeError('the metadata is missing');
  const metadataStart = passBytes(snapshot);
  expectEnd(snapshot, 'the snapshot');
  const metadata = new Reader(bytes, metadataStart, snapshot.pos);
  expectTag(metadata, 0x0a, 'the members');
  const membersStart = passBytes(metadata);
  const confState = readConfState(bytes, membersStart, metadata.pos);
  expectTag(metadata, 0x10, 'the index');
  const index = readNumber(metadata, 'the index');
  expectTag(metadata, 0x18, 'the term');
  const term = readNumber(metadata, 'the term');
  expectEnd(metadata, 'the metadata');
  return { index, term, confState };
}

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintSize(value));
  writeVarint(value, bytes, 0);
  return bytes;
}

function concat(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
