/** Counts of the generators as whole histograms. */
import type { Histogram } from '../platform/histogram.ts';
import { latencyFrom, newHistogram } from '../platform/histogram.ts';
import type { Latency } from '../core/run/index.ts';
import type { SparseCounts } from './worker/counts.ts';

export function addCounts(histogram: Histogram, counts: SparseCounts): Histogram {
  for (let i = 0; i + 1 < counts.length; i += 2) histogram.recordValueWithCount(counts[i]!, counts[i + 1]!);
  return histogram;
}

export function latencyOfCounts(parts: Iterable<SparseCounts>): Latency {
  const histogram = newHistogram();
  for (const part of parts) addCounts(histogram, part);
  return latencyFrom(histogram);
}
