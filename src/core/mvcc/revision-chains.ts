/**
 * The revisions of all keys as linked chains through columns of numbers: 16 bytes a revision, no objects. A chain runs
 * from a key's newest revision to its oldest. Rows are numbered from 0; NONE ends a chain.
 */
import { assert } from '../../base/errors.ts';
import { FloatColumn, Int32Column } from './columns.ts';

export const NONE = -1;

/** Sub-revisions share their column with the tombstone mark in bit 30. */
const TOMBSTONE = 1 << 30;
const MAX_SUB = TOMBSTONE - 1;

export class RevisionChains {
  private readonly mains = new FloatColumn();
  private readonly marks = new Int32Column();
  private readonly olders = new Int32Column();
  private rows = 0;
  /** Freed rows, chained through `olders`. */
  private free = NONE;

  /** A new row in front of `older`. */
  add(main: number, sub: number, tombstone: boolean, older: number): number {
    assert(sub <= MAX_SUB, `sub-revision ${sub} is above ${MAX_SUB}`);
    let row = this.free;
    if (row === NONE) {
      row = this.rows++;
      this.mains.grow(this.rows);
      this.marks.grow(this.rows);
      this.olders.grow(this.rows);
    } else {
      this.free = this.olders.get(row);
    }
    this.mains.set(row, main);
    this.marks.set(row, tombstone ? sub | TOMBSTONE : sub);
    this.olders.set(row, older);
    return row;
  }

  /** Gives the row back; what pointed at it must not any more. */
  release(row: number): void {
    this.olders.set(row, this.free);
    this.free = row;
  }

  main(row: number): number {
    return this.mains.get(row);
  }

  sub(row: number): number {
    return this.marks.get(row) & MAX_SUB;
  }

  isTombstone(row: number): boolean {
    return (this.marks.get(row) & TOMBSTONE) !== 0;
  }

  /** The next older revision of the same key. */
  older(row: number): number {
    return this.olders.get(row);
  }

  /** Ends the chain after `row`. */
  endAt(row: number): void {
    this.olders.set(row, NONE);
  }

  /** The newest row of the chain at or below `revision`; NONE where the chain begins above it. */
  newestAt(head: number, revision: number): number {
    let row = head;
    while (row !== NONE && this.mains.get(row) > revision) row = this.olders.get(row);
    return row;
  }
}
