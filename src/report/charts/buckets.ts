import type { Histogram } from '../../platform/histogram.ts';

/**
 * How many recorded values lie in each range between neighbouring `boundsMs`. The first range takes what lies below it,
 * the last what lies above, so nothing is lost.
 */
export function countsIn(histogram: Histogram, boundsMs: readonly number[]): number[] {
  const ranges = boundsMs.length - 1;
  const counts = new Array<number>(ranges).fill(0);
  if (histogram.totalCount === 0) return counts;
  let before = 0;
  for (let i = 0; i < ranges; i++) {
    const upTo = i === ranges - 1 ? histogram.totalCount : countUpTo(histogram, boundsMs[i + 1]! * 1000);
    counts[i] = upTo - before;
    before = upTo;
  }
  return counts;
}

/** Values at or below `us`, found by bisection over the ranks: the library tells a rank's value, not a value's rank. */
function countUpTo(histogram: Histogram, us: number): number {
  let low = 0;
  let high = histogram.totalCount;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    // Half a rank down, so that rounding cannot reach the next value.
    const value = histogram.getValueAtPercentile((100 * (middle - 0.5)) / histogram.totalCount);
    if (value <= us) low = middle;
    else high = middle - 1;
  }
  return low;
}
