import type { MessageInput, RangeRequest, RangeResponse } from '../../../core/api/index.ts';
import { skipUnknown } from '../../../core/api/tags.ts';
import { readKey, shortTag, sizeDelimited, sizeVarint, writeKeyField, writeTrue, writeVarintField } from '../fields.ts';
import type { BufferReader, Part } from '../part.ts';
import { responseHeaderPart } from './header.ts';
import { keyValuePart } from './key-value.ts';
import { sizeList, sizeNested, writeList, writeNested } from './nested.ts';

const KEY = shortTag('RangeRequest', 'key');
const RANGE_END = shortTag('RangeRequest', 'rangeEnd');
const LIMIT = shortTag('RangeRequest', 'limit');
const REVISION = shortTag('RangeRequest', 'revision');
const SORT_ORDER = shortTag('RangeRequest', 'sortOrder');
const SORT_TARGET = shortTag('RangeRequest', 'sortTarget');
const SERIALIZABLE = shortTag('RangeRequest', 'serializable');
const KEYS_ONLY = shortTag('RangeRequest', 'keysOnly');
const COUNT_ONLY = shortTag('RangeRequest', 'countOnly');
const MIN_MOD_REVISION = shortTag('RangeRequest', 'minModRevision');
const MAX_MOD_REVISION = shortTag('RangeRequest', 'maxModRevision');
const MIN_CREATE_REVISION = shortTag('RangeRequest', 'minCreateRevision');
const MAX_CREATE_REVISION = shortTag('RangeRequest', 'maxCreateRevision');

export const rangeRequestPart: Part<'RangeRequest'> = { size, write, read };

function size(range: MessageInput<'RangeRequest'>): number {
  return (
    (range.key ? sizeDelimited(range.key.length) : 0) +
    (range.rangeEnd ? sizeDelimited(range.rangeEnd.length) : 0) +
    (range.limit ? sizeVarint(range.limit) : 0) +
    (range.revision ? sizeVarint(range.revision) : 0) +
    (range.sortOrder ? sizeVarint(range.sortOrder) : 0) +
    (range.sortTarget ? sizeVarint(range.sortTarget) : 0) +
    (range.serializable ? 2 : 0) +
    (range.keysOnly ? 2 : 0) +
    (range.countOnly ? 2 : 0) +
    (range.minModRevision ? sizeVarint(range.minModRevision) : 0) +
    (range.maxModRevision ? sizeVarint(range.maxModRevision) : 0) +
    (range.minCreateRevision ? sizeVarint(range.minCreateRevision) : 0) +
    (range.maxCreateRevision ? sizeVarint(range.maxCreateRevision) : 0)
  );
}

function write(range: MessageInput<'RangeRequest'>, into: Buffer, offset: number): number {
  if (range.key) offset = writeKeyField(KEY, range.key, into, offset);
  if (range.rangeEnd) offset = writeKeyField(RANGE_END, range.rangeEnd, into, offset);
  if (range.limit) offset = writeVarintField(LIMIT, range.limit, into, offset);
  if (range.revision) offset = writeVarintField(REVISION, range.revision, into, offset);
  if (range.sortOrder) offset = writeVarintField(SORT_ORDER, range.sortOrder, into, offset);
  if (range.sortTarget) offset = writeVarintField(SORT_TARGET, range.sortTarget, into, offset);
  if (range.serializable) offset = writeTrue(SERIALIZABLE, into, offset);
  if (range.keysOnly) offset = writeTrue(KEYS_ONLY, into, offset);
  if (range.countOnly) offset = writeTrue(COUNT_ONLY, into, offset);
  if (range.minModRevision) offset = writeVarintField(MIN_MOD_REVISION, range.minModRevision, into, offset);
  if (range.maxModRevision) offset = writeVarintField(MAX_MOD_REVISION, range.maxModRevision, into, offset);
  if (range.minCreateRevision) offset = writeVarintField(MIN_CREATE_REVISION, range.minCreateRevision, into, offset);
  if (range.maxCreateRevision) offset = writeVarintField(MAX_CREATE_REVISION, range.maxCreateRevision, into, offset);
  return offset;
}

function read(reader: BufferReader): RangeRequest {
  const range: RangeRequest = {
    key: '',
    rangeEnd: '',
    limit: 0,
    revision: 0,
    sortOrder: 0,
    sortTarget: 0,
    serializable: false,
    keysOnly: false,
    countOnly: false,
    minModRevision: 0,
    maxModRevision: 0,
    minCreateRevision: 0,
    maxCreateRevision: 0,
  };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === KEY) range.key = readKey(reader);
    else if (tag === RANGE_END) range.rangeEnd = readKey(reader);
    else if (tag === LIMIT) range.limit = reader.int64();
    else if (tag === REVISION) range.revision = reader.int64();
    else if (tag === SORT_ORDER) range.sortOrder = reader.int32();
    else if (tag === SORT_TARGET) range.sortTarget = reader.int32();
    else if (tag === SERIALIZABLE) range.serializable = reader.bool();
    else if (tag === KEYS_ONLY) range.keysOnly = reader.bool();
    else if (tag === COUNT_ONLY) range.countOnly = reader.bool();
    else if (tag === MIN_MOD_REVISION) range.minModRevision = reader.int64();
    else if (tag === MAX_MOD_REVISION) range.maxModRevision = reader.int64();
    else if (tag === MIN_CREATE_REVISION) range.minCreateRevision = reader.int64();
    else if (tag === MAX_CREATE_REVISION) range.maxCreateRevision = reader.int64();
    else skipUnknown('RangeRequest', reader, tag);
  }
  return range;
}

const RESPONSE_HEADER = shortTag('RangeResponse', 'header');
const KVS = shortTag('RangeResponse', 'kvs');
const MORE = shortTag('RangeResponse', 'more');
const COUNT = shortTag('RangeResponse', 'count');

export const rangeResponsePart: Part<'RangeResponse'> = {
  size: responseSize,
  write: writeResponse,
  read: readResponse,
};

function responseSize(range: MessageInput<'RangeResponse'>): number {
  return (
    sizeNested(responseHeaderPart, range.header) +
    sizeList(keyValuePart, range.kvs) +
    (range.more ? 2 : 0) +
    (range.count ? sizeVarint(range.count) : 0)
  );
}

function writeResponse(range: MessageInput<'RangeResponse'>, into: Buffer, offset: number): number {
  offset = writeNested(responseHeaderPart, RESPONSE_HEADER, range.header, into, offset);
  offset = writeList(keyValuePart, KVS, range.kvs, into, offset);
  if (range.more) offset = writeTrue(MORE, into, offset);
  return range.count ? writeVarintField(COUNT, range.count, into, offset) : offset;
}

function readResponse(reader: BufferReader): RangeResponse {
  const range: RangeResponse = { header: undefined, kvs: [], more: false, count: 0 };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === KVS) {
      const outer = reader.open();
      range.kvs.push(keyValuePart.read(reader));
      reader.close(outer);
    } else if (tag === RESPONSE_HEADER) {
      const outer = reader.open();
      range.header = responseHeaderPart.read(reader);
      reader.close(outer);
    } else if (tag === MORE) {
      range.more = reader.bool();
    } else if (tag === COUNT) {
      range.count = reader.int64();
    } else {
      skipUnknown('RangeResponse', reader, tag);
    }
  }
  return range;
}
