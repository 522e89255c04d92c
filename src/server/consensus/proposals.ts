/**
 * Requests on their way through raft: gathered over one turn of the event loop, proposed together, and answered when
 * the entry that carries them is applied here. Bounded in number and bytes.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { apiError, type ApiError } from '../../core/api/index.ts';
import type { ProposeResult } from '../../core/raft/index.ts';
import { encodeEntryData, readRequestId, type RequestId } from './entry-data.ts';

/** Who waits for an applied request. Exactly one of the two is called, once. */
export interface ProposalWaiter<Result> {
  applied(result: Result): void;
  failed(error: ApiError): void;
}

/** A request that was proposed on this member and is not applied yet. */
export interface PendingProposal<Request, Result> {
  /** As decoded when it arrived: applying here need not decode it again. */
  readonly request: Request;
  readonly waiter: ProposalWaiter<Result>;
  readonly sinceMs: number;
}

/** etcd's limit for entries committed and not yet applied; beyond it requests are refused. */
const MAX_UNAPPLIED_ENTRIES = 5000;
const MAX_PENDING = 200_000;
const MAX_GATHERED_BYTES = 512 * 1024 * 1024;
const CHECK_INTERVAL_MS = 250;

export interface ProposalsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly timeoutMs: number;
  readonly propose: (data: readonly Uint8Array[]) => ProposeResult;
  /** Entries committed and not yet applied. */
  readonly unapplied: () => number;
  /** Why a request that timed out did: etcd tells three reasons apart. */
  readonly timeoutError: (sinceMs: number) => ApiError;
}

export class Proposals<Request, Result> {
  readonly #options: ProposalsOptions;
  readonly #pending = new Map<number, PendingProposal<Request, Result>>();
  readonly #id: RequestId;
  readonly #found: RequestId = { session: 0, sequence: 0 };
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #isFlushing = false;
  #check: Timer | undefined;
  #isStopped = false;
  failures = 0;

  constructor(options: ProposalsOptions) {
    this.#options = options;
    this.#id = { session: options.random.below(0x7fff_ffff), sequence: 0 };
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** `encoded` is copied; `field` is the request's number in InternalRaftRequest. */
  submit(field: number, encoded: Uint8Array, request: Request, waiter: ProposalWaiter<Result>): void {
    if (this.#isStopped) {
      waiter.failed(apiError('stopped'));
      return;
    }
    const isFull = this.#pending.size >= MAX_PENDING || this.#gatheredBytes >= MAX_GATHERED_BYTES;
    if (isFull || this.#options.unapplied() > MAX_UNAPPLIED_ENTRIES) {
      waiter.failed(apiError('tooManyRequests'));
      return;
    }
    const id = this.#nextId();
    this.#pending.set(id.sequence, { request, waiter, sinceMs: this.#options.clock.nowMs() });
    const data = encodeEntryData(id, field, encoded);
    this.#gatheredBytes += data.length;
    this.#gathered.push(data);
    if (!this.#isFlushing) {
      this.#isFlushing = true;
      this.#options.clock.soon(() => this.flush());
    }
    this.#check ??= this.#scheduleCheck();
  }

  /** The local request that an entry carries, taken out; undefined where it was proposed elsewhere or in another life. */
  take(data: Uint8Array): PendingProposal<Request, Result> | undefined {
    const found = this.#found;
    if (!readRequestId(data, found) || found.session !== this.#id.session) return undefined;
    const pending = this.#pending.get(found.sequence);
    if (pending !== undefined) this.#pending.delete(found.sequence);
    return pending;
  }

  /** Proposes what has gathered; what raft cannot take yet, for want of a leader, is kept until it can or times out. */
  flush(): void {
    this.#isFlushing = false;
    const data = this.#gathered;
    if (data.length === 0 || this.#isStopped) return;
    const result = this.#options.propose(data);
    if (result.kind === 'dropped' && result.reason === 'no leader') return;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (result.kind !== 'dropped') return;
    for (const item of data) this.#fail(item, apiError('proposalDropped'));
  }

  stop(): void {
    this.#isStopped = true;
    this.#check?.cancel();
    this.#gathered = [];
    for (const { waiter } of this.#pending.values()) waiter.failed(apiError('stopped'));
    this.#pending.clear();
  }

  #nextId(): RequestId {
    const id = this.#id;
    id.sequence = (id.sequence + 1) >>> 0;
    // A session never uses a number twice.
    if (id.sequence === 0) id.session = this.#options.random.below(0x7fff_ffff);
    return id;
  }

  #fail(data: Uint8Array, error: ApiError): void {
    const pending = this.take(data);
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

  /** Requests are kept in the order they came, so the overdue ones stand first. */
  #failOverdue(): void {
    const { clock, timeoutMs, timeoutError } = this.#options;
    const overdueMs = clock.nowMs() - timeoutMs;
    for (const [sequence, pending] of this.#pending) {
      if (pending.sinceMs > overdueMs) break;
      this.#pending.delete(sequence);
      this.failures++;
      pending.waiter.failed(timeoutError(pending.sinceMs));
    }
    this.#dropAbandoned();
  }

  /** A request that has timed out while it waited for a leader must not be proposed later: its client was told no. */
  #dropAbandoned(): void {
    if (this.#gathered.length === 0) return;
    this.#gathered = this.#gathered.filter((data) => {
      return readRequestId(data, this.#found) && this.#pending.has(this.#found.sequence);
    });
    this.#gatheredBytes = this.#gathered.reduce((sum, data) => sum + data.length, 0);
  }
}
