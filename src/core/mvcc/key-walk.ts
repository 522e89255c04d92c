import type { ByteString } from '../../base/bytes.ts';
import type { KeyRange } from './key-range.ts';
import type { PieceBudget } from './piece-budget.ts';
import { NONE } from './revision-chains.ts';
import type { RevisionStore } from './revision-store.ts';

/** Returning false leaves the key for the next visit. */
type ValueVisitor = (row: number, slot: number) => boolean | void;

/** Goes through the keys of a range that had a value at a revision, in order; it can be left and taken up again. */
export class KeyWalk {
  isOver = false;
  private readonly store: RevisionStore;
  private readonly revision: number;
  private readonly budget: PieceBudget;
  private readonly end: ByteString | undefined;
  private next: ByteString;

  constructor(store: RevisionStore, { start, end }: KeyRange, revision: number, budget: PieceBudget) {
    this.store = store;
    this.revision = revision;
    this.budget = budget;
    this.next = start;
    this.end = end;
  }

  /** Shows values until the budget is spent, `visit` returns false, or all have been seen. */
  visit(visit: ValueVisitor): void {
    const { budget, store, revision } = this;
    const { index } = store;
    let resume: ByteString | undefined;
    budget.renewIfSpent();
    const show = (key: ByteString, row: number, slot: number): boolean => {
      if (!budget.isSpent && (row === NONE || visit(row, slot) !== false)) {
        budget.takeKey();
        return true;
      }
      resume = key;
      return false;
    };
    if (revision >= store.readRevision) index.scanLive(this.next, this.end, show);
    else {
      index.scanAll(this.next, this.end, (key, slot) => show(key, index.valueRowAt(slot, revision), slot));
    }
    if (resume === undefined) this.isOver = true;
    else this.next = resume;
  }
}
