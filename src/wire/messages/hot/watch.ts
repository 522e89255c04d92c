import type { MessageInput, WatchResponse } from '../../../core/api/index.ts';
import { skipUnknown } from '../../../core/api/tags.ts';
import {
  readText,
  shortTag,
  sizeBigVarint,
  sizeDelimited,
  sizeVarint,
  writeBigVarintField,
  writeOpening,
  writeTrue,
  writeVarintField,
} from '../fields.ts';
import type { BufferReader, Part } from '../part.ts';
import { responseHeaderPart } from './header.ts';
import { eventPart } from './key-value.ts';
import { sizeList, sizeNested, writeList, writeNested } from './nested.ts';

const HEADER = shortTag('WatchResponse', 'header');
const WATCH_ID = shortTag('WatchResponse', 'watchId');
const CREATED = shortTag('WatchResponse', 'created');
const CANCELED = shortTag('WatchResponse', 'canceled');
const COMPACT_REVISION = shortTag('WatchResponse', 'compactRevision');
const CANCEL_REASON = shortTag('WatchResponse', 'cancelReason');
const FRAGMENT = shortTag('WatchResponse', 'fragment');
const EVENTS = shortTag('WatchResponse', 'events');

export const watchResponsePart: Part<'WatchResponse'> = { size, write, read };

function size(watch: MessageInput<'WatchResponse'>): number {
  return (
    sizeNested(responseHeaderPart, watch.header) +
    (watch.watchId ? sizeBigVarint(watch.watchId) : 0) +
    (watch.created ? 2 : 0) +
    (watch.canceled ? 2 : 0) +
    (watch.compactRevision ? sizeVarint(watch.compactRevision) : 0) +
    (watch.cancelReason ? sizeDelimited(Buffer.byteLength(watch.cancelReason)) : 0) +
    (watch.fragment ? 2 : 0) +
    sizeList(eventPart, watch.events)
  );
}

function write(watch: MessageInput<'WatchResponse'>, into: Buffer, offset: number): number {
  offset = writeNested(responseHeaderPart, HEADER, watch.header, into, offset);
  if (watch.watchId) offset = writeBigVarintField(WATCH_ID, watch.watchId, into, offset);
  if (watch.created) offset = writeTrue(CREATED, into, offset);
  if (watch.canceled) offset = writeTrue(CANCELED, into, offset);
  if (watch.compactRevision) offset = writeVarintField(COMPACT_REVISION, watch.compactRevision, into, offset);
  if (watch.cancelReason) {
    offset = writeOpening(CANCEL_REASON, Buffer.byteLength(watch.cancelReason), into, offset);
    offset += into.write(watch.cancelReason, offset);
  }
  if (watch.fragment) offset = writeTrue(FRAGMENT, into, offset);
  return writeList(eventPart, EVENTS, watch.events, into, offset);
}

function read(reader: BufferReader): WatchResponse {
  const watch: WatchResponse = {
    header: undefined,
    watchId: 0n,
    created: false,
    canceled: false,
    compactRevision: 0,
    cancelReason: '',
    fragment: false,
    events: [],
  };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === EVENTS) {
      const outer = reader.open();
      watch.events.push(eventPart.read(reader));
      reader.close(outer);
    } else if (tag === HEADER) {
      const outer = reader.open();
      watch.header = responseHeaderPart.read(reader);
      reader.close(outer);
    } else if (tag === WATCH_ID) watch.watchId = reader.bigInt64();
    else if (tag === CREATED) watch.created = reader.bool();
    else if (tag === CANCELED) watch.canceled = reader.bool();
    else if (tag === COMPACT_REVISION) watch.compactRevision = reader.int64();
    else if (tag === CANCEL_REASON) watch.cancelReason = readText(reader);
    else if (tag === FRAGMENT) watch.fragment = reader.bool();
    else skipUnknown('WatchResponse', reader, tag);
  }
  return watch;
}
