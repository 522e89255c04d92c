/**
 * Linearizable reads on their way to an index (thesis 6.4).
 *
 * Here: contexts of this member's clients wait to be bundled; on a follower a bundle travels to the leader and is sent
 * again until it is answered; on the leader bundles of all members make up rounds, each confirmed by a quorum's answers
 * to a heartbeat sent after the round began.
 */
import { assert } from '../../base/errors.ts';
import type { ReadState } from './ready.ts';
import type { MemberId } from './types.ts';

/** A bundle of reads that another member asked for. */
export interface RemoteRead {
  readonly from: MemberId;
  readonly session: number;
  readonly request: number;
}

interface Round {
  readonly number: number;
  readonly index: number;
  /** This member's own. */
  readonly contexts: readonly number[];
  readonly remote: readonly RemoteRead[];
}

/** Bundles that a follower has under way; the next ones wait and become one. */
const MAX_FORWARDED_BUNDLES = 16;

export class PendingReads {
  readonly #maxPending: number;
  #pending = 0;
  /** This member's contexts that no bundle holds yet. */
  #own: number[] = [];
  /** Followers: request number → contexts. */
  readonly #forwarded = new Map<number, readonly number[]>();
  #lastRequest = 0;
  /** Leaders: other members' bundles that no round holds yet. */
  #remote: RemoteRead[] = [];
  /** Leaders: rounds under way, oldest first. */
  #rounds: Round[] = [];
  #lastRound = 0;
  #answered: ReadState[] = [];

  constructor(maxPending: number) {
    this.#maxPending = maxPending;
  }

  add(context: number): boolean {
    if (this.#pending >= this.#maxPending) return false;
    this.#pending++;
    this.#own.push(context);
    return true;
  }

  /** Leaders: another member's request. A repeated one costs no more than another answer. */
  addRemote(read: RemoteRead): void {
    if (this.#remote.length < this.#maxPending) this.#remote.push(read);
  }

  get canStartRound(): boolean {
    return this.#own.length > 0 || this.#remote.length > 0;
  }

  /** Leaders: all that wait form a round, to be answered with `index`. Returns the number heartbeats carry. */
  startRound(index: number): number {
    this.#rounds.push({ number: ++this.#lastRound, index, contexts: this.#own, remote: this.#remote });
    this.#own = [];
    this.#remote = [];
    return this.#lastRound;
  }

  /** Leaders: the newest round under way; 0 for none. */
  get newestRound(): number {
    return this.#rounds.at(-1)?.number ?? 0;
  }

  /** Leaders: a quorum has answered round `confirmed`, which confirms all before it too. Returns others' answers. */
  confirm(confirmed: number): (RemoteRead & { index: number })[] {
    const answers: (RemoteRead & { index: number })[] = [];
    let done = 0;
    for (const { number, index, contexts, remote } of this.#rounds) {
      if (number > confirmed) break;
      done++;
      this.#answer(contexts, index);
      for (const read of remote) answers.push({ ...read, index });
    }
    this.#rounds.splice(0, done);
    return answers;
  }

  /** No longer leading: own reads go the follower's way, others will ask again. */
  stopLeading(): void {
    for (const { contexts } of this.#rounds) this.#own.push(...contexts);
    this.#rounds = [];
    this.#remote = [];
  }

  /** Now leading: what travelled to the old leader is asked here. */
  startLeading(): void {
    for (const contexts of this.#forwarded.values()) this.#own.push(...contexts);
    this.#forwarded.clear();
  }

  get canForward(): boolean {
    return this.#own.length > 0 && this.#forwarded.size < MAX_FORWARDED_BUNDLES;
  }

  /** Followers: bundles what waits. Returns the request number. */
  forward(): number {
    this.#forwarded.set(++this.#lastRequest, this.#own);
    this.#own = [];
    return this.#lastRequest;
  }

  /** Followers: requests without an answer yet. */
  get unanswered(): Iterable<number> {
    return this.#forwarded.keys();
  }

  answerForwarded(request: number, index: number): void {
    const contexts = this.#forwarded.get(request);
    if (contexts === undefined) return;
    this.#forwarded.delete(request);
    this.#answer(contexts, index);
  }

  #answer(contexts: readonly number[], index: number): void {
    this.#pending -= contexts.length;
    assert(this.#pending >= 0, 'raft: a read was answered twice');
    for (const context of contexts) this.#answered.push({ context, index });
  }

  get hasAnswered(): boolean {
    return this.#answered.length > 0;
  }

  takeAnswered(): readonly ReadState[] {
    const answered = this.#answered;
    this.#answered = [];
    return answered;
  }
}
