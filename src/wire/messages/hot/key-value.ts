import type { Event, KeyValue, MessageInput } from '../../../core/api/index.ts';
import { keyValueSize, writeKeyValue } from '../../../core/api/key-value.ts';
import { skipUnknown } from '../../../core/api/tags.ts';
import { NO_BYTES, readBytes, readKey, shortTag, sizeVarint, writeVarintField } from '../fields.ts';
import type { BufferReader, Part } from '../part.ts';
import { sizeNested, writeNested } from './nested.ts';

const KEY = shortTag('KeyValue', 'key');
const CREATE_REVISION = shortTag('KeyValue', 'createRevision');
const MOD_REVISION = shortTag('KeyValue', 'modRevision');
const VERSION = shortTag('KeyValue', 'version');
const VALUE = shortTag('KeyValue', 'value');
const LEASE = shortTag('KeyValue', 'lease');

export const keyValuePart: Part<'KeyValue'> = { size: keyValueSize, write: writeKeyValue, read: readKeyValue };

/** As `decodeKeyValue` of the core, with a Buffer's faster text methods. */
function readKeyValue(reader: BufferReader): KeyValue {
  const kv: KeyValue = { key: '', createRevision: 0, modRevision: 0, version: 0, value: NO_BYTES, lease: 0n };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === KEY) kv.key = readKey(reader);
    else if (tag === CREATE_REVISION) kv.createRevision = reader.int64();
    else if (tag === MOD_REVISION) kv.modRevision = reader.int64();
    else if (tag === VERSION) kv.version = reader.int64();
    else if (tag === VALUE) kv.value = readBytes(reader);
    else if (tag === LEASE) kv.lease = reader.bigInt64();
    else skipUnknown('KeyValue', reader, tag);
  }
  return kv;
}

const EVENT_TYPE = shortTag('Event', 'type');
const EVENT_KV = shortTag('Event', 'kv');
const EVENT_PREV_KV = shortTag('Event', 'prevKv');

export const eventPart: Part<'Event'> = { size: eventSize, write: writeEvent, read: readEvent };

function eventSize(event: MessageInput<'Event'>): number {
  return (
    (event.type ? sizeVarint(event.type) : 0) +
    sizeNested(keyValuePart, event.kv) +
    sizeNested(keyValuePart, event.prevKv)
  );
}

function writeEvent(event: MessageInput<'Event'>, into: Buffer, offset: number): number {
  if (event.type) offset = writeVarintField(EVENT_TYPE, event.type, into, offset);
  offset = writeNested(keyValuePart, EVENT_KV, event.kv, into, offset);
  return writeNested(keyValuePart, EVENT_PREV_KV, event.prevKv, into, offset);
}

function readEvent(reader: BufferReader): Event {
  const event: Event = { type: 0, kv: undefined, prevKv: undefined };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === EVENT_TYPE) {
      event.type = reader.int32();
    } else if (tag === EVENT_KV) {
      const outer = reader.open();
      event.kv = readKeyValue(reader);
      reader.close(outer);
    } else if (tag === EVENT_PREV_KV) {
      const outer = reader.open();
      event.prevKv = readKeyValue(reader);
      reader.close(outer);
    } else {
      skipUnknown('Event', reader, tag);
    }
  }
  return event;
}
