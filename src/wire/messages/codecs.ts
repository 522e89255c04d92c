import { SCHEMA, type MessageName } from '../../core/api/index.ts';
import { compilePart } from './generic.ts';
import { comparePart } from './hot/compare.ts';
import { deleteRangeRequestPart, deleteRangeResponsePart } from './hot/delete-range.ts';
import { responseHeaderPart } from './hot/header.ts';
import { eventPart, keyValuePart } from './hot/key-value.ts';
import { putRequestPart, putResponsePart } from './hot/put.ts';
import { rangeRequestPart, rangeResponsePart } from './hot/range.ts';
import { requestOpPart, responseOpPart, txnRequestPart, txnResponsePart } from './hot/txn.ts';
import { watchResponsePart } from './hot/watch.ts';
import { codecOf, type Codec, type Part } from './part.ts';

/** Written by hand; every other message's part is compiled from the schema. */
export const HAND_WRITTEN = {
  ResponseHeader: responseHeaderPart,
  KeyValue: keyValuePart,
  Event: eventPart,
  PutRequest: putRequestPart,
  PutResponse: putResponsePart,
  RangeRequest: rangeRequestPart,
  RangeResponse: rangeResponsePart,
  DeleteRangeRequest: deleteRangeRequestPart,
  DeleteRangeResponse: deleteRangeResponsePart,
  Compare: comparePart,
  RequestOp: requestOpPart,
  ResponseOp: responseOpPart,
  TxnRequest: txnRequestPart,
  TxnResponse: txnResponsePart,
  WatchResponse: watchResponsePart,
} satisfies { readonly [M in MessageName]?: Part<M> };

const parts = new Map<MessageName, Part<MessageName>>(
  Object.entries(HAND_WRITTEN) as unknown as [MessageName, Part<MessageName>][],
);

function partOf(name: MessageName): Part<MessageName> {
  let part = parts.get(name);
  if (part === undefined) {
    part = compilePart(name, partOf);
    parts.set(name, part);
  }
  return part;
}

export type Codecs = { readonly [M in MessageName]: Codec<M> };

/** The codec of every message, by its name. */
export const codecs = Object.fromEntries(
  (Object.keys(SCHEMA) as MessageName[]).map((name) => [name, codecOf(name, partOf(name))]),
) as unknown as Codecs;
