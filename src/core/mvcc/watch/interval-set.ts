/**
 * Intervals of keys, asked which of them hold a key. A sorted array read as a balanced tree, in which every node knows
 * how far the intervals below it reach; what came since it was built waits in a short list. Building is paid for by the
 * many questions and additions between two builds.
 */
import type { ByteString } from '../../../base/bytes.ts';

/** [start, end); `end` undefined reaches to the last key. */
export interface Interval {
  readonly start: ByteString;
  readonly end: ByteString | undefined;
}

/** The list of recent additions is merged once it is longer than this and than an eighth of the tree. */
const RECENT_LIMIT = 32;

export class IntervalSet<T extends Interval> {
  private sorted: T[] = [];
  /** reach[m]: the highest end in the subtree whose middle is m; undefined: to the last key. */
  private reach: (ByteString | undefined)[] = [];
  private recent: T[] = [];
  private readonly removed = new Set<T>();

  add(interval: T): void {
    this.recent.push(interval);
    if (this.recent.length > RECENT_LIMIT && this.recent.length * 8 > this.sorted.length) this.rebuild();
  }

  remove(interval: T): void {
    const at = this.recent.indexOf(interval);
    if (at >= 0) {
      this.recent.splice(at, 1);
      return;
    }
    this.removed.add(interval);
    if (this.removed.size > RECENT_LIMIT && this.removed.size * 2 > this.sorted.length) this.rebuild();
  }

  /** Visits every interval that holds `key`, in no particular order. */
  stab(key: ByteString, visit: (interval: T) => void): void {
    this.stabTree(key, 0, this.sorted.length, visit);
    for (const interval of this.recent) if (holds(interval, key)) visit(interval);
  }

  private stabTree(key: ByteString, low: number, high: number, visit: (interval: T) => void): void {
    while (low < high) {
      const middle = (low + high) >>> 1;
      const reach = this.reach[middle];
      if (reach !== undefined && reach <= key) return;
      this.stabTree(key, low, middle, visit);
      const interval = this.sorted[middle]!;
      if (interval.start > key) return;
      if (holds(interval, key) && !this.removed.has(interval)) visit(interval);
      low = middle + 1;
    }
  }

  private rebuild(): void {
    const all = this.sorted.filter((interval) => !this.removed.has(interval)).concat(this.recent);
    this.sorted = all.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    this.reach = new Array<ByteString | undefined>(all.length);
    this.recent = [];
    this.removed.clear();
    if (all.length > 0) this.measure(0, all.length);
  }

  private measure(low: number, high: number): ByteString | undefined {
    const middle = (low + high) >>> 1;
    let reach = this.sorted[middle]!.end;
    if (low < middle) reach = further(reach, this.measure(low, middle));
    if (middle + 1 < high) reach = further(reach, this.measure(middle + 1, high));
    this.reach[middle] = reach;
    return reach;
  }
}

function holds(interval: Interval, key: ByteString): boolean {
  return interval.start <= key && (interval.end === undefined || interval.end > key);
}

function further(a: ByteString | undefined, b: ByteString | undefined): ByteString | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a > b ? a : b;
}
