/**
 * The log in memory: everything from the snapshot mark to the last entry.
 *
 *     mark.index ≤ applied ≤ applying ≤ min(sureCommit, durable)   sureCommit ≤ commit ≤ lastIndex
 *     durable ≤ handed ≤ lastIndex
 */
import { assert } from '../../base/errors.ts';
import type { RestoredState } from './config.ts';
import { Persistence } from './persistence.ts';
import { ENTRY_CONF_CHANGE, type ConfState, type Entry, type EntryType, type SnapshotMark } from './types.ts';

/** What an entry costs beside its data wherever bytes are bounded. */
export const ENTRY_OVERHEAD_BYTES = 16;

const NO_ENTRIES: readonly Entry[] = [];

export class RaftLog {
  /** entries[i].index = mark.index + 1 + i, terms never fall. */
  readonly #entries: Entry[];
  /** Those of them that change the membership, in order. */
  #confChanges: Entry[] = [];
  #bytes = 0;
  #mark: SnapshotMark;
  /** Known to be committed: never falls, never passes lastIndex. */
  #commit: number;
  /** Handed out to be applied. */
  #applying: number;
  #applied: number;
  readonly persistence: Persistence;

  constructor(restored: RestoredState) {
    const { snapshot, entries, hardState, applied } = restored;
    this.#mark = snapshot;
    this.#entries = [];
    this.#push(entries);
    const last = this.lastIndex;
    assert(applied >= snapshot.index, `raft: applied ${applied} lies before the snapshot at ${snapshot.index}`);
    assert(applied <= last, `raft: applied ${applied} but the log ends at ${last}: log entries have been lost`);
    const { commit } = hardState;
    assert(commit <= last, `raft: ${commit} is committed but the log ends at ${last}: log entries have been lost`);
    this.#commit = Math.max(commit, applied, this.#confChangesCommittedTo());
    this.#applying = applied;
    this.#applied = applied;
    this.persistence = new Persistence(last, { ...hardState, commit: this.#commit });
  }

  /**
   * A membership change is proposed only when the one before it is applied, so a log that holds both knows the first to
   * be committed, even where a torn write has lost the commit index. Whoever stood for election without it would count
   * the votes of a membership long gone.
   */
  #confChangesCommittedTo(): number {
    return this.#confChanges.at(-2)?.index ?? 0;
  }

  get mark(): SnapshotMark {
    return this.#mark;
  }
  get lastIndex(): number {
    return this.#mark.index + this.#entries.length;
  }
  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#mark.term;
  }
  /** The data of all entries, and ENTRY_OVERHEAD_BYTES for each. */
  get bytes(): number {
    return this.#bytes;
  }
  get commit(): number {
    return this.#commit;
  }
  /**
   * Committed, and safe to act on and to tell: a membership change only once it is durable that it is committed. Those whom
   * it removes are gone after that, and with them maybe all others who knew.
   */
  get sureCommit(): number {
    const { durableCommit } = this.persistence;
    const last = this.lastConfChange;
    if (last === undefined || last.index <= durableCommit || durableCommit >= this.#commit) return this.#commit;
    const held = this.#confChanges.find(({ index }) => index > durableCommit)!;
    return Math.min(this.#commit, held.index - 1);
  }
  get applied(): number {
    return this.#applied;
  }
  get lastConfChange(): Entry | undefined {
    return this.#confChanges.at(-1);
  }

  /** The term of the entry at `index`; undefined when it is compacted away or not there yet. */
  termAt(index: number): number | undefined {
    return index === this.#mark.index ? this.#mark.term : this.#entries[index - this.#mark.index - 1]?.term;
  }

  /** Raft paper 5.4.1: the later last term wins, then the longer log. */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);
  }

  /** A leader's own entries. Returns the first index. */
  appendOwn(term: number, type: EntryType, data: readonly Uint8Array[]): number {
    assert(term >= this.lastTerm, `raft: entry of term ${term} after one of term ${this.lastTerm}`);
    const first = this.lastIndex + 1;
    assert(first + data.length < Number.MAX_SAFE_INTEGER, 'raft: the log index has run out');
    for (let i = 0; i < data.length; i++) this.#add({ type, term, index: first + i, data: data[i]! });
    return first;
  }

  /** A leader's entries, which follow on an entry that matches (5.3). Returns the last index that matches now. */
  appendReceived(previousIndex: number, entries: readonly Entry[]): number {
    const lastNew = previousIndex + entries.length;
    if (previousIndex === this.lastIndex) {
      this.#push(entries);
      return lastNew;
    }
    let skip = 0;
    while (skip < entries.length && this.termAt(previousIndex + 1 + skip) === entries[skip]!.term) skip++;
    if (skip === entries.length) return lastNew;
    const from = previousIndex + 1 + skip;
    if (from <= this.lastIndex) this.#truncate(from);
    this.#push(skip === 0 ? entries : entries.slice(skip));
    return lastNew;
  }

  #push(entries: readonly Entry[]): void {
    let index = this.lastIndex;
    let term = this.lastTerm;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (entry.index !== ++index || entry.term < term) {
        assert(false, `raft: entry ${entry.index} of term ${entry.term} where ${index} of at least ${term} belongs`);
      }
      term = entry.term;
      this.#add(entry);
    }
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    if (entry.type === ENTRY_CONF_CHANGE) this.#confChanges.push(entry);
    this.#bytes += entry.data.length + ENTRY_OVERHEAD_BYTES;
  }

  #remove(start: number, count: number): void {
    for (const entry of this.#entries.splice(start, count)) {
      this.#bytes -= entry.data.length + ENTRY_OVERHEAD_BYTES;
      if (entry.type !== ENTRY_CONF_CHANGE) continue;
      if (start === 0) this.#confChanges.shift();
      else this.#confChanges.pop();
    }
  }

  #truncate(from: number): void {
    assert(from > this.#commit, `raft: entry ${from} differs from the leader's, but ${this.#commit} is committed`);
    const kept = from - this.#mark.index - 1;
    this.#remove(kept, this.#entries.length - kept);
    this.persistence.replacedFrom(from);
  }

  /**
   * The last index at or before `index` whose term is at most `term`, and its term: where two logs may agree, given
   * that the other one has `term` at `index`. 0 as term where it is compacted away.
   */
  lastAtMost(index: number, term: number): { index: number; term: number } {
    let at = Math.min(index, this.lastIndex);
    for (;;) {
      const own = this.termAt(at);
      if (own === undefined) return { index: at, term: 0 };
      if (own <= term || at === 0) return { index: at, term: own };
      at--;
    }
  }

  /** Entries from `from` to `to` at most, as many as fit into `maxBytes` and at least one. */
  slice(from: number, to: number, maxBytes: number): readonly Entry[] {
    if (from > to) return NO_ENTRIES;
    const base = this.#mark.index + 1;
    assert(from >= base && to <= this.lastIndex, `raft: no entries ${from} to ${to} in the log`);
    let bytes = 0;
    let end = from - base;
    const limit = to - base;
    while (end <= limit) {
      bytes += this.#entries[end]!.data.length + ENTRY_OVERHEAD_BYTES;
      if (bytes > maxBytes && end > from - base) break;
      end++;
    }
    return this.#entries.slice(from - base, end);
  }

  commitTo(index: number): void {
    if (index <= this.#commit) return;
    assert(index <= this.lastIndex, `raft: ${index} is committed but the log ends at ${this.lastIndex}: lost entries`);
    this.#commit = index;
  }

  get hasUnhanded(): boolean {
    return this.persistence.handedIndex < this.lastIndex;
  }

  /** Entries that have not been handed out to be written. */
  unhanded(): readonly Entry[] {
    return this.slice(this.persistence.handedIndex + 1, this.lastIndex, Infinity);
  }

  get hasCommitted(): boolean {
    return this.#applying < Math.min(this.sureCommit, this.persistence.durableIndex);
  }

  /** Committed and durable entries that have not been handed out to be applied; now they are. */
  takeCommitted(maxBytes: number): readonly Entry[] {
    const entries = this.slice(this.#applying + 1, Math.min(this.sureCommit, this.persistence.durableIndex), maxBytes);
    this.#applying += entries.length;
    return entries;
  }

  /** A member that has not applied a committed membership change does not know who votes. */
  hasUnappliedConfChange(): boolean {
    return this.#confChanges.some(({ index }) => index > this.#applied && index <= this.#commit);
  }

  appliedTo(index: number): void {
    assert(index >= this.#applied, `raft: applied falls from ${this.#applied} to ${index}`);
    assert(index <= this.#applying, `raft: applied ${index} before it was handed out`);
    this.#applied = index;
  }

  /** Forgets the entries up to `index`. */
  compact(index: number, confState: ConfState): void {
    assert(index <= this.#applied, `raft: compaction at ${index} passes the applied index ${this.#applied}`);
    if (index <= this.#mark.index) return;
    const term = this.termAt(index)!;
    this.#remove(0, index - this.#mark.index);
    this.#mark = { index, term, confState };
  }

  /** Starts anew after a snapshot of the state. */
  restore(mark: SnapshotMark): void {
    assert(mark.index > this.#commit, `raft: snapshot at ${mark.index} lies before the commit index ${this.#commit}`);
    this.#entries.length = 0;
    this.#confChanges = [];
    this.#bytes = 0;
    this.#mark = mark;
    this.#commit = mark.index;
    this.#applying = mark.index;
    this.#applied = mark.index;
    this.persistence.restored(mark.index);
  }
}
