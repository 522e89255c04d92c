/**
 * Answers without objects, for the server's hot path. A member's cluster and member id never change, so the part of the
 * ResponseHeader that holds them (`prefix`) is encoded once; KeyValues are spliced as the store holds them. Each answer has a
 * `…Size` and a `write…` that take the same arguments; the writer returns the offset behind what it wrote.
 */
import type { Event } from '../../core/api/index.ts';
import type { BlockWriter } from './block-writer.ts';
import {
  shortTag,
  sizeBigVarint,
  sizeDelimited,
  sizeVarint,
  writeBigVarintField,
  writeBytesField,
  writeOpening,
  writeTrue,
  writeVarintField,
} from './fields.ts';
import { headerTailSize, responseHeaderPart, writeHeaderTail } from './hot/header.ts';
import { eventPart } from './hot/key-value.ts';
import { sizeList, writeList } from './hot/nested.ts';

/** The ids of a ResponseHeader, encoded. */
export function encodeHeaderPrefix(clusterId: bigint, memberId: bigint): Buffer {
  const ids = { clusterId, memberId };
  const prefix = Buffer.alloc(responseHeaderPart.size(ids));
  responseHeaderPart.write(ids, prefix, 0);
  return prefix;
}

/** A whole ResponseHeader, to be handed to any codec as its `header`. */
export function encodeHeader(prefix: Buffer, revision: number, raftTerm: number): Buffer {
  const header = Buffer.allocUnsafe(prefix.length + headerTailSize(revision, raftTerm));
  header.set(prefix, 0);
  writeHeaderTail(revision, raftTerm, header, prefix.length);
  return header;
}

// Field 1 of every response.
const HEADER = shortTag('PutResponse', 'header');

function headerSize(prefix: Buffer, revision: number, raftTerm: number): number {
  return sizeDelimited(prefix.length + headerTailSize(revision, raftTerm));
}

function writeHeader(prefix: Buffer, revision: number, raftTerm: number, into: Buffer, offset: number): number {
  offset = writeOpening(HEADER, prefix.length + headerTailSize(revision, raftTerm), into, offset);
  // A loop, because so few bytes are copied faster by it than by a call into the engine.
  for (let i = 0; i < prefix.length; i++) into[offset++] = prefix[i]!;
  return writeHeaderTail(revision, raftTerm, into, offset);
}

const PREV_KV = shortTag('PutResponse', 'prevKv');

export function putResponseSize(
  prefix: Buffer,
  revision: number,
  raftTerm: number,
  prevKv: Uint8Array | undefined,
): number {
  return headerSize(prefix, revision, raftTerm) + (prevKv === undefined ? 0 : sizeDelimited(prevKv.length));
}

export function writePutResponse(
  prefix: Buffer,
  revision: number,
  raftTerm: number,
  prevKv: Uint8Array | undefined,
  into: Buffer,
  offset: number,
): number {
  offset = writeHeader(prefix, revision, raftTerm, into, offset);
  return prevKv === undefined ? offset : writeBytesField(PREV_KV, prevKv, into, offset);
}

const KVS = shortTag('RangeResponse', 'kvs');
const MORE = shortTag('RangeResponse', 'more');
const COUNT = shortTag('RangeResponse', 'count');

export function rangeResponseSize(
  prefix: Buffer,
  revision: number,
  raftTerm: number,
  kvs: readonly Uint8Array[],
  more: boolean,
  count: number,
): number {
  let size = headerSize(prefix, revision, raftTerm) + (more ? 2 : 0) + (count === 0 ? 0 : sizeVarint(count));
  for (const kv of kvs) size += sizeDelimited(kv.length);
  return size;
}

export function writeRangeResponse(
  prefix: Buffer,
  revision: number,
  raftTerm: number,
  kvs: readonly Uint8Array[],
  more: boolean,
  count: number,
  into: Buffer,
  offset: number,
): number {
  offset = writeHeader(prefix, revision, raftTerm, into, offset);
  for (const kv of kvs) offset = writeBytesField(KVS, kv, into, offset);
  if (more) offset = writeTrue(MORE, into, offset);
  return count === 0 ? offset : writeVarintField(COUNT, count, into, offset);
}

/** A RangeResponse in parts that make one when they stand end to end: its header, */
export function encodeRangeHeader(prefix: Buffer, revision: number, raftTerm: number): Buffer {
  const part = Buffer.allocUnsafe(headerSize(prefix, revision, raftTerm));
  writeHeader(prefix, revision, raftTerm, part, 0);
  return part;
}

/** some of its KeyValues, */
export function writeRangeKvs(kvs: readonly Uint8Array[], into: BlockWriter): void {
  for (const kv of kvs) into.field(KVS, kv);
}

/** and its end. */
export function encodeRangeEnd(more: boolean, count: number): Buffer {
  const part = Buffer.allocUnsafe((more ? 2 : 0) + (count === 0 ? 0 : sizeVarint(count)));
  const offset = more ? writeTrue(MORE, part, 0) : 0;
  if (count !== 0) writeVarintField(COUNT, count, part, offset);
  return part;
}

const DELETED = shortTag('DeleteRangeResponse', 'deleted');
const PREV_KVS = shortTag('DeleteRangeResponse', 'prevKvs');

export function deleteRangeResponseSize(
  prefix: Buffer,
  revision: number,
  raftTerm: number,
  deleted: number,
  prevKvs: readonly Uint8Array[],
): number {
  let size = headerSize(prefix, revision, raftTerm) + (deleted === 0 ? 0 : sizeVarint(deleted));
  for (const kv of prevKvs) size += sizeDelimited(kv.length);
  return size;
}

export function writeDeleteRangeResponse(
  prefix: Buffer,
  revision: number,
  raftTerm: number,
  deleted: number,
  prevKvs: readonly Uint8Array[],
  into: Buffer,
  offset: number,
): number {
  offset = writeHeader(prefix, revision, raftTerm, into, offset);
  if (deleted !== 0) offset = writeVarintField(DELETED, deleted, into, offset);
  for (const kv of prevKvs) offset = writeBytesField(PREV_KVS, kv, into, offset);
  return offset;
}

const WATCH_ID = shortTag('WatchResponse', 'watchId');
const FRAGMENT = shortTag('WatchResponse', 'fragment');
const EVENTS = shortTag('WatchResponse', 'events');

/** The `events` of a WatchResponse, encoded once for all the watchers that get them. */
export function encodeWatchEvents(events: readonly (Event<Uint8Array> | Uint8Array)[]): Buffer {
  const bytes = Buffer.allocUnsafe(sizeList(eventPart, events));
  writeList(eventPart, EVENTS, events, bytes, 0);
  return bytes;
}

export function watchEventsSize(
  prefix: Buffer,
  revision: number,
  raftTerm: number,
  watchId: bigint,
  fragment: boolean,
  events: Uint8Array,
): number {
  const idSize = watchId === 0n ? 0 : sizeBigVarint(watchId);
  return headerSize(prefix, revision, raftTerm) + idSize + (fragment ? 2 : 0) + events.length;
}

/** A WatchResponse around events from `encodeWatchEvents`. */
export function writeWatchEvents(
  prefix: Buffer,
  revision: number,
  raftTerm: number,
  watchId: bigint,
  fragment: boolean,
  events: Uint8Array,
  into: Buffer,
  offset: number,
): number {
  offset = writeHeader(prefix, revision, raftTerm, into, offset);
  if (watchId !== 0n) offset = writeBigVarintField(WATCH_ID, watchId, into, offset);
  if (fragment) offset = writeTrue(FRAGMENT, into, offset);
  into.set(events, offset);
  return offset + events.length;
}
