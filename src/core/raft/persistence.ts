/**
 * What has been handed out to be written, and what of it is durable.
 *
 * Several Readys may be under way at once. An entry that is replaced while its write is still under way must not be
 * taken for durable when that write ends, even if the same entry comes back later (it then rides on a later Ready);
 * so a replacement cuts back what the earlier writes are good for.
 */
import { assert } from '../../base/errors.ts';
import type { HardState, MemberId } from './types.ts';

interface Write {
  readonly readyNumber: number;
  /** The log up to here is durable once this write is; lowered by `replacedFrom`. */
  upTo: number;
  readonly hardState: HardState | undefined;
  /** False for a mere commit index: that its write is over does not make it durable. */
  readonly isSynced: boolean;
}

export class Persistence {
  /** Entries up to here have been handed out. Never below `durableIndex`. */
  handedIndex: number;
  /** Entries up to here are durable. */
  durableIndex: number;
  durableTerm: number;
  durableVote: MemberId;
  /** That the log is committed up to here is durable: a commit index is synced with what is written after it, if at all. */
  durableCommit: number;
  readonly #underWay: Write[] = [];
  #lastNumber = 0;

  constructor(lastIndex: number, hardState: HardState) {
    this.handedIndex = lastIndex;
    this.durableIndex = lastIndex;
    this.durableTerm = hardState.term;
    this.durableVote = hardState.vote;
    this.durableCommit = hardState.commit;
  }

  handedOut(readyNumber: number, upTo: number, hardState: HardState | undefined, isSynced: boolean): void {
    assert(readyNumber > this.#lastNumber, 'raft: Readys are numbered upwards');
    assert(upTo >= this.handedIndex, 'raft: entries handed out twice');
    this.#lastNumber = readyNumber;
    this.handedIndex = upTo;
    this.#underWay.push({ readyNumber, upTo, hardState, isSynced });
  }

  /** The entries from `index` on have been replaced by others. */
  replacedFrom(index: number): void {
    const kept = index - 1;
    for (const write of this.#underWay) write.upTo = Math.min(write.upTo, kept);
    this.handedIndex = Math.min(this.handedIndex, kept);
    this.durableIndex = Math.min(this.durableIndex, kept);
  }

  /** Log and state have been replaced by a snapshot at `index`; what is handed out next comes after it. */
  restored(index: number): void {
    for (const write of this.#underWay) write.upTo = Math.min(write.upTo, index);
    this.handedIndex = index;
    this.durableIndex = index;
  }

  persisted(readyNumber: number): void {
    let done = 0;
    for (const write of this.#underWay) {
      if (write.readyNumber > readyNumber) break;
      this.durableIndex = Math.max(this.durableIndex, write.upTo);
      if (write.hardState !== undefined) {
        this.durableTerm = write.hardState.term;
        this.durableVote = write.hardState.vote;
        if (write.isSynced) this.durableCommit = write.hardState.commit;
      }
      done++;
    }
    this.#underWay.splice(0, done);
  }
}
