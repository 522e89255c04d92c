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
import { ascending } from './quantile.ts';

/** Fewer blocks than this make their variance noise. */
const MIN_BLOCKS = 20;

/** With fewer samples above a threshold their correlation cannot be seen there. */
const MIN_EXCEEDANCES = 50;

/** The design effect (≥ 1) of the indicator `value > threshold` over `values` in time order. */
function exceedanceDesignEffect(values: ArrayLike<number>, threshold: number): number {
  const n = values.length;
  const counts = new Uint32Array(n >> 1);
  let exceedances = 0;
  for (let i = 0; i < n; i++) {
    if (values[i]! <= threshold) continue;
    exceedances += 1;
    if (i >> 1 < counts.length) counts[i >> 1]! += 1;
  }
  const share = exceedances / n;
  if (n < 2 * MIN_BLOCKS || share === 0 || share === 1) return 1;
  const independent = share * (1 - share);
  let effect = 1;
  let blocks = counts.length;
  for (let length = 2; blocks >= MIN_BLOCKS; length *= 2) {
    const mean = share * length;
    let squares = 0;
    for (let i = 0; i < blocks; i++) squares += (counts[i]! - mean) ** 2;
    effect = Math.max(effect, squares / (blocks - 1) / (length * independent));
    blocks >>= 1;
    for (let i = 0; i < blocks; i++) counts[i] = counts[2 * i]! + counts[2 * i + 1]!;
  }
  // Seen in few clusters, the effect itself is uncertain, and estimates of it err low: widen by two standard errors.
  const clusters = Math.max(1, exceedances / effect);
  return 1 + (effect - 1) * (1 + 2 / Math.sqrt(clusters));
}

/**
 * How many independent samples `values` (in time order) are worth for the question how large a share lies above a threshold:
 * at most their number, at least 1. Where too few lie above it, the correlation of the highest level that has enough is
 * heard as well. `sorted` are the same values in ascending order.
 */
export function effectiveSampleSizes(
  values: ArrayLike<number>,
  sorted: ArrayLike<number> = ascending(values),
): (threshold: number) => number {
  const n = values.length;
  const audible = sorted[Math.max(n >> 1, n - 1 - MIN_EXCEEDANCES)]!;
  const audibleEffect = exceedanceDesignEffect(values, audible);
  return (threshold) => {
    const effect = exceedanceDesignEffect(values, threshold);
    return Math.max(1, n / (audible < threshold ? Math.max(effect, audibleEffect) : effect));
  };
}
