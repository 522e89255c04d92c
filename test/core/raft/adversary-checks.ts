/** What the cluster has agreed on so far, and the safety properties of Raft paper figure 3 that it must keep. */
import { ENTRY_CONF_CHANGE, type Entry, type MemberId } from '../../../src/core/raft/index.ts';
import { ensure, lastOf, termAt, type Log } from './adversary-log.ts';

export class Chosen {
  /** Index → what somebody has applied there. */
  readonly #entries: Entry[] = [];
  readonly #leaders = new Map<number, MemberId>();
  readonly #proposals = new Map<string, number>();
  confChanges = 0;
  elections = 0;

  /** The highest index that anybody has applied. */
  get lastIndex(): number {
    return Math.max(0, this.#entries.length - 1);
  }

  get lastData(): Uint8Array | undefined {
    return this.#entries.at(-1)?.data;
  }

  /** State machine safety: nobody applies another entry at the same index. And a proposal is applied once. */
  apply(member: MemberId, entry: Entry): void {
    const chosen = this.#entries[entry.index];
    if (chosen === undefined) {
      this.#choose(entry);
      return;
    }
    const same = chosen.term === entry.term && chosen.type === entry.type && chosen.data.join() === entry.data.join();
    ensure(same, `${member} applies another entry at ${entry.index} than was applied before`);
  }

  #choose(entry: Entry): void {
    ensure(entry.index === this.lastIndex + 1, `index ${entry.index} was applied before those below`);
    this.#entries[entry.index] = entry;
    if (entry.type === ENTRY_CONF_CHANGE) this.confChanges++;
    if (entry.data.length === 0) return;
    const proposal = `${entry.type}:${entry.data.join()}`;
    const before = this.#proposals.get(proposal);
    ensure(before === undefined, `the proposal at ${entry.index} was applied at ${before} already`);
    this.#proposals.set(proposal, entry.index);
  }

  /** Election safety, and leader completeness. */
  elect(member: MemberId, term: number, log: Readonly<Log>): void {
    const other = this.#leaders.get(term) ?? member;
    ensure(other === member, `${other} and ${member} both lead term ${term}`);
    this.#leaders.set(term, member);
    this.elections++;
    for (let index = log.mark.index + 1; index <= this.lastIndex; index++) {
      const has = termAt(log, index) === this.#entries[index]!.term;
      ensure(has, `leader ${member} of term ${term} lacks the chosen entry ${index}`);
    }
  }
}

/** Log matching: two logs with the same term at an index agree on everything up to it. */
export function checkLogMatching(logs: readonly Readonly<Log>[]): void {
  for (const a of logs) {
    for (const b of logs) {
      if (a === b) continue;
      let agreed = false;
      const first = Math.max(a.mark.index, b.mark.index) + 1;
      for (let index = Math.min(lastOf(a), lastOf(b)); index >= first; index--) {
        const one = a.entries[index - a.mark.index - 1]!;
        const two = b.entries[index - b.mark.index - 1]!;
        if (one.term === two.term) agreed = true;
        ensure(!agreed || (one.term === two.term && one.data.join() === two.data.join()), `logs differ at ${index}`);
      }
    }
  }
}
