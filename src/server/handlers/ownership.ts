/**
 * How locks and elections queue: every contender has a key `<name>/<its lease in hex>` that lives no longer than the
 * lease, and the oldest by creation revision is the owner. Source: etcd client/v3/concurrency.
 */
import { prefixEnd, type ByteString } from '../../base/bytes.ts';
import {
  CompareResult,
  CompareTarget,
  createRevisionOf,
  SortOrder,
  SortTarget,
  type MessageInput,
  type TxnResponse,
} from '../../core/api/index.ts';

export function queuePrefix(name: ByteString): ByteString {
  return `${name}/`;
}

/** The key with which the holder of `lease` stands in the queue. */
export function ownershipKey(name: ByteString, lease: bigint): ByteString {
  return queuePrefix(name) + lease.toString(16);
}

/** All keys that start with `prefix`, as a request's range. */
export function under(prefix: ByteString): { readonly key: ByteString; readonly rangeEnd: ByteString } {
  return { key: prefix, rangeEnd: prefixEnd(prefix) };
}

/** The owner's key. */
export function oldestUnder(prefix: ByteString): MessageInput<'RangeRequest'> {
  return { ...under(prefix), sortTarget: SortTarget.CREATE, sortOrder: SortOrder.ASCEND, limit: 1 };
}

/** That `key` was created at `createRevision`; 0 is that it does not exist. */
export function createdAt(key: ByteString, createRevision: number): MessageInput<'Compare'> {
  return { key, target: CompareTarget.CREATE, result: CompareResult.EQUAL, createRevision };
}

/** When the contender's own key was created, after a transaction that has made it or, as it was there, read it first. */
export function ownCreateRevision(response: TxnResponse<Uint8Array>, revision: number): number {
  if (response.succeeded) return revision;
  return createRevisionOf(response.responses[0]!.responseRange!.kvs[0]!);
}
