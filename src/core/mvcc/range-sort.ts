/** Sorting the KeyValues of a range, in steps: a hundred thousand at once would be felt by everybody else. */
import { compareBytes } from '../../base/bytes.ts';
import { SortOrder, SortTarget } from '../api/index.ts';
import { createRevisionOf, modRevisionOf, valueOf, versionOf } from '../api/key-value.ts';
import type { RangeRequest } from '../api/types.ts';

interface Item<K> {
  readonly kv: Uint8Array;
  readonly by: K;
}

const NUMBERS: Readonly<Record<number, (kv: Uint8Array) => number>> = {
  [SortTarget.VERSION]: versionOf,
  [SortTarget.CREATE]: createRevisionOf,
  [SortTarget.MOD]: modRevisionOf,
};

/**
 * `kvs`, which are in key order, sorted `stepItems` at a time in the order that the request asks for. Equal ones stay in key order. A target other than
 * the key without an order means ascending; an unknown one changes nothing.
 */
export function* sortedKvs(
  kvs: Uint8Array[],
  { sortOrder, sortTarget }: RangeRequest,
  stepItems: number,
): Generator<void, Uint8Array[], void> {
  const isDescending = sortOrder === SortOrder.DESCEND;
  if (sortTarget === SortTarget.KEY) return isDescending ? kvs.reverse() : kvs;
  const sign = isDescending ? -1 : 1;
  if (sortTarget === SortTarget.VALUE)
    return yield* sortedBy(kvs, valueOf, (a, b) => sign * compareBytes(a, b), stepItems);
  const number = NUMBERS[sortTarget];
  return number === undefined ? kvs : yield* sortedBy(kvs, number, (a, b) => sign * (a - b), stepItems);
}

function* sortedBy<K>(
  kvs: readonly Uint8Array[],
  key: (kv: Uint8Array) => K,
  compare: (a: K, b: K) => number,
  stepItems: number,
): Generator<void, Uint8Array[], void> {
  let runs: Item<K>[][] = [];
  for (let i = 0; i < kvs.length; i += stepItems) {
    if (i > 0) yield;
    const run = kvs.slice(i, i + stepItems).map((kv) => ({ kv, by: key(kv) }));
    runs.push(run.sort((a, b) => compare(a.by, b.by)));
  }
  while (runs.length > 1) {
    const merged: Item<K>[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const [left, right] = [runs[i]!, runs[i + 1]];
      merged.push(right === undefined ? left : yield* mergedRuns(left, right, compare, stepItems));
    }
    runs = merged;
  }
  const sorted: Uint8Array[] = [];
  for (const { kv } of runs[0] ?? []) {
    if (sorted.length % stepItems === stepItems - 1) yield;
    sorted.push(kv);
  }
  return sorted;
}

function* mergedRuns<K>(
  left: readonly Item<K>[],
  right: readonly Item<K>[],
  compare: (a: K, b: K) => number,
  stepItems: number,
): Generator<void, Item<K>[], void> {
  const merged: Item<K>[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    if (merged.length % stepItems === 0) yield;
    merged.push(compare(left[i]!.by, right[j]!.by) <= 0 ? left[i++]! : right[j++]!);
  }
  return merged.concat(i < left.length ? left.slice(i) : right.slice(j));
}
