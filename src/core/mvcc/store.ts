/** The store that a Raft log applies to: one entry at a time, deterministic, synchronous. */
import type { Backend } from '../../base/backend.ts';
import { assert } from '../../base/errors.ts';
import { ApiError } from '../api/index.ts';
import type { InternalRaftRequest, RangeRequest, RangeResponse, TxnRequest } from '../api/types.ts';
import { Alarms } from './alarms.ts';
import { CorruptApplier, NoSpaceApplier, QuotaApplier, type Applier, type StoreResponse } from './appliers.ts';
import { Compactor } from './compactor.ts';
import type { RevisionEvents, StoreEvent } from './events.ts';
import { eventsFrom } from './history.ts';
import { HashKV } from './hash-kv.ts';
import { DEFAULT_LESSOR_OPTIONS, Lessor, type LessorOptions } from './lessor.ts';
import { effectiveQuotaBytes, requestCost, type CostlyRequest } from './quota.ts';
import type { PieceLimits } from './piece-budget.ts';
import { openRange, range, type OpenedRange } from './range.ts';
import { onlyReads, OpenedTxn } from './read-txn.ts';
import { restoreFromBackend } from './restore.ts';
import { RevisionStore } from './revision-store.ts';
import { StoreApplier } from './store-applier.ts';

export interface StoreOptions {
  /** 0 means etcd's 2 GiB, a negative number no quota. */
  readonly quotaBytes: number;
  /**
   * Whether a compaction keeps a tombstone at exactly its revision, as etcd does from 3.4.34, 3.5.16 and 3.6 on; older
   * ones delete it.
   */
  readonly keepsTombstoneAtCompactRevision: boolean;
  readonly leases: LessorOptions;
}

export const DEFAULT_STORE_OPTIONS: StoreOptions = {
  quotaBytes: 0,
  keepsTombstoneAtCompactRevision: true,
  leases: DEFAULT_LESSOR_OPTIONS,
};

/** What came of one entry. A write over the quota has both an error and events: it stands, and is reported as refused. */
export interface Applied {
  readonly response: StoreResponse | undefined;
  readonly error: ApiError | undefined;
  readonly events: RevisionEvents | undefined;
}

export class Store {
  readonly lessor: Lessor;
  readonly alarms: Alarms;
  readonly compactor: Compactor;
  /** The quota in force. */
  readonly quotaBytes: number;
  private readonly revisions: RevisionStore;
  private readonly applier: Applier;
  private applied: { index: number; term: number };

  /** Rebuilds the store from what the backend holds. */
  constructor(backend: Backend, options: StoreOptions = DEFAULT_STORE_OPTIONS) {
    this.revisions = new RevisionStore(backend);
    this.quotaBytes = effectiveQuotaBytes(options.quotaBytes);
    this.lessor = new Lessor(backend, options.leases);
    this.alarms = new Alarms(backend);
    this.compactor = new Compactor(this.revisions, options.keepsTombstoneAtCompactRevision);
    restoreFromBackend(this.revisions, this.lessor);
    const base = new StoreApplier(this.revisions, this.lessor, this.alarms, this.compactor);
    const withinQuota = new QuotaApplier(base, (cost) => this.hasRoomFor(cost));
    this.applier = new CorruptApplier(new NoSpaceApplier(withinQuota, this.alarms), this.alarms);
    this.applied = { index: backend.consistentIndex, term: backend.consistentTerm };
  }

  get backend(): Backend {
    return this.revisions.backend;
  }

  get currentRevision(): number {
    return this.revisions.currentRevision;
  }

  /** −1 before the first compaction. */
  get compactRevision(): number {
    return this.revisions.compactRevision;
  }

  get liveKeys(): number {
    return this.revisions.index.liveKeys;
  }

  /** The last raft entry whose effects the store holds; those up to it must not be applied again. */
  get appliedIndex(): number {
    return this.applied.index;
  }

  get appliedTerm(): number {
    return this.applied.term;
  }

  /**
   * Applies the entry at `index`. The request must have passed the request checks; refusals that depend on the state
   * come back as `error`.
   */
  apply(request: InternalRaftRequest, index: number, term: number, nowMs: number): Applied {
    this.advance(index, term);
    let response: StoreResponse | undefined;
    let error: ApiError | undefined;
    try {
      response = this.applier.apply(request, nowMs);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      error = thrown;
    }
    return { response, error, events: this.revisions.endSession() };
  }

  /** Notes an entry that is none of the store's: an empty one, a change of members. */
  advance(index: number, term: number): void {
    assert(index > this.applied.index, `entry ${index} applied after ${this.applied.index}`);
    this.applied.index = index;
    this.applied.term = term;
  }

  /** Ends the backend's batch at the last applied entry. */
  commit(): void {
    this.backend.commit(this.applied.index, this.applied.term);
  }

  /** Throws futureRevision or compacted. */
  range(request: RangeRequest): RangeResponse<Uint8Array> {
    return range(this.revisions, request);
  }

  /** The same bit by bit, for ranges of many keys. Throws futureRevision or compacted. */
  openRange(request: RangeRequest, limits?: PieceLimits): OpenedRange {
    return openRange(this.revisions, request, limits);
  }

  /** A transaction of reads alone. */
  openTxn(request: TxnRequest, limits?: PieceLimits): OpenedTxn {
    assert(onlyReads(request), 'a transaction that writes must go through the log');
    return new OpenedTxn(this.revisions, request, limits);
  }

  /** Whether the backend has room for a request; asked before proposing it. */
  hasRoomForRequest(request: CostlyRequest): boolean {
    return this.hasRoomFor(requestCost(request));
  }

  /** For a WatchHub: the value before an event; undefined where there was none or it has been compacted. */
  previousValue(event: StoreEvent, revision: number): Uint8Array | undefined {
    if (event.prevMain === 0 || revision - 1 < this.compactRevision) return undefined;
    return this.backend.getRevision(event.prevMain, event.prevSub);
  }

  /** For a WatchHub: up to `maxRevisions` revisions' events from `revision` on, in order, and where to go on. */
  eventsFrom(revision: number, maxRevisions: number): { revisions: RevisionEvents[]; next: number } {
    return eventsFrom(this.revisions, revision, maxRevisions);
  }

  /** Starts hashing up to `revision`, 0 for the current one. Throws compacted or futureRevision. */
  hashKV(revision: number): HashKV {
    return new HashKV(this.revisions, revision);
  }

  /** Deletes superseded revisions, about `maxRevisions` of them at most; call it again while `compactor.isRunning`. */
  compactStep(maxRevisions: number): number {
    return this.compactor.step(maxRevisions);
  }

  private hasRoomFor(costBytes: number): boolean {
    return costBytes === 0 || this.backend.sizeBytes + costBytes < this.quotaBytes;
  }
}
