import type { ByteString } from '../../../base/bytes.ts';

/**
 * How the schema tables are written.
 *
 * A message is `{ fieldName: [number, type] }`, or `[number, type, protoName]` where the proto name is not simply the
 * snake_case of the field name. A type is a scalar, an enum or a message name; `[]` after it means repeated, `?` means
 * member of the message's oneof (no message of etcd has more than one).
 *
 * | scalar        | TypeScript | what for |
 * |---------------|------------|----------|
 * | `key`         | ByteString | bytes that name things: keys, range ends, lock names |
 * | `bytes`       | Uint8Array | bytes that are only carried |
 * | `string`      | string     | UTF-8 text |
 * | `bool`        | boolean    | |
 * | `uint32`      | number     | |
 * | `int64`       | number     | revisions, counts, limits, sizes: see below |
 * | `uint64`      | number     | raft terms and indexes: see below |
 * | `bigInt64`    | bigint     | lease and watch ids |
 * | `bigUint64`   | bigint     | member and cluster ids |
 *
 * 64-bit integers as `number`: every revision, count, term and index that a server makes is at most 2^53 − 1 (asserted
 * where it is made). What a peer sends may be anything; it is read exactly, and what lies beyond ±(2^53 − 1) becomes
 * ±2^53. That value is exact as a double, encodes again as itself, and compares with everything a server makes as the
 * original would: greater (or less) and never equal. Two client values are never compared with each other, and none of
 * these fields is ever echoed. Ids are echoed, so they are bigint and lossless.
 */
export interface Scalars {
  key: ByteString;
  bytes: Uint8Array;
  string: string;
  bool: boolean;
  uint32: number;
  int64: number;
  uint64: number;
  bigInt64: bigint;
  bigUint64: bigint;
}

export type ScalarType = keyof Scalars;

/** `[number, type, protoName?]`. */
export type FieldRow = readonly [number: number, type: string, protoName?: string];

export type MessageTable = Readonly<Record<string, Readonly<Record<string, FieldRow>>>>;
