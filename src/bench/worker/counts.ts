/**
 * Latencies counted on the hot path: HdrHistogram's own bucket layout (microseconds, three significant digits) in a flat
 * array, so that a sample costs one index and one increment. `histogramOf` (../histograms.ts) makes whole histograms of it.
 */

/** Values up to here have a bucket each; above, each power of two has 1,024. */
const HALF = 1024;
const HALF_BITS = 10;
/** 2^31 - 1 µs, some 35 minutes: what takes longer is counted there. */
const MOST_US = 0x7fffffff;
const BUCKETS = (32 - HALF_BITS) * HALF;

export type Counts = Uint32Array;

export function newCounts(): Counts {
  return new Uint32Array(BUCKETS);
}

/** The bucket of a duration: count with `counts[bucketOf(ms)]++`. */
export function bucketOf(durationMs: number): number {
  const us = durationMs <= 0 ? 0 : durationMs * 1000 >= MOST_US ? MOST_US : (durationMs * 1000 + 0.5) | 0;
  const shift = us < 2 * HALF ? 0 : 32 - HALF_BITS - 1 - Math.clz32(us);
  return (shift << HALF_BITS) + (us >>> shift);
}

/** Pairs of microseconds and count, of the buckets that hold any: small enough to send and to keep. */
export type SparseCounts = Uint32Array;

export function sparse(counts: Counts): SparseCounts {
  const pairs: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    const n = counts[i]!;
    if (n > 0) pairs.push(valueOf(i), n);
  }
  return Uint32Array.from(pairs);
}

/** The lowest value of a bucket. */
function valueOf(index: number): number {
  if (index < 2 * HALF) return index;
  const shift = (index >>> HALF_BITS) - 1;
  return (index - (shift << HALF_BITS)) * 2 ** shift;
}
