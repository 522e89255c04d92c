/**
 * Whether this member leads in truth. One that was cut off or stopped for a while learns late that it was deposed, and
 * the time it would give a lease until then is time its successor does not know of.
 *
 * The successor extends every lease by an election timeout from the instant it takes office. So a renewal holds whoever leads
 * as long as a quorum was asked, and agreed, no longer ago than that.
 */
import type { Clock } from '../../base/clock.ts';
import { apiError, type ApiError } from '../../core/api/index.ts';

export interface AssuredMember {
  readonly isLeader: boolean;
  readonly term: number;
  /** Calls back once a quorum that is asked from now on has confirmed the leader. */
  linearize(done: (error: ApiError | undefined) => void): void;
}

export class LeaderAssurance {
  readonly #member: AssuredMember;
  readonly #clock: Clock;
  readonly #electionMs: number;
  #term = 0;
  /** When the quorum was asked that agreed last. */
  #sinceMs = -Infinity;

  constructor(member: AssuredMember, clock: Clock, electionMs: number) {
    this.#member = member;
    this.#clock = clock;
    this.#electionMs = electionMs;
  }

  /** Goes on at once where a quorum has confirmed this leader within an election timeout, and as `confirm` does otherwise. */
  whenRecent(failed: (error: ApiError) => void, then: () => void): void {
    const { isLeader, term } = this.#member;
    const isRecent = term === this.#term && this.#clock.nowMs() - this.#sinceMs < this.#electionMs;
    if (isLeader && isRecent) then();
    else this.confirm(failed, then);
  }

  /** Goes on once a quorum that is asked now has confirmed this leader; `failed` where it does not. */
  confirm(failed: (error: ApiError) => void, then: () => void): void {
    const askedMs = this.#clock.nowMs();
    const { isLeader, term } = this.#member;
    if (!isLeader) {
      failed(apiError('notLeader'));
      return;
    }
    this.#member.linearize((error) => {
      if (error !== undefined || !this.#member.isLeader || this.#member.term !== term) {
        failed(error ?? apiError('notLeader'));
        return;
      }
      this.#sinceMs = askedMs;
      this.#term = term;
      then();
    });
  }
}
