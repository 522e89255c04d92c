/**
 * Applies committed entries in order: requests to the store, membership changes to the cluster, and the answer to
 * whoever waits for the entry on this member.
 */
import type { Clock } from '../../base/clock.ts';
import { apiError, DecodeError, type ApiError, type InternalRaftRequest } from '../../core/api/index.ts';
import type { Applied, RevisionEvents, Store } from '../../core/mvcc/index.ts';
import { ENTRY_CONF_CHANGE, type Entry } from '../../core/raft/index.ts';
import { codecs, raftRequestMessage, readRaftRequest, type RaftRequestKind } from '../../wire/messages/index.ts';
import type { Proposals } from '../consensus/proposals.ts';
import type { Logger } from '../log.ts';
import type { MemberMetrics } from '../metrics/member-metrics.ts';
import type { MembershipChanges } from './membership-changes.ts';

/** Requests that the store itself applies; the rest is the cluster's. */
type StoreKind = Extract<
  RaftRequestKind,
  'range' | 'put' | 'deleteRange' | 'txn' | 'compaction' | 'leaseGrant' | 'leaseRevoke' | 'leaseCheckpoint' | 'alarm'
>;
const STORE_KINDS: ReadonlySet<RaftRequestKind> = new Set<StoreKind>([
  'range',
  'put',
  'deleteRange',
  'txn',
  'compaction',
  'leaseGrant',
  'leaseRevoke',
  'leaseCheckpoint',
  'alarm',
]);

export interface ApplierOptions {
  /** The store now in place: a snapshot from the leader replaces it. */
  readonly store: () => Store;
  readonly proposals: Proposals<Applied>;
  readonly membership: MembershipChanges;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MemberMetrics;
  readonly warningApplyMs: number;
  readonly onEvents: (events: RevisionEvents) => void;
  /** A write went over the quota: the alarm must be raised. */
  readonly onNoSpace: () => void;
  /** The first entry of a leader's term has been applied. */
  readonly onTermStarted: (term: number) => void;
}

const NOTHING: Applied = { response: undefined, error: undefined, events: undefined };

export class Applier {
  readonly #options: ApplierOptions;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  apply(entries: readonly Entry[]): void {
    const { clock, log, metrics, warningApplyMs } = this.#options;
    const startedMs = clock.nowMs();
    for (const entry of entries) this.#applyOne(entry);
    const tookMs = clock.nowMs() - startedMs;
    if (tookMs > warningApplyMs) {
      metrics.slowApplies.value++;
      log.warn('apply request took too long', {
        took: `${tookMs.toFixed(3)}ms`,
        'expected-duration': `${warningApplyMs}ms`,
        entries: entries.length,
      });
    }
  }

  #applyOne(entry: Entry): void {
    const { membership } = this.#options;
    const store = this.#options.store();
    // After a snapshot from the leader the store may be ahead of the log; raft still needs to know who counts.
    const isNew = entry.index > store.appliedIndex;
    if (entry.type === ENTRY_CONF_CHANGE) {
      if (isNew) store.advance(entry.index, entry.term);
      membership.applyConfChange(entry, isNew);
    } else if (entry.data.length === 0) {
      if (isNew) store.advance(entry.index, entry.term);
      this.#options.onTermStarted(entry.term);
    } else if (isNew) {
      this.#applyRequest(entry);
    }
  }

  #applyRequest(entry: Entry): void {
    const { clock, metrics, proposals } = this.#options;
    const store = this.#options.store();
    const { id, kind, start, end } = readRaftRequest(entry.data);
    const waiter = proposals.take(id)?.waiter;
    const startedMs = clock.nowMs();
    if (kind === undefined || !STORE_KINDS.has(kind)) {
      store.advance(entry.index, entry.term);
      const error = this.#applyToMembership(kind, entry.data.subarray(start, end));
      if (kind !== undefined) metrics.applySeconds.observe(kind, error, (clock.nowMs() - startedMs) / 1000);
      if (error === undefined) waiter?.applied(NOTHING);
      else waiter?.failed(error);
      return;
    }
    const request = decodeStoreRequest(kind, entry.data, start, end);
    const applied = store.apply(request, entry.index, entry.term, startedMs);
    metrics.applySeconds.observe(kind, applied.error, (clock.nowMs() - startedMs) / 1000);
    count(metrics, request, applied);
    if (applied.events !== undefined) this.#options.onEvents(applied.events);
    if (applied.error?.name === 'noSpace') this.#options.onNoSpace();
    waiter?.applied(applied);
  }

  #applyToMembership(kind: RaftRequestKind | undefined, bytes: Uint8Array): ApiError | undefined {
    const isKnown = kind !== undefined && this.#options.membership.applyRequest(kind, bytes);
    return isKnown ? undefined : apiError('unknownMethod');
  }
}

function decodeStoreRequest(kind: RaftRequestKind, data: Uint8Array, start: number, end: number): InternalRaftRequest {
  // The hot kinds make objects of one shape, which keeps the store's look at them fast.
  switch (kind) {
    case 'put':
      return { put: codecs.PutRequest.decode(data, start, end) } as InternalRaftRequest;
    case 'txn':
      return { txn: codecs.TxnRequest.decode(data, start, end) } as InternalRaftRequest;
    default: {
      const message = codecs[raftRequestMessage(kind)];
      if (message === undefined) throw new DecodeError(`a raft entry with an unknown request ${kind}`);
      return { [kind]: message.decode(data, start, end) } as unknown as InternalRaftRequest;
    }
  }
}

/** What etcd counts of an applied request. */
function count(metrics: MemberMetrics, request: InternalRaftRequest, { error, events }: Applied): void {
  if (error !== undefined) return;
  const changes = events?.events ?? [];
  metrics.mvccEvents.value += changes.length;
  let deletes = 0;
  for (const change of changes) {
    if (change.isDelete) deletes++;
    else metrics.mvccPutBytes.value += change.kv.length;
  }
  if (request.txn !== undefined && changes.length > 1) metrics.mvccTxns.value++;
  else if (request.put !== undefined || request.txn !== undefined) metrics.mvccPuts.value += changes.length - deletes;
  metrics.mvccDeletes.value += deletes;
  if (request.leaseGrant !== undefined) {
    metrics.leasesGranted.value++;
    metrics.leaseTtlSeconds.observe(request.leaseGrant.ttl);
  } else if (request.leaseRevoke !== undefined) metrics.leasesRevoked.value++;
}
