/** Quantiles of samples. `q` is a fraction: 0.99 is the 99th percentile. */
import { assert } from '../../base/errors.ts';

/** A sorted copy. */
export function ascending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * The smallest value that at least a share `q` of the samples do not exceed: the definition that HdrHistogram and fio
 * use, and the only one that never invents a latency nobody saw.
 */
export function nearestRank(sorted: ArrayLike<number>, q: number): number {
  assert(sorted.length > 0 && q >= 0 && q <= 1, `nearestRank of ${sorted.length} samples at ${q}`);
  // Floating point lifts 0.99 × 100 above 99; a relative epsilon takes it back before rounding up.
  const rank = Math.ceil(q * sorted.length * (1 - 1e-12));
  return sorted[Math.max(rank, 1) - 1]!;
}

/** Linear interpolation between order statistics (Hyndman and Fan's type 7): smooth, for bootstrap distributions. */
export function interpolatedQuantile(sorted: ArrayLike<number>, q: number): number {
  assert(sorted.length > 0 && q >= 0 && q <= 1, `interpolatedQuantile of ${sorted.length} samples at ${q}`);
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low === high ? low : low + (high - low) * (position - below);
}

export function median(values: ArrayLike<number>): number {
  return interpolatedQuantile(ascending(values), 0.5);
}

/** Median absolute deviation, scaled to estimate the standard deviation of normal noise. */
export function robustDeviation(values: ArrayLike<number>): number {
  const centre = median(values);
  return 1.4826 * median(Float64Array.from(values, (value) => Math.abs(value - centre)));
}
