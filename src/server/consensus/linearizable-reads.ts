/**
 * Linearizable reads by ReadIndex (thesis 6.4): reads that arrive in one turn share one round; each is answered once the
 * member has applied the index that the leader confirmed.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { SequenceMap } from '../../base/sequence-map.ts';
import { apiError, type ApiError } from '../../core/api/index.ts';
import type { ReadState } from '../../core/raft/index.ts';

/** Called with nothing when the store may be read, with etcd's error when it may not. */
export type ReadWaiter = (error: ApiError | undefined) => void;

/** etcd asks again after so long (server/etcdserver/v3_server.go, readIndexRetryTime). */
const RETRY_MS = 500;

interface Round {
  readonly waiters: ReadWaiter[];
  readonly startedMs: number;
  askedMs: number;
  /** Known once the leader has answered. */
  index: number | undefined;
}

export interface LinearizableReadsOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Asks raft for an index. What it does not take is asked again. */
  readonly ask: (context: number) => void;
  readonly onSlow: () => void;
  readonly onFailed: () => void;
}

export class LinearizableReads {
  readonly #options: LinearizableReadsOptions;
  readonly #rounds = new SequenceMap<Round>();
  #arriving: ReadWaiter[] = [];
  #lastContext = 0;
  #appliedIndex = 0;
  #check: Timer | undefined;

  constructor(options: LinearizableReadsOptions) {
    this.#options = options;
  }

  wait(waiter: ReadWaiter): void {
    if (this.#arriving.push(waiter) === 1) this.#options.clock.soon(() => this.#startRound());
  }

  onReadState(state: ReadState): void {
    const round = this.#rounds.get(state.context);
    if (round === undefined) return;
    round.index = state.index;
    if (state.index <= this.#appliedIndex) this.#finish(state.context, round, undefined);
  }

  onApplied(index: number): void {
    this.#appliedIndex = index;
    if (this.#rounds.size === 0) return;
    for (const [context, round] of this.#rounds.inOrder()) {
      if (round.index !== undefined && round.index <= index) this.#finish(context, round, undefined);
    }
  }

  /**
   * There is another leader than before. The oldest round that the old one did not answer fails, as etcd fails the one it
   * has under way; raft asks the new leader for the others (server/etcdserver/v3_server.go, requestCurrentIndex).
   */
  onLeaderChanged(): void {
    for (const [context, round] of this.#rounds.inOrder()) {
      if (round.index !== undefined) continue;
      this.#options.onFailed();
      this.#finish(context, round, apiError('leaderChanged'));
      return;
    }
  }

  stop(): void {
    this.#check?.cancel();
    const arriving = this.#arriving;
    this.#arriving = [];
    for (const waiter of arriving) waiter(apiError('stopped'));
    for (const [context, round] of this.#rounds.inOrder()) this.#finish(context, round, apiError('stopped'));
  }

  #startRound(): void {
    const waiters = this.#arriving;
    if (waiters.length === 0) return;
    this.#arriving = [];
    const context = ++this.#lastContext;
    const nowMs = this.#options.clock.nowMs();
    this.#rounds.set(context, { waiters, startedMs: nowMs, askedMs: nowMs, index: undefined });
    this.#options.ask(context);
    if (this.#check === undefined) this.#scheduleCheck();
  }

  #scheduleCheck(): void {
    this.#check = this.#options.clock.after(RETRY_MS, () => {
      this.#check = undefined;
      this.#checkRounds();
      if (this.#rounds.size > 0) this.#scheduleCheck();
    });
  }

  #checkRounds(): void {
    const { clock, timeoutMs, ask, onSlow, onFailed } = this.#options;
    const nowMs = clock.nowMs();
    for (const [context, round] of this.#rounds.inOrder()) {
      if (nowMs - round.startedMs >= timeoutMs) {
        onFailed();
        this.#finish(context, round, apiError('timeout'));
      } else if (round.index === undefined && nowMs - round.askedMs >= RETRY_MS) {
        onSlow();
        round.askedMs = nowMs;
        ask(context);
      }
    }
  }

  #finish(context: number, round: Round, error: ApiError | undefined): void {
    // Whoever was told before it in the same turn may have ended it.
    if (!this.#rounds.delete(context)) return;
    for (const waiter of round.waiters) waiter(error);
  }
}
