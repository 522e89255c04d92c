import type { MessageInput, PutRequest, PutResponse } from '../../../core/api/index.ts';
import { skipUnknown } from '../../../core/api/tags.ts';
import {
  NO_BYTES,
  readBytes,
  readKey,
  shortTag,
  sizeBigVarint,
  sizeDelimited,
  writeBigVarintField,
  writeBytesField,
  writeKeyField,
  writeTrue,
} from '../fields.ts';
import type { BufferReader, Part } from '../part.ts';
import { responseHeaderPart } from './header.ts';
import { keyValuePart } from './key-value.ts';
import { sizeNested, writeNested } from './nested.ts';

const KEY = shortTag('PutRequest', 'key');
const VALUE = shortTag('PutRequest', 'value');
const LEASE = shortTag('PutRequest', 'lease');
const PREV_KV = shortTag('PutRequest', 'prevKv');
const IGNORE_VALUE = shortTag('PutRequest', 'ignoreValue');
const IGNORE_LEASE = shortTag('PutRequest', 'ignoreLease');

export const putRequestPart: Part<'PutRequest'> = { size, write, read };

function size(put: MessageInput<'PutRequest'>): number {
  return (
    (put.key ? sizeDelimited(put.key.length) : 0) +
    (put.value && put.value.length > 0 ? sizeDelimited(put.value.length) : 0) +
    (put.lease ? sizeBigVarint(put.lease) : 0) +
    (put.prevKv ? 2 : 0) +
    (put.ignoreValue ? 2 : 0) +
    (put.ignoreLease ? 2 : 0)
  );
}

function write(put: MessageInput<'PutRequest'>, into: Buffer, offset: number): number {
  if (put.key) offset = writeKeyField(KEY, put.key, into, offset);
  if (put.value && put.value.length > 0) offset = writeBytesField(VALUE, put.value, into, offset);
  if (put.lease) offset = writeBigVarintField(LEASE, put.lease, into, offset);
  if (put.prevKv) offset = writeTrue(PREV_KV, into, offset);
  if (put.ignoreValue) offset = writeTrue(IGNORE_VALUE, into, offset);
  if (put.ignoreLease) offset = writeTrue(IGNORE_LEASE, into, offset);
  return offset;
}

function read(reader: BufferReader): PutRequest {
  const put: PutRequest = {
    key: '',
    value: NO_BYTES,
    lease: 0n,
    prevKv: false,
    ignoreValue: false,
    ignoreLease: false,
  };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === KEY) put.key = readKey(reader);
    else if (tag === VALUE) put.value = readBytes(reader);
    else if (tag === LEASE) put.lease = reader.bigInt64();
    else if (tag === PREV_KV) put.prevKv = reader.bool();
    else if (tag === IGNORE_VALUE) put.ignoreValue = reader.bool();
    else if (tag === IGNORE_LEASE) put.ignoreLease = reader.bool();
    else skipUnknown('PutRequest', reader, tag);
  }
  return put;
}

const RESPONSE_HEADER = shortTag('PutResponse', 'header');
const RESPONSE_PREV_KV = shortTag('PutResponse', 'prevKv');

export const putResponsePart: Part<'PutResponse'> = {
  size: (put) => sizeNested(responseHeaderPart, put.header) + sizeNested(keyValuePart, put.prevKv),
  write(put, into, offset) {
    offset = writeNested(responseHeaderPart, RESPONSE_HEADER, put.header, into, offset);
    return writeNested(keyValuePart, RESPONSE_PREV_KV, put.prevKv, into, offset);
  },
  read(reader) {
    const put: PutResponse = { header: undefined, prevKv: undefined };
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag === RESPONSE_HEADER) {
        const outer = reader.open();
        put.header = responseHeaderPart.read(reader);
        reader.close(outer);
      } else if (tag === RESPONSE_PREV_KV) {
        const outer = reader.open();
        put.prevKv = keyValuePart.read(reader);
        reader.close(outer);
      } else {
        skipUnknown('PutResponse', reader, tag);
      }
    }
    return put;
  },
};
