/**
 * The TypeScript types of etcd's messages, computed from the schema so that they cannot drift from it.
 *
 * `Message<'RangeRequest'>` is what a decoder returns: every field is there; scalars have proto3's defaults, repeated
 * fields are arrays, nested messages and oneof members are `undefined` where absent. Of a oneof at most one member is set.
 *
 * `MessageInput<'RangeRequest'>` is what an encoder takes: every field may be missing, and any nested message may be given
 * as its already encoded bytes, which are spliced as they are. A key, and what is `bytes`, may be a ByteSource that
 * writes itself.
 *
 * `KV` is what stands for mvccpb.KeyValue: an object after decoding, encoded bytes where a server builds an answer from
 * what its store holds.
 */
import type { ByteSource, ByteString } from '../../base/bytes.ts';
import type { EnumName } from './schema/enums.ts';
import type { MessageName, Schema } from './schema/index.ts';
import type { Scalars } from './schema/notation.ts';

type Value<T, KV> = T extends keyof Scalars
  ? Scalars[T]
  : T extends EnumName
    ? number
    : T extends 'KeyValue'
      ? KV
      : T extends MessageName
        ? Message<T, KV>
        : never;

type Field<T, KV> = T extends `${infer Item}[]`
  ? Value<Item, KV>[]
  : T extends `${infer Member}?`
    ? Value<Member, KV> | undefined
    : T extends MessageName
      ? Value<T, KV> | undefined
      : Value<T, KV>;

type TypeOf<Row> = Row extends readonly [number, infer T, ...unknown[]] ? T : never;

export type Message<M extends MessageName, KV = KeyValue> = {
  -readonly [F in keyof Schema[M]]: Field<TypeOf<Schema[M][F]>, KV>;
};

type InputValue<T> = T extends 'bytes'
  ? Uint8Array | ByteSource
  : T extends 'key'
    ? ByteString | ByteSource
    : T extends keyof Scalars
      ? Scalars[T]
      : T extends EnumName
        ? number
        : T extends MessageName
          ? MessageInput<T> | Uint8Array
          : never;

type InputField<T> = T extends `${infer Item}[]`
  ? readonly InputValue<Item>[]
  : T extends `${infer Member}?`
    ? InputValue<Member>
    : InputValue<T>;

export type MessageInput<M extends MessageName> = {
  readonly [F in keyof Schema[M]]?: InputField<TypeOf<Schema[M][F]>> | undefined;
};

export type KeyValue = Message<'KeyValue', never>;
export type Event<KV = KeyValue> = Message<'Event', KV>;
export type ResponseHeader = Message<'ResponseHeader'>;

export type RangeRequest = Message<'RangeRequest'>;
export type RangeResponse<KV = KeyValue> = Message<'RangeResponse', KV>;
export type PutRequest = Message<'PutRequest'>;
export type PutResponse<KV = KeyValue> = Message<'PutResponse', KV>;
export type DeleteRangeRequest = Message<'DeleteRangeRequest'>;
export type DeleteRangeResponse<KV = KeyValue> = Message<'DeleteRangeResponse', KV>;
export type Compare = Message<'Compare'>;
export type RequestOp = Message<'RequestOp'>;
export type ResponseOp<KV = KeyValue> = Message<'ResponseOp', KV>;
export type TxnRequest = Message<'TxnRequest'>;
export type TxnResponse<KV = KeyValue> = Message<'TxnResponse', KV>;
export type CompactionRequest = Message<'CompactionRequest'>;

export type WatchRequest = Message<'WatchRequest'>;
export type WatchCreateRequest = Message<'WatchCreateRequest'>;
export type WatchResponse<KV = KeyValue> = Message<'WatchResponse', KV>;

export type InternalRaftRequest = Message<'InternalRaftRequest'>;
export type RequestHeader = Message<'RequestHeader'>;
