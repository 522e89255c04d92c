/**
 * Answers read for what a load run needs of them and no further: a page of ten thousand objects is passed over without an
 * object made for each. Whatever the bytes, a digest returns or throws DecodeError.
 */
import { byteStringFrom } from '../../base/bytes.ts';
import { Reader } from '../../core/api/reader.ts';
import { SCHEMA } from '../../core/api/index.ts';
import type { LoadMethod, Reply } from '../../core/workload/index.ts';

/** A Reply while it is read. */
type Draft = { -readonly [Field in keyof Reply]: Reply[Field] };

export const NO_REPLY: Reply = Object.freeze(emptyReply());

const HEADER = SCHEMA.RangeResponse.header[0];
const REVISION = SCHEMA.ResponseHeader.revision[0];
const KVS = SCHEMA.RangeResponse.kvs[0];
const MORE = SCHEMA.RangeResponse.more[0];
const COUNT = SCHEMA.RangeResponse.count[0];
const KEY = SCHEMA.KeyValue.key[0];
const MOD_REVISION = SCHEMA.KeyValue.modRevision[0];
const SUCCEEDED = SCHEMA.TxnResponse.succeeded[0];
const RESPONSES = SCHEMA.TxnResponse.responses[0];
const RESPONSE_RANGE = SCHEMA.ResponseOp.responseRange[0];
const LEASE_ID = SCHEMA.LeaseGrantResponse.id[0];
const LEASE_TTL = SCHEMA.LeaseGrantResponse.ttl[0];

export function digest(method: LoadMethod, response: Uint8Array): Reply {
  const reader = new Reader(response);
  const reply = emptyReply();
  switch (method) {
    case 'range':
      readRange(reader, reply);
      break;
    case 'txn':
      reply.succeeded = false;
      readTxn(reader, reply);
      break;
    case 'leaseGrant':
    case 'leaseKeepAlive':
      readLease(reader, reply);
      break;
    case 'put':
    case 'compact':
    case 'leaseRevoke':
    case 'status':
      while (reader.pos < reader.end) {
        const tag = reader.tag();
        if (tag >>> 3 === HEADER) readHeader(reader, reply);
        else reader.skip(tag);
      }
  }
  return reply;
}

function emptyReply(): Draft {
  return {
    revision: 0,
    succeeded: true,
    modRevision: 0,
    kvs: 0,
    count: 0,
    more: false,
    lastKey: '',
    leaseId: 0n,
    ttlS: 0,
  };
}

/** Hands each field's number to `take`; what it does not take is skipped. */
function eachField(reader: Reader, take: (number: number) => boolean): void {
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (!take(tag >>> 3)) reader.skip(tag);
  }
}

function nested(reader: Reader, read: () => void): true {
  const outer = reader.open();
  read();
  reader.close(outer);
  return true;
}

function readHeader(reader: Reader, reply: Draft): true {
  // In every answer: without a function made for it.
  const outer = reader.open();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag >>> 3 === REVISION) reply.revision = reader.int64();
    else reader.skip(tag);
  }
  reader.close(outer);
  return true;
}

function readRange(reader: Reader, reply: Draft): void {
  let lastStart = 0;
  let lastEnd = 0;
  eachField(reader, (number) => {
    switch (number) {
      case HEADER:
        return readHeader(reader, reply);
      case KVS:
        return nested(reader, () => {
          lastStart = reader.pos;
          lastEnd = reader.end;
          if (reply.kvs++ === 0) reply.modRevision = modRevisionIn(reader);
          reader.pos = reader.end;
        });
      case MORE:
        reply.more = reader.bool();
        return true;
      case COUNT:
        reply.count = reader.int64();
        return true;
      default:
        return false;
    }
  });
  if (reply.more) reply.lastKey = keyIn(new Reader(reader.bytes, lastStart, lastEnd));
}

function modRevisionIn(reader: Reader): number {
  let revision = 0;
  eachField(reader, (number) => {
    if (number !== MOD_REVISION) return false;
    revision = reader.int64();
    return true;
  });
  return revision;
}

function keyIn(reader: Reader): string {
  let key = '';
  eachField(reader, (number) => {
    if (number !== KEY) return false;
    const end = reader.length() + reader.pos;
    key = byteStringFrom(reader.bytes, reader.pos, end);
    reader.pos = end;
    return true;
  });
  return key;
}

function readTxn(reader: Reader, reply: Draft): void {
  eachField(reader, (number) => {
    switch (number) {
      case HEADER:
        return readHeader(reader, reply);
      case SUCCEEDED:
        reply.succeeded = reader.bool();
        return true;
      case RESPONSES:
        return nested(reader, () => eachField(reader, (op) => op === RESPONSE_RANGE && readBranchRange(reader, reply)));
      default:
        return false;
    }
  });
}

/** The Range of a failed branch; its own header says nothing that the transaction's does not. */
function readBranchRange(reader: Reader, reply: Draft): true {
  return nested(reader, () => {
    const revision = reply.revision;
    readRange(reader, reply);
    reply.revision = revision;
  });
}

function readLease(reader: Reader, reply: Draft): void {
  eachField(reader, (number) => {
    switch (number) {
      case HEADER:
        return readHeader(reader, reply);
      case LEASE_ID:
        reply.leaseId = reader.bigInt64();
        return true;
      case LEASE_TTL:
        reply.ttlS = reader.int64();
        return true;
      default:
        return false;
    }
  });
}
