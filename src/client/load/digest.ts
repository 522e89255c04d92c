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

/** Of all digests: each is done, and what it says has been used, before the next begins. */
const shared: Reader = new Reader(new Uint8Array(0));
const draft: Draft = emptyReply();

/** Digests `response[start, end)`. What it returns is valid until the next digest. */
export function digest(method: LoadMethod, response: Uint8Array, start = 0, end = response.length): Reply {
  const reader = shared;
  reader.reset(response, start, end);
  const reply = draft;
  clear(reply);
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

/** Field by field: an object's assignment would look each of them up by its name. */
function clear(reply: Draft): void {
  reply.revision = 0;
  reply.succeeded = true;
  reply.modRevision = 0;
  reply.kvs = 0;
  reply.count = 0;
  reply.more = false;
  reply.lastKey = '';
  reply.leaseId = 0n;
  reply.ttlS = 0;
}

// Each of these reads to the reader's end, with loops and not with a function handed each field: one would be made a call.

function readHeader(reader: Reader, reply: Draft): void {
  const outer = reader.open();
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag >>> 3 === REVISION) reply.revision = reader.int64();
    else reader.skip(tag);
  }
  reader.close(outer);
}

function readRange(reader: Reader, reply: Draft): void {
  let lastStart = 0;
  let lastEnd = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    const number = tag >>> 3;
    if (number === HEADER) {
      readHeader(reader, reply);
    } else if (number === KVS) {
      const outer = reader.open();
      lastStart = reader.pos;
      lastEnd = reader.end;
      if (reply.kvs++ === 0) reply.modRevision = modRevisionIn(reader);
      reader.pos = reader.end;
      reader.close(outer);
    } else if (number === MORE) {
      reply.more = reader.bool();
    } else if (number === COUNT) {
      reply.count = reader.int64();
    } else {
      reader.skip(tag);
    }
  }
  if (reply.more) reply.lastKey = keyIn(new Reader(reader.bytes, lastStart, lastEnd));
}

function modRevisionIn(reader: Reader): number {
  let revision = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag >>> 3 === MOD_REVISION) revision = reader.int64();
    else reader.skip(tag);
  }
  return revision;
}

function keyIn(reader: Reader): string {
  let key = '';
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag >>> 3 === KEY) {
      const end = reader.length() + reader.pos;
      key = byteStringFrom(reader.bytes, reader.pos, end);
      reader.pos = end;
    } else {
      reader.skip(tag);
    }
  }
  return key;
}

function readTxn(reader: Reader, reply: Draft): void {
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    const number = tag >>> 3;
    if (number === HEADER) {
      readHeader(reader, reply);
    } else if (number === SUCCEEDED) {
      reply.succeeded = reader.bool();
    } else if (number === RESPONSES) {
      const outer = reader.open();
      while (reader.pos < reader.end) {
        const op = reader.tag();
        if (op >>> 3 === RESPONSE_RANGE) readBranchRange(reader, reply);
        else reader.skip(op);
      }
      reader.close(outer);
    } else {
      reader.skip(tag);
    }
  }
}

/** The Range of a failed branch; its own header says nothing that the transaction's does not. */
function readBranchRange(reader: Reader, reply: Draft): void {
  const outer = reader.open();
  const { revision } = reply;
  readRange(reader, reply);
  reply.revision = revision;
  reader.close(outer);
}

function readLease(reader: Reader, reply: Draft): void {
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    const number = tag >>> 3;
    if (number === HEADER) readHeader(reader, reply);
    else if (number === LEASE_ID) reply.leaseId = reader.bigInt64();
    else if (number === LEASE_TTL) reply.ttlS = reader.int64();
    else reader.skip(tag);
  }
}
