/**
 * etcd's data model as a pure, synchronous machine: revisions, ranges, transactions, compaction, leases, alarms, watches.
 *
 * Drive it so: make a `Store` on a `Backend`; check each client request with `check…Request`, put it into the log, and
 * `apply` every committed entry in order. Hand the events to a `WatchHub` and the response to whoever waits. Call
 * `commit` every 100 ms or 10,000 operations, `compactStep` while the compactor is running, and ask the lessor for
 * expired leases while leading. The same entries give the same state on every member.
 *
 * Keys are ByteStrings; stored keys and values travel as encoded mvccpb.KeyValue, to be spliced into answers.
 */
export { Alarms, type AlarmMember } from './alarms.ts';
export type { StoreResponse } from './appliers.ts';
export {
  checkDeleteRangeRequest,
  checkPutRequest,
  checkRangeRequest,
  checkTxnRequest,
  DEFAULT_MAX_TXN_OPS,
} from './check-request.ts';
export type { RevisionEvents, StoreEvent } from './events.ts';
export type { HashKV } from './hash-kv.ts';
export { keyRange, type KeyRange } from './key-range.ts';
export {
  DEFAULT_LESSOR_OPTIONS,
  MAX_LEASE_TTL_S,
  type Checkpoint,
  type LeaseTimes,
  type Lessor,
  type LessorOptions,
  type Renewal,
} from './lessor.ts';
export { DEFAULT_QUOTA_BYTES, requestCost, type CostlyRequest } from './quota.ts';
export { isPointRead, type OpenedRange } from './range.ts';
export { OpenedTxn, type TxnPieces, type TxnSink } from './read-txn.ts';
export { DEFAULT_STORE_OPTIONS, Store, type Applied, type StoreOptions } from './store.ts';
export { isReadOnlyTxn, isSerializableTxn } from './write.ts';
export { DEFAULT_WATCH_HUB_OPTIONS, WatchHub, type EventSource, type WatchHubOptions } from './watch/watch-hub.ts';
export type { WatchDelivery } from './watch/delivery.ts';
export type { WatchSink, WatchStream } from './watch/watch-stream.ts';
