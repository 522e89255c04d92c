import type { Compare, MessageInput } from '../../../core/api/index.ts';
import { skipUnknown, tagOf } from '../../../core/api/tags.ts';
import { varintSize, writeVarint } from '../../../core/api/varint.ts';
import { writeKey } from '../../../core/api/key-value.ts';
import {
  readBytes,
  readKey,
  shortTag,
  sizeBigVarint,
  sizeDelimited,
  sizeVarint,
  writeBigVarintField,
  writeBytesField,
  writeKeyField,
  writeVarintField,
} from '../fields.ts';
import type { BufferReader, Part } from '../part.ts';

const RESULT = shortTag('Compare', 'result');
const TARGET = shortTag('Compare', 'target');
const KEY = shortTag('Compare', 'key');
const VERSION = shortTag('Compare', 'version');
const CREATE_REVISION = shortTag('Compare', 'createRevision');
const MOD_REVISION = shortTag('Compare', 'modRevision');
const VALUE = shortTag('Compare', 'value');
const LEASE = shortTag('Compare', 'lease');
// Field 64, the one hot field whose tag takes two bytes.
const RANGE_END = tagOf('Compare', 'rangeEnd');

export const comparePart: Part<'Compare'> = { size, write, read };

function size(compare: MessageInput<'Compare'>): number {
  const { rangeEnd } = compare;
  return (
    (compare.result ? sizeVarint(compare.result) : 0) +
    (compare.target ? sizeVarint(compare.target) : 0) +
    (compare.key ? sizeDelimited(compare.key.length) : 0) +
    (compare.version !== undefined ? sizeVarint(compare.version) : 0) +
    (compare.createRevision !== undefined ? sizeVarint(compare.createRevision) : 0) +
    (compare.modRevision !== undefined ? sizeVarint(compare.modRevision) : 0) +
    (compare.value !== undefined ? sizeDelimited(compare.value.length) : 0) +
    (compare.lease !== undefined ? sizeBigVarint(compare.lease) : 0) +
    (rangeEnd ? varintSize(RANGE_END) + varintSize(rangeEnd.length) + rangeEnd.length : 0)
  );
}

function write(compare: MessageInput<'Compare'>, into: Buffer, offset: number): number {
  if (compare.result) offset = writeVarintField(RESULT, compare.result, into, offset);
  if (compare.target) offset = writeVarintField(TARGET, compare.target, into, offset);
  if (compare.key) offset = writeKeyField(KEY, compare.key, into, offset);
  if (compare.version !== undefined) offset = writeVarintField(VERSION, compare.version, into, offset);
  if (compare.createRevision !== undefined) {
    offset = writeVarintField(CREATE_REVISION, compare.createRevision, into, offset);
  }
  if (compare.modRevision !== undefined) offset = writeVarintField(MOD_REVISION, compare.modRevision, into, offset);
  if (compare.value !== undefined) offset = writeBytesField(VALUE, compare.value, into, offset);
  if (compare.lease !== undefined) offset = writeBigVarintField(LEASE, compare.lease, into, offset);
  if (compare.rangeEnd) {
    offset = writeVarint(RANGE_END, into, offset);
    offset = writeVarint(compare.rangeEnd.length, into, offset);
    offset = writeKey(compare.rangeEnd, into, offset);
  }
  return offset;
}

function read(reader: BufferReader): Compare {
  const compare: Compare = {
    result: 0,
    target: 0,
    key: '',
    version: undefined,
    createRevision: undefined,
    modRevision: undefined,
    value: undefined,
    lease: undefined,
    rangeEnd: '',
  };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === RESULT) compare.result = reader.int32();
    else if (tag === TARGET) compare.target = reader.int32();
    else if (tag === KEY) compare.key = readKey(reader);
    else if (tag === RANGE_END) compare.rangeEnd = readKey(reader);
    else readOperand(compare, reader, tag);
  }
  return compare;
}

/** The oneof: the last member that came is the one that is set. */
function readOperand(compare: Compare, reader: BufferReader, tag: number): void {
  if (tag === MOD_REVISION) {
    clearOperand(compare);
    compare.modRevision = reader.int64();
  } else if (tag === VERSION) {
    clearOperand(compare);
    compare.version = reader.int64();
  } else if (tag === CREATE_REVISION) {
    clearOperand(compare);
    compare.createRevision = reader.int64();
  } else if (tag === VALUE) {
    clearOperand(compare);
    compare.value = readBytes(reader);
  } else if (tag === LEASE) {
    clearOperand(compare);
    compare.lease = reader.bigInt64();
  } else {
    skipUnknown('Compare', reader, tag);
  }
}

function clearOperand(compare: Compare): void {
  compare.version = undefined;
  compare.createRevision = undefined;
  compare.modRevision = undefined;
  compare.value = undefined;
  compare.lease = undefined;
}
