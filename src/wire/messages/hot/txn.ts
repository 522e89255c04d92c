import type { RequestOp, ResponseOp, TxnRequest, TxnResponse } from '../../../core/api/index.ts';
import { skipUnknown } from '../../../core/api/tags.ts';
import { shortTag, writeTrue } from '../fields.ts';
import type { BufferReader, Part } from '../part.ts';
import { comparePart } from './compare.ts';
import { deleteRangeRequestPart, deleteRangeResponsePart } from './delete-range.ts';
import { responseHeaderPart } from './header.ts';
import { sizeList, sizeNested, writeList, writeNested } from './nested.ts';
import { putRequestPart, putResponsePart } from './put.ts';
import { rangeRequestPart, rangeResponsePart } from './range.ts';

const REQUEST_RANGE = shortTag('RequestOp', 'requestRange');
const REQUEST_PUT = shortTag('RequestOp', 'requestPut');
const REQUEST_DELETE_RANGE = shortTag('RequestOp', 'requestDeleteRange');
const REQUEST_TXN = shortTag('RequestOp', 'requestTxn');

export const requestOpPart: Part<'RequestOp'> = {
  size: (op) =>
    sizeNested(rangeRequestPart, op.requestRange) +
    sizeNested(putRequestPart, op.requestPut) +
    sizeNested(deleteRangeRequestPart, op.requestDeleteRange) +
    sizeNested(txnRequestPart, op.requestTxn),
  write(op, into, offset) {
    offset = writeNested(rangeRequestPart, REQUEST_RANGE, op.requestRange, into, offset);
    offset = writeNested(putRequestPart, REQUEST_PUT, op.requestPut, into, offset);
    offset = writeNested(deleteRangeRequestPart, REQUEST_DELETE_RANGE, op.requestDeleteRange, into, offset);
    return writeNested(txnRequestPart, REQUEST_TXN, op.requestTxn, into, offset);
  },
  read(reader) {
    let op = requestOp();
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag !== REQUEST_PUT && tag !== REQUEST_RANGE && tag !== REQUEST_DELETE_RANGE && tag !== REQUEST_TXN) {
        skipUnknown('RequestOp', reader, tag);
        continue;
      }
      // A oneof: the last member that came is the one that is set.
      op = requestOp();
      const outer = reader.open();
      if (tag === REQUEST_PUT) op.requestPut = putRequestPart.read(reader);
      else if (tag === REQUEST_RANGE) op.requestRange = rangeRequestPart.read(reader);
      else if (tag === REQUEST_DELETE_RANGE) op.requestDeleteRange = deleteRangeRequestPart.read(reader);
      else op.requestTxn = readTxnRequest(reader);
      reader.close(outer);
    }
    return op;
  },
};

function requestOp(): RequestOp {
  return { requestRange: undefined, requestPut: undefined, requestDeleteRange: undefined, requestTxn: undefined };
}

const COMPARE = shortTag('TxnRequest', 'compare');
const SUCCESS = shortTag('TxnRequest', 'success');
const FAILURE = shortTag('TxnRequest', 'failure');

export const txnRequestPart: Part<'TxnRequest'> = {
  size: (txn) =>
    sizeList(comparePart, txn.compare) + sizeList(requestOpPart, txn.success) + sizeList(requestOpPart, txn.failure),
  write(txn, into, offset) {
    offset = writeList(comparePart, COMPARE, txn.compare, into, offset);
    offset = writeList(requestOpPart, SUCCESS, txn.success, into, offset);
    return writeList(requestOpPart, FAILURE, txn.failure, into, offset);
  },
  read: readTxnRequest,
};

function readTxnRequest(reader: BufferReader): TxnRequest {
  const txn: TxnRequest = { compare: [], success: [], failure: [] };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag !== COMPARE && tag !== SUCCESS && tag !== FAILURE) {
      skipUnknown('TxnRequest', reader, tag);
      continue;
    }
    const outer = reader.open();
    if (tag === COMPARE) txn.compare.push(comparePart.read(reader));
    else if (tag === SUCCESS) txn.success.push(requestOpPart.read(reader));
    else txn.failure.push(requestOpPart.read(reader));
    reader.close(outer);
  }
  return txn;
}

const RESPONSE_RANGE = shortTag('ResponseOp', 'responseRange');
const RESPONSE_PUT = shortTag('ResponseOp', 'responsePut');
const RESPONSE_DELETE_RANGE = shortTag('ResponseOp', 'responseDeleteRange');
const RESPONSE_TXN = shortTag('ResponseOp', 'responseTxn');

export const responseOpPart: Part<'ResponseOp'> = {
  size: (op) =>
    sizeNested(rangeResponsePart, op.responseRange) +
    sizeNested(putResponsePart, op.responsePut) +
    sizeNested(deleteRangeResponsePart, op.responseDeleteRange) +
    sizeNested(txnResponsePart, op.responseTxn),
  write(op, into, offset) {
    offset = writeNested(rangeResponsePart, RESPONSE_RANGE, op.responseRange, into, offset);
    offset = writeNested(putResponsePart, RESPONSE_PUT, op.responsePut, into, offset);
    offset = writeNested(deleteRangeResponsePart, RESPONSE_DELETE_RANGE, op.responseDeleteRange, into, offset);
    return writeNested(txnResponsePart, RESPONSE_TXN, op.responseTxn, into, offset);
  },
  read(reader) {
    let op = responseOp();
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      if (tag !== RESPONSE_PUT && tag !== RESPONSE_RANGE && tag !== RESPONSE_DELETE_RANGE && tag !== RESPONSE_TXN) {
        skipUnknown('ResponseOp', reader, tag);
        continue;
      }
      op = responseOp();
      const outer = reader.open();
      if (tag === RESPONSE_PUT) op.responsePut = putResponsePart.read(reader);
      else if (tag === RESPONSE_RANGE) op.responseRange = rangeResponsePart.read(reader);
      else if (tag === RESPONSE_DELETE_RANGE) op.responseDeleteRange = deleteRangeResponsePart.read(reader);
      else op.responseTxn = readTxnResponse(reader);
      reader.close(outer);
    }
    return op;
  },
};

function responseOp(): ResponseOp {
  return { responseRange: undefined, responsePut: undefined, responseDeleteRange: undefined, responseTxn: undefined };
}

const HEADER = shortTag('TxnResponse', 'header');
const SUCCEEDED = shortTag('TxnResponse', 'succeeded');
const RESPONSES = shortTag('TxnResponse', 'responses');

export const txnResponsePart: Part<'TxnResponse'> = {
  size: (txn) =>
    sizeNested(responseHeaderPart, txn.header) + (txn.succeeded ? 2 : 0) + sizeList(responseOpPart, txn.responses),
  write(txn, into, offset) {
    offset = writeNested(responseHeaderPart, HEADER, txn.header, into, offset);
    if (txn.succeeded) offset = writeTrue(SUCCEEDED, into, offset);
    return writeList(responseOpPart, RESPONSES, txn.responses, into, offset);
  },
  read: readTxnResponse,
};

function readTxnResponse(reader: BufferReader): TxnResponse {
  const txn: TxnResponse = { header: undefined, succeeded: false, responses: [] };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === HEADER) {
      const outer = reader.open();
      txn.header = responseHeaderPart.read(reader);
      reader.close(outer);
    } else if (tag === SUCCEEDED) {
      txn.succeeded = reader.bool();
    } else if (tag === RESPONSES) {
      const outer = reader.open();
      txn.responses.push(responseOpPart.read(reader));
      reader.close(outer);
    } else {
      skipUnknown('TxnResponse', reader, tag);
    }
  }
  return txn;
}
