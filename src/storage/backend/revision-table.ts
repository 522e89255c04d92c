/**
 * Revisions in memory, in order, in flat arrays: what the twin keeps and what LMDB's overlay keeps. Revisions only ever
 * arrive at the end, so finding one is a binary search and no map is needed.
 */
import type { RevisionVisitor } from '../../base/backend.ts';

/** Removed entries are squeezed out once they are this many and the majority. */
const SQUEEZE_ABOVE = 1024;

export class RevisionTable {
  private mains: number[] = [];
  /** Twice the sub-revision, plus one for a tombstone. */
  private marks: number[] = [];
  private kvs: (Uint8Array | undefined)[] = [];
  /** Where the entries begin; what stands before has been dropped. */
  private start = 0;
  private removed = 0;
  /** Bytes of all values. */
  bytes = 0;

  /** Entries that are there. */
  get size(): number {
    return this.mains.length - this.start - this.removed;
  }

  /** The lowest main revision that may be here; Infinity where there is none. */
  get firstMain(): number {
    return this.mains[this.start] ?? Infinity;
  }

  append(main: number, sub: number, tombstone: boolean, kv: Uint8Array): void {
    this.mains.push(main);
    this.marks.push(sub * 2 + (tombstone ? 1 : 0));
    this.kvs.push(kv);
    this.bytes += kv.length;
  }

  get(main: number, sub: number): Uint8Array | undefined {
    const at = this.lowerBound(main, sub);
    return this.isAt(at, main, sub) ? this.kvs[at] : undefined;
  }

  /** One that is not there is ignored. */
  remove(main: number, sub: number): void {
    const at = this.lowerBound(main, sub);
    const kv = this.isAt(at, main, sub) ? this.kvs[at] : undefined;
    if (kv === undefined) return;
    this.bytes -= kv.length;
    this.kvs[at] = undefined;
    this.removed++;
    if (this.removed > SQUEEZE_ABOVE && this.removed * 2 > this.mains.length) this.squeeze();
  }

  /** Visits entries from (main, sub) on. */
  scan(main: number, sub: number, visit: RevisionVisitor): void {
    for (let at = this.lowerBound(main, sub); at < this.mains.length; at++) {
      const kv = this.kvs[at];
      if (kv === undefined) continue;
      const mark = this.marks[at]!;
      if (visit(this.mains[at]!, Math.floor(mark / 2), mark % 2 === 1, kv) === false) return;
    }
  }

  /** Drops the oldest main revisions, none above `upToMain`, until the values take at most `keepBytes`. */
  dropOldest(keepBytes: number, upToMain: number): void {
    const { mains, kvs } = this;
    while (this.bytes > keepBytes && this.firstMain <= upToMain) {
      const main = this.firstMain;
      for (; mains[this.start] === main; this.start++) {
        const kv = kvs[this.start];
        if (kv === undefined) this.removed--;
        else this.bytes -= kv.length;
        kvs[this.start] = undefined;
      }
    }
    if (this.start > SQUEEZE_ABOVE && this.start * 2 > mains.length) this.cutFront();
  }

  clone(): RevisionTable {
    const copy = new RevisionTable();
    this.scan(0, 0, (main, sub, tombstone, kv) => copy.append(main, sub, tombstone, kv));
    return copy;
  }

  private isAt(at: number, main: number, sub: number): boolean {
    return at < this.mains.length && this.mains[at] === main && Math.floor(this.marks[at]! / 2) === sub;
  }

  private lowerBound(main: number, sub: number): number {
    let low = this.start;
    let high = this.mains.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.mains[middle]!;
      if (at < main || (at === main && this.marks[middle]! < sub * 2)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private cutFront(): void {
    this.mains = this.mains.slice(this.start);
    this.marks = this.marks.slice(this.start);
    this.kvs = this.kvs.slice(this.start);
    this.start = 0;
  }

  private squeeze(): void {
    this.cutFront();
    const keep: number[] = [];
    for (let i = 0; i < this.kvs.length; i++) if (this.kvs[i] !== undefined) keep.push(i);
    this.mains = keep.map((i) => this.mains[i]!);
    this.marks = keep.map((i) => this.marks[i]!);
    this.kvs = keep.map((i) => this.kvs[i]);
    this.removed = 0;
  }
}
