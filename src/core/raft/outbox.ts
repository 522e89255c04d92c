/** Messages made since the last Ready, by when they may leave. */
import { NOBODY, type MemberId } from './types.ts';
import type { Message } from './messages.ts';

export class Outbox {
  #atOnce: Message[] = [];
  #afterPersist: Message[] = [];
  /** Accepted appends are answered once a Ready, by the highest index: answers are cumulative. */
  #acceptedFrom: MemberId = NOBODY;
  #acceptedTerm = 0;
  #acceptedIndex = 0;

  /** For messages that promise nothing about this member's disk. */
  send(message: Message): void {
    this.#atOnce.push(message);
  }

  /** For votes and whatever else must not be forgotten once said. */
  sendAfterPersist(message: Message): void {
    this.#afterPersist.push(message);
  }

  /** This member's log matches the leader's up to `index`. */
  accept(leader: MemberId, term: number, index: number): void {
    const same = leader === this.#acceptedFrom && term === this.#acceptedTerm;
    this.#acceptedFrom = leader;
    this.#acceptedTerm = term;
    this.#acceptedIndex = same ? Math.max(this.#acceptedIndex, index) : index;
  }

  get isEmpty(): boolean {
    return this.#atOnce.length === 0 && this.#afterPersist.length === 0 && this.#acceptedFrom === NOBODY;
  }

  takeAtOnce(): readonly Message[] {
    const messages = this.#atOnce;
    this.#atOnce = [];
    return messages;
  }

  takeAfterPersist(from: MemberId, commit: number): readonly Message[] {
    const messages = this.#afterPersist;
    this.#afterPersist = [];
    if (this.#acceptedFrom !== NOBODY) {
      messages.push({
        type: 'appendAnswer',
        from,
        to: this.#acceptedFrom,
        term: this.#acceptedTerm,
        rejected: false,
        index: this.#acceptedIndex,
        hintIndex: 0,
        hintTerm: 0,
        commit,
      });
      this.#acceptedFrom = NOBODY;
    }
    return messages;
  }
}
