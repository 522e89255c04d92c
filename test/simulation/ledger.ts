/**
 * What the whole cluster has ever agreed on, and the safety properties of Raft paper figure 3 checked against it. Every
 * member's consensus machine is watched through `watchRaft`.
 */
import { equalBytes } from '../../src/base/bytes.ts';
import {
  ENTRY_CONF_CHANGE,
  type ConfState,
  type Entry,
  type MemberId,
  type Raft,
  type Ready,
  type RestoredState,
} from '../../src/core/raft/index.ts';

/** A property that does not hold: what the simulator looks for. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export class Ledger {
  /** Index → the entry that somebody applied there. */
  readonly #chosen: Entry[] = [];
  readonly #leaders = new Map<number, string>();
  /** Who counts from a membership change on, by its index, lowest first. */
  readonly #members: { readonly index: number; readonly count: string }[] = [];
  readonly counts = { leaders: 0, chosen: 0, checkedEntries: 0 };
  /** Told of every entry once, in order, before anybody applies it. */
  onChosen: (entry: Entry) => void = () => undefined;

  /** State machine safety: no other entry is ever applied at the same index. */
  apply(member: MemberId, entry: Entry): void {
    const chosen = this.#chosen[entry.index];
    this.counts.checkedEntries++;
    if (chosen === undefined) {
      this.#chosen[entry.index] = { ...entry, data: entry.data.slice() };
      this.counts.chosen++;
      this.onChosen(entry);
    } else if (chosen.term !== entry.term || chosen.type !== entry.type || !equalBytes(chosen.data, entry.data)) {
      throw new Violation(
        `state machine safety: member ${member} applies an entry of term ${entry.term} at ${entry.index}, where one of ` +
          `term ${chosen.term} was applied before`,
      );
    }
  }

  /** `life` has applied the membership change at `index`. */
  changeMembers(life: string, index: number, confState: ConfState): void {
    const isNew = index > (this.#members.at(-1)?.index ?? 0);
    if (isNew) this.#members.push({ index, count: textOf(confState) });
    this.checkMembers(life, index, confState);
  }

  /** Everybody says the same of who counts at an index. */
  checkMembers(life: string, index: number, confState: ConfState): void {
    const known = this.#members.findLast((change) => change.index <= index);
    if (known === undefined || known.count === textOf(confState)) return;
    throw new Violation(`membership: at ${index} there count ${known.count}, for ${life} ${textOf(confState)}`);
  }

  /** Election safety, and leader completeness: `terms` are those of the leader's log from index `first` on. */
  elect(life: string, term: number, first: number, terms: readonly number[]): void {
    const other = this.#leaders.get(term) ?? life;
    if (other !== life) throw new Violation(`election safety: ${other} and ${life} both lead term ${term}`);
    this.#leaders.set(term, life);
    this.counts.leaders++;
    for (let index = first; index < this.#chosen.length; index++) {
      const chosen = this.#chosen[index];
      if (chosen !== undefined && terms[index - first] !== chosen.term) {
        throw new Violation(`leader completeness: ${life}, leader of term ${term}, lacks the chosen entry ${index}`);
      }
    }
  }
}

function textOf({ voters, learners }: ConfState): string {
  const list = (ids: readonly MemberId[]): string => [...ids].sort().join();
  return `voters ${list(voters)} and learners ${list(learners)}`;
}

/** A consensus machine that behaves as `raft` does and has `ledger` look at every Ready. */
export function watchRaft(raft: Raft, id: MemberId, life: string, restored: RestoredState, ledger: Ledger): Raft {
  let first = restored.snapshot.index + 1;
  let terms = restored.entries.map((entry) => entry.term);
  let term = restored.hardState.term;
  const changes: number[] = [];
  const look = (ready: Ready): void => {
    term = ready.hardState?.term ?? term;
    if (ready.snapshot !== undefined) {
      first = ready.snapshot.index + 1;
      terms = [];
      ledger.checkMembers(life, ready.snapshot.index, ready.snapshot.confState);
    }
    for (const entry of ready.entries) {
      terms.length = entry.index - first;
      terms.push(entry.term);
    }
    for (const entry of ready.committed) {
      ledger.apply(id, entry);
      if (entry.type === ENTRY_CONF_CHANGE) changes.push(entry.index);
    }
    if (ready.softState?.role === 'leader') ledger.elect(life, term, first, terms);
  };
  return {
    tick: () => raft.tick(),
    campaign: () => raft.campaign(),
    step: (message) => raft.step(message),
    propose: (data) => raft.propose(data),
    proposeConfChange: (change) => raft.proposeConfChange(change),
    applyConfChange: (change) => {
      const confState = raft.applyConfChange(change);
      ledger.changeMembers(life, changes.shift()!, confState);
      return confState;
    },
    readIndex: (context) => raft.readIndex(context),
    transferLeadership: (to) => raft.transferLeadership(to),
    reportUnreachable: (peer) => raft.reportUnreachable(peer),
    reportSnapshot: (peer, ok) => raft.reportSnapshot(peer, ok),
    hasReady: () => raft.hasReady(),
    ready: () => {
      const ready = raft.ready();
      look(ready);
      return ready;
    },
    persisted: (number) => raft.persisted(number),
    applied: (index) => raft.applied(index),
    compact: (index, confState) => {
      ledger.checkMembers(life, index, confState);
      raft.compact(index, confState);
    },
    status: () => raft.status(),
  };
}
