/**
 * Requests on their way through raft: gathered over one turn of the event loop, proposed together, and answered when
 * the entry that carries them is applied here. Bounded in number and bytes.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { SequenceMap } from '../../base/sequence-map.ts';
import { Slab, type SlabSizes } from '../../base/slab.ts';
import { apiError, type ApiError } from '../../core/api/index.ts';
import type { ProposeResult } from '../../core/raft/index.ts';
import { raftRequestSize, readRaftRequest, writeRaftRequest, type RaftRequestKind } from '../../wire/messages/index.ts';

/** Who waits for an applied request. Exactly one of the two is called, once. */
export interface ProposalWaiter<Result> {
  applied(result: Result): void;
  failed(error: ApiError): void;
}

/** For what is proposed again by itself where it is lost. */
export const UNAWAITED: ProposalWaiter<unknown> = { applied: () => undefined, failed: () => undefined };

/** A request that was proposed on this member and is not applied yet. */
export interface PendingProposal<Result> {
  readonly waiter: ProposalWaiter<Result>;
  readonly sinceMs: number;
}

/** etcd's limit for entries committed and not yet applied; beyond it requests are refused. */
const MAX_UNAPPLIED_ENTRIES = 5000;
/** Ours: they bound memory while no leader takes what is gathered. */
const MAX_PENDING = 200_000;
const MAX_GATHERED_BYTES = 512 * 1024 * 1024;
/** How late a timeout may be told: little beside the 5 s and two elections that it is. */
const CHECK_INTERVAL_MS = 250;
/** A request id is session × SEQUENCES + sequence, below 2^53. */
const SESSIONS = 2 ** 21;
const SEQUENCES = 2 ** 32;
/** The entries of a log are made and dropped in order, so that a slab lives about as long as its entries. */
const ENTRY_SLABS: SlabSizes = { slabBytes: 64 * 1024, largestPieceBytes: 8 * 1024 };

export interface ProposalsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly timeoutMs: number;
  readonly propose: (data: readonly Uint8Array[]) => ProposeResult;
  /** False while what is proposed would be lost on its way to the leader. */
  readonly isInReach: () => boolean;
  /** Entries committed and not yet applied. */
  readonly unapplied: () => number;
  /** Whether more has been applied than the backend can take for now. */
  readonly isBackendBehind: () => boolean;
  /** Why a request that timed out did: etcd tells three reasons apart. */
  readonly timeoutError: (sinceMs: number, isProposed: boolean) => ApiError;
}

export class Proposals<Result> {
  readonly #options: ProposalsOptions;
  readonly #pending = new SequenceMap<PendingProposal<Result>>();
  /**
   * The high part of every request id, drawn anew at every start: an entry that is replayed after a restart must not
   * answer a request of the new life.
   */
  #session: number;
  readonly #slab = new Slab(ENTRY_SLABS, (bytes) => Buffer.allocUnsafeSlow(bytes));
  #sequence = 0;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #isFlushing = false;
  /** Flushed again while raft was being asked. */
  #isFlushedAgain = false;
  #check: Timer | undefined;
  #isStopped = false;
  failures = 0;

  constructor(options: ProposalsOptions) {
    this.#options = options;
    this.#session = options.random.below(SESSIONS);
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** `encoded` is copied: the entry holds the request as the client sent it. */
  submit(kind: RaftRequestKind, encoded: Uint8Array, waiter: ProposalWaiter<Result>): void {
    if (this.#isStopped) {
      waiter.failed(apiError('stopped'));
      return;
    }
    const { unapplied, isBackendBehind } = this.#options;
    const isFull = this.#pending.size >= MAX_PENDING || this.#gatheredBytes >= MAX_GATHERED_BYTES;
    if (isFull || unapplied() > MAX_UNAPPLIED_ENTRIES || isBackendBehind()) {
      waiter.failed(apiError('tooManyRequests'));
      return;
    }
    const id = this.#nextId();
    this.#pending.set(id, { waiter, sinceMs: this.#options.clock.nowMs() });
    const data = this.#slab.take(raftRequestSize(id, '', 0, kind, encoded));
    writeRaftRequest(id, '', 0, kind, encoded, data, 0);
    this.#gatheredBytes += data.length;
    this.#gathered.push(data);
    this.#flushSoon();
    this.#check ??= this.#scheduleCheck();
  }

  /** The local request with that id, taken out; undefined where it was proposed elsewhere or in another life. */
  take(id: number): PendingProposal<Result> | undefined {
    const pending = this.#pending.get(id);
    if (pending !== undefined) this.#pending.delete(id);
    return pending;
  }

  /** Proposes what has gathered; what has no way to a leader yet is kept until it has, or times out. */
  flush(): void {
    this.#isFlushing = false;
    this.#isFlushedAgain = true;
    if (this.#gathered.length === 0 || this.#isStopped || !this.#options.isInReach()) return;
    // Asked, raft goes on at once: it may meet a leader, which flushes again, or answer somebody who submits more. A batch
    // that still stood here then would be proposed twice, and applied twice.
    const data = this.#gathered;
    const bytes = this.#gatheredBytes;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#isFlushedAgain = false;
    const result = this.#options.propose(data);
    if (result.kind !== 'dropped') return;
    if (result.reason !== 'no leader') {
      for (const item of data) this.#fail(readRaftRequest(item).id, apiError('proposalDropped'));
      return;
    }
    this.#gathered = [...data, ...this.#gathered];
    this.#gatheredBytes += bytes;
    if (this.#isFlushedAgain) this.#flushSoon();
  }

  stop(): void {
    this.#isStopped = true;
    this.#check?.cancel();
    this.#gathered = [];
    const pending = this.#pending.inOrder();
    this.#pending.clear();
    for (const [, { waiter }] of pending) waiter.failed(apiError('stopped'));
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#options.clock.soon(() => this.flush());
  }

  #nextId(): number {
    this.#sequence = (this.#sequence + 1) % SEQUENCES;
    // A session never uses a number twice.
    if (this.#sequence === 0) this.#session = this.#options.random.below(SESSIONS);
    return this.#session * SEQUENCES + this.#sequence;
  }

  #fail(id: number, error: ApiError): void {
    const pending = this.take(id);
    if (pending === undefined) return;
    this.failures++;
    pending.waiter.failed(error);
  }

  #scheduleCheck(): Timer {
    return this.#options.clock.after(CHECK_INTERVAL_MS, () => {
      this.#failOverdue();
      this.#check = this.#pending.size > 0 ? this.#scheduleCheck() : undefined;
    });
  }

  #failOverdue(): void {
    const { clock, timeoutMs, timeoutError } = this.#options;
    const overdueMs = clock.nowMs() - timeoutMs;
    const overdue: number[] = [];
    this.#pending.forEach(({ sinceMs }, id) => {
      if (sinceMs <= overdueMs) overdue.push(id);
    });
    if (overdue.length === 0) return;
    const waiting = new Set(this.#gathered.map((data) => readRaftRequest(data).id));
    for (const id of overdue.sort((a, b) => a - b)) {
      const pending = this.#pending.get(id);
      if (pending !== undefined) this.#fail(id, timeoutError(pending.sinceMs, !waiting.has(id)));
    }
    this.#dropAbandoned();
  }

  /** A request that has timed out while it waited for a leader must not be proposed later: its client was told no. */
  #dropAbandoned(): void {
    if (this.#gathered.length === 0) return;
    this.#gathered = this.#gathered.filter((data) => this.#pending.has(readRaftRequest(data).id));
    this.#gatheredBytes = this.#gathered.reduce((sum, data) => sum + data.length, 0);
  }
}
