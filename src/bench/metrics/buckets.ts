/** Differences between two readings of a server's cumulative histogram, and what can be read from them. */
import { emptyLatency } from '../../core/run/index.ts';
import type { Latency } from '../../core/run/index.ts';
import type { Buckets } from './parse.ts';

const NONE: Buckets = { bounds: [], sumS: 0, count: 0 };

/** What was counted between two readings. A member that restarted counts from zero: then all it has is new. */
export function bucketsBetween(before: Buckets | undefined, after: Buckets | undefined): Buckets {
  if (after === undefined) return NONE;
  if (before === undefined || after.count < before.count) return after;
  const earlier = new Map(before.bounds.map(({ leS, count }) => [leS, count]));
  return {
    bounds: after.bounds.map(({ leS, count }) => ({ leS, count: count - (earlier.get(leS) ?? 0) })),
    sumS: after.sumS - before.sumS,
    count: after.count - before.count,
  };
}

/** Several histograms with the same bounds as one. */
export function addBuckets(parts: readonly Buckets[]): Buckets {
  const byBound = new Map<number, number>();
  for (const part of parts) {
    for (const { leS, count } of part.bounds) byBound.set(leS, (byBound.get(leS) ?? 0) + count);
  }
  return {
    bounds: [...byBound].map(([leS, count]) => ({ leS, count })).sort((a, b) => a.leS - b.leS),
    sumS: parts.reduce((sum, part) => sum + part.sumS, 0),
    count: parts.reduce((sum, part) => sum + part.count, 0),
  };
}

/** A quantile in milliseconds, interpolated within its bucket as Prometheus does; undefined of nothing. */
export function quantileMs(buckets: Buckets, q: number): number | undefined {
  if (buckets.count === 0) return undefined;
  const rank = q * buckets.count;
  let lowerS = 0;
  let below = 0;
  for (const { leS, count } of buckets.bounds) {
    if (count >= rank) {
      // Of what lies above the last bound only that bound is known.
      if (leS === Infinity) return lowerS * 1_000;
      const inside = count - below;
      return (lowerS + (leS - lowerS) * (inside === 0 ? 1 : (rank - below) / inside)) * 1_000;
    }
    lowerS = leS;
    below = count;
  }
  return lowerS * 1_000;
}

/** As a Run keeps it: percentiles between two bounds are interpolated, the bounds are kept beside. */
export function latencyOfBuckets(buckets: Buckets): Latency {
  if (buckets.count === 0) return emptyLatency();
  const at = (q: number): number => quantileMs(buckets, q) ?? 0;
  const lowest = buckets.bounds.findIndex(({ count }) => count > 0);
  return {
    count: buckets.count,
    min: lowest <= 0 ? 0 : buckets.bounds[lowest - 1]!.leS * 1_000,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
    mean: (buckets.sumS / buckets.count) * 1_000,
    hdr: null,
    buckets: buckets.bounds.map(({ leS, count }) => ({ leMs: leS === Infinity ? null : leS * 1_000, count })),
  };
}
