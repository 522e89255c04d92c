/**
 * Latency distributions: HdrHistograms in whole microseconds, three significant digits, from 1 µs to an hour, and their
 * form in a Run. A recorder of a hot path may count in its own arrays and hand the counts over at the end.
 */
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';
import { OperationError, assert, errorMessage } from '../base/errors.ts';
import { emptyLatency, isMeasured } from '../core/run/index.ts';
import type { Latency } from '../core/run/index.ts';

export type { Histogram } from 'hdr-histogram-js';

/** An hour: a request that takes longer is recorded as an hour. */
export const HIGHEST_TRACKABLE_US = 3_600_000_000;
const SIGNIFICANT_DIGITS = 3;

/** An empty histogram for `recordMs`. Counters hold 2^32 − 1 a bucket. */
export function newHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    useWebAssembly: false,
  });
}

/** Records one duration, rounded to whole microseconds and held within the histogram's bounds. */
export function recordMs(histogram: Histogram, durationMs: number, count = 1): void {
  const us = Math.min(HIGHEST_TRACKABLE_US, Math.max(0, Math.round(durationMs * 1000)));
  histogram.recordValueWithCount(us, count);
}

/** The figures and the whole of a histogram in µs, as a Run keeps them. */
export function latencyFrom(histogram: Histogram): Latency {
  if (histogram.totalCount === 0) return emptyLatency();
  return figuresOf(histogram, histogram.getValueAtPercentile(0) / 1000, histogram.maxValue / 1000);
}

/** The histogram in µs that a Run keeps; empty where nothing was measured or only a server's buckets are known. */
export function histogramFrom(latency: Latency): Histogram {
  if (!isMeasured(latency) || latency.hdr === null) return newHistogram();
  try {
    return decodeFromCompressedBase64(latency.hdr, 32, false);
  } catch (error) {
    throw new OperationError(`a histogram of the Run cannot be decoded: ${errorMessage(error)}`);
  }
}

/** Several distributions as one, whole. Each must have kept its histogram. */
export function combineLatencies(parts: readonly Latency[]): Latency {
  const measured = parts.filter((part) => isMeasured(part));
  const [first] = measured;
  if (first === undefined) return emptyLatency();
  if (measured.length === 1) return first;
  const combined = newHistogram();
  for (const part of measured) {
    assert(part.hdr !== null, 'only distributions with a histogram can be combined');
    combined.add(histogramFrom(part));
  }
  // The decoded histograms know their extremes to three digits, the parts exactly.
  const min = Math.min(...measured.map((part) => part.min));
  const max = Math.max(...measured.map((part) => part.max));
  return figuresOf(combined, min, max);
}

/** A distribution of the durations given, in ms. */
export function latencyOf(durationsMs: Iterable<number>): Latency {
  const histogram = newHistogram();
  for (const durationMs of durationsMs) recordMs(histogram, durationMs);
  return latencyFrom(histogram);
}

function figuresOf(histogram: Histogram, minMs: number, maxMs: number): Latency {
  // A percentile is the upper end of its bucket, which may lie a little above the largest value seen.
  const at = (percentile: number): number => Math.min(histogram.getValueAtPercentile(percentile) / 1000, maxMs);
  return {
    count: histogram.totalCount,
    min: minMs,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: maxMs,
    mean: histogram.mean / 1000,
    stdDev: histogram.stdDeviation / 1000,
    hdr: encodeIntoCompressedBase64(histogram),
  };
}
