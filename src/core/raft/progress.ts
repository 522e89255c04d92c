/**
 * What the leader knows of one member's log.
 *
 * - probe: it is not known where the logs meet; one append at a time, the next after an answer or a heartbeat's answer.
 * - replicate: they meet; appends are sent ahead of their answers, as many as the window holds.
 * - snapshot: the entries it needs are gone; nothing is sent until the snapshot is in or has failed.
 */
import { Inflights } from './inflights.ts';
import type { ProgressState, ProgressStatus } from './status.ts';

export class Progress {
  /** Durable there. Never falls, always < next. */
  match = 0;
  /** The next entry to send. */
  next: number;
  state: ProgressState = 'probe';
  isLearner: boolean;
  /** Heard from since check-quorum last looked. */
  recentActive = false;
  /** Probe: an append is out. */
  probeSent = false;
  /** Replicate: send an empty append, to find out whether one got lost. */
  nudge = false;
  /** Snapshot: the index of the one under way. */
  pendingSnapshot = 0;
  /** The highest commit index sent with the entries it covers. */
  sentCommit = 0;
  /** What it has said to know as committed. */
  knownCommit = 0;
  /** The newest round of linearizable reads it has answered. */
  readRound = 0;
  readonly inflights: Inflights;

  constructor(next: number, isLearner: boolean, maxInflightMessages: number) {
    this.next = next;
    this.isLearner = isLearner;
    this.inflights = new Inflights(maxInflightMessages);
  }

  becomeProbe(): void {
    // After a snapshot was delivered, what follows it is the thing to try.
    const next = this.state === 'snapshot' ? Math.max(this.match, this.pendingSnapshot) + 1 : this.match + 1;
    this.#enter('probe');
    this.next = next;
  }

  becomeReplicate(): void {
    this.#enter('replicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.#enter('snapshot');
    this.pendingSnapshot = index;
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.probeSent = false;
    this.nudge = false;
    this.pendingSnapshot = 0;
    this.sentCommit = this.knownCommit;
    this.inflights.reset();
  }

  /** It has everything up to `index`; false when that is old news. */
  accepted(index: number): boolean {
    this.next = Math.max(this.next, index + 1);
    if (index <= this.match) return false;
    this.match = index;
    this.probeSent = false;
    return true;
  }

  /**
   * It refused the append that followed on `rejectedIndex` and may match up to `hintIndex`; false when that answer is
   * out of date.
   */
  rejected(rejectedIndex: number, hintIndex: number): boolean {
    if (rejectedIndex <= this.match) return false;
    if (this.state === 'replicate') {
      this.becomeProbe();
      return true;
    }
    if (this.state !== 'probe' || this.next - 1 !== rejectedIndex) return false;
    this.next = Math.max(Math.min(rejectedIndex, hintIndex + 1), this.match + 1);
    this.probeSent = false;
    return true;
  }

  status(): ProgressStatus {
    return {
      match: this.match,
      next: this.next,
      state: this.state,
      recentActive: this.recentActive,
      isLearner: this.isLearner,
      inflightMessages: this.inflights.count,
    };
  }
}
