import type { DeleteRangeRequest, DeleteRangeResponse } from '../../../core/api/index.ts';
import { skipUnknown } from '../../../core/api/tags.ts';
import { readKey, shortTag, sizeDelimited, sizeVarint, writeKeyField, writeTrue, writeVarintField } from '../fields.ts';
import type { Part } from '../part.ts';
import { responseHeaderPart } from './header.ts';
import { keyValuePart } from './key-value.ts';
import { sizeList, sizeNested, writeList, writeNested } from './nested.ts';

const KEY = shortTag('DeleteRangeRequest', 'key');
const RANGE_END = shortTag('DeleteRangeRequest', 'rangeEnd');
const PREV_KV = shortTag('DeleteRangeRequest', 'prevKv');

export const deleteRangeRequestPart: Part<'DeleteRangeRequest'> = {
  size: (range) =>
    (range.key ? sizeDelimited(range.key.length) : 0) +
    (range.rangeEnd ? sizeDelimited(range.rangeEnd.length) : 0) +
    (range.prevKv ? 2 : 0),
  write(range, into, offset) {
    if (range.key) offset = writeKeyField(KEY, range.key, into, offset);
    if (range.rangeEnd) offset = writeKeyField(RANGE_END, range.rangeEnd, into, offset);
    return range.prevKv ? writeTrue(PREV_KV, into, offset) : offset;
  },
  read(reader) {
    const range: DeleteRangeRequest = { key: '', rangeEnd: '', prevKv: false };
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === KEY) range.key = readKey(reader);
      else if (tag === RANGE_END) range.rangeEnd = readKey(reader);
      else if (tag === PREV_KV) range.prevKv = reader.bool();
      else skipUnknown('DeleteRangeRequest', reader, tag);
    }
    return range;
  },
};

const HEADER = shortTag('DeleteRangeResponse', 'header');
const DELETED = shortTag('DeleteRangeResponse', 'deleted');
const PREV_KVS = shortTag('DeleteRangeResponse', 'prevKvs');

export const deleteRangeResponsePart: Part<'DeleteRangeResponse'> = {
  size: (range) =>
    sizeNested(responseHeaderPart, range.header) +
    (range.deleted ? sizeVarint(range.deleted) : 0) +
    sizeList(keyValuePart, range.prevKvs),
  write(range, into, offset) {
    offset = writeNested(responseHeaderPart, HEADER, range.header, into, offset);
    if (range.deleted) offset = writeVarintField(DELETED, range.deleted, into, offset);
    return writeList(keyValuePart, PREV_KVS, range.prevKvs, into, offset);
  },
  read(reader) {
    const range: DeleteRangeResponse = { header: undefined, deleted: 0, prevKvs: [] };
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === HEADER) {
        const outer = reader.open();
        range.header = responseHeaderPart.read(reader);
        reader.close(outer);
      } else if (tag === DELETED) {
        range.deleted = reader.int64();
      } else if (tag === PREV_KVS) {
        const outer = reader.open();
        range.prevKvs.push(keyValuePart.read(reader));
        reader.close(outer);
      } else {
        skipUnknown('DeleteRangeResponse', reader, tag);
      }
    }
    return range;
  },
};
