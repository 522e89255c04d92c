/** Watchers by what they watch: single keys in a map, ranges in an interval set, equal ranges together. */
import type { ByteString } from '../../../base/bytes.ts';
import { IntervalSet, type Interval } from './interval-set.ts';
import type { Watcher } from './watcher.ts';

interface RangeGroup extends Interval {
  readonly watchers: Set<Watcher>;
}

export class WatcherGroups {
  private readonly byKey = new Map<ByteString, Set<Watcher>>();
  private readonly byRange = new Map<string, RangeGroup>();
  private readonly ranges = new IntervalSet<RangeGroup>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(watcher: Watcher): void {
    this.count++;
    const { start, end } = watcher.range;
    if (watcher.isSingleKey) {
      const watchers = this.byKey.get(start);
      if (watchers === undefined) this.byKey.set(start, new Set([watcher]));
      else watchers.add(watcher);
      return;
    }
    const name = rangeName(start, end);
    let group = this.byRange.get(name);
    if (group === undefined) {
      group = { start, end, watchers: new Set() };
      this.byRange.set(name, group);
      this.ranges.add(group);
    }
    group.watchers.add(watcher);
  }

  remove(watcher: Watcher): void {
    this.count--;
    const { start, end } = watcher.range;
    if (watcher.isSingleKey) {
      const watchers = this.byKey.get(start)!;
      watchers.delete(watcher);
      if (watchers.size === 0) this.byKey.delete(start);
      return;
    }
    const name = rangeName(start, end);
    const group = this.byRange.get(name)!;
    group.watchers.delete(watcher);
    if (group.watchers.size > 0) return;
    this.byRange.delete(name);
    this.ranges.remove(group);
  }

  /** Visits every watcher of `key`. The visitor must not add or remove any. */
  match(key: ByteString, visit: (watcher: Watcher) => void): void {
    const exact = this.byKey.get(key);
    if (exact !== undefined) for (const watcher of exact) visit(watcher);
    if (this.byRange.size === 0) return;
    this.ranges.stab(key, (group) => {
      for (const watcher of group.watchers) visit(watcher);
    });
  }

  /** Visits every watcher, in no particular order. */
  forEach(visit: (watcher: Watcher) => void): void {
    for (const watchers of this.byKey.values()) for (const watcher of watchers) visit(watcher);
    for (const { watchers } of this.byRange.values()) for (const watcher of watchers) visit(watcher);
  }
}

/** One string for both ends; the length keeps (a, bc) and (ab, c) apart. */
function rangeName(start: ByteString, end: ByteString | undefined): string {
  return `${start.length}:${start}${end === undefined ? '' : '<' + end}`;
}
