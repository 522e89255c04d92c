/**
 * How many independent samples a correlated series is worth.
 *
 * A slow sync is often followed by another, so n samples hold less than n samples' knowledge of a tail. For a quantile
 * what counts is the correlation of the indicator "above x". The variance of that indicator's mean over blocks, against
 * what independent samples would give, is the design effect; n divided by it is the effective size. The block length that
 * shows the correlation is unknown, so the largest effect over doubling lengths is taken: too wide rather than too narrow.
 *
 * Source: Kish, "Survey Sampling" (1965) for the design effect; Heidelberger and Lewis, "Quantile estimation in dependent
 * sequences", Operations Research 32 (1984) for batch means of quantile indicators.
 */
import { ascending, nearestRank } from './quantile.ts';

/** Fewer blocks than this make their variance noise. */
const MIN_BLOCKS = 20;

/** The design effect (≥ 1) of the indicator `value > threshold` over `values` in time order. */
export function exceedanceDesignEffect(values: ArrayLike<number>, threshold: number): number {
  let counts: Float64Array = Float64Array.from(values, (value) => (value > threshold ? 1 : 0));
  const n = counts.length;
  const exceedances = counts.reduce((sum, count) => sum + count, 0);
  const share = exceedances / n;
  if (n < 2 * MIN_BLOCKS || share === 0 || share === 1) return 1;
  const independent = share * (1 - share);
  let effect = 1;
  for (let length = 2; n >= length * MIN_BLOCKS; length *= 2) {
    counts = pairwiseSums(counts);
    const mean = share * length;
    let squares = 0;
    for (const count of counts) squares += (count - mean) ** 2;
    effect = Math.max(effect, squares / (counts.length - 1) / (length * independent));
  }
  // Seen in few clusters, the effect itself is uncertain, and estimates of it err low: widen by two standard errors.
  const clusters = Math.max(1, exceedances / effect);
  return 1 + (effect - 1) * (1 + 2 / Math.sqrt(clusters));
}

function pairwiseSums(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length >> 1);
  for (let i = 0; i < sums.length; i++) sums[i] = counts[2 * i]! + counts[2 * i + 1]!;
  return sums;
}

/**
 * The effective number of samples for the quantile `q` of `values` (in time order): at most their number, at least 1.
 * A few hundred samples hold too few exceedances of p99 to show their own correlation, so p90's is heard as well.
 */
export function effectiveSampleSize(values: ArrayLike<number>, q: number, sorted = ascending(values)): number {
  const levels = [q, q > 0.5 ? Math.min(q, 0.9) : Math.max(q, 0.1)];
  const effects = levels.map((level) => exceedanceDesignEffect(values, nearestRank(sorted, level)));
  return Math.max(1, values.length / Math.max(...effects));
}
