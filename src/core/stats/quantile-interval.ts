/**
 * Distribution-free confidence intervals of a quantile from order statistics.
 *
 * The number of samples at or below the true q-quantile is binomial(n, q) whatever the distribution, so the l-th and u-th
 * smallest samples enclose it with a probability that the binomial alone decides. With correlated samples the ranks are
 * those of the effective size, stretched to the real one.
 *
 * Source: David and Nagaraja, "Order Statistics" 3rd ed. (2003), 7.1.
 */
import { assert } from '../../base/errors.ts';
import { effectiveSampleSize } from './effective-sample-size.ts';
import { ascending, nearestRank } from './quantile.ts';
import { binomialUpperTail } from './special-functions.ts';

export interface QuantileInterval {
  /** The sample quantile by nearest rank. */
  readonly estimate: number;
  /** Lower bound; −Infinity where so few samples cannot bound it. */
  readonly low: number;
  /** Upper bound; Infinity where so few samples cannot bound it. */
  readonly high: number;
  readonly samples: number;
  readonly effectiveSamples: number;
}

/** One-based ranks of the order statistics that enclose the quantile; 0 and n + 1 stand for "no bound". */
export interface QuantileRanks {
  readonly lower: number;
  readonly upper: number;
}

/** Ranks for `n` independent samples so that each side misses with probability at most `alpha` / 2. */
export function quantileRanks(n: number, q: number, alpha: number): QuantileRanks {
  assert(
    Number.isInteger(n) && n >= 1 && q > 0 && q < 1 && alpha > 0 && alpha < 1,
    `quantileRanks(${n}, ${q}, ${alpha})`,
  );
  // The l-th smallest lies above the quantile when fewer than l samples are at or below it.
  const lower = lastTrue(0, n, (rank) => rank === 0 || 1 - binomialUpperTail(n, q, rank) <= alpha / 2);
  const upper = firstTrue(1, n + 1, (rank) => binomialUpperTail(n, q, rank) <= alpha / 2);
  return { lower, upper };
}

/** The interval of the `q`-quantile of `values`, which must be in time order; it misses with probability ≤ `alpha`. */
export function quantileInterval(values: ArrayLike<number>, q: number, alpha = 0.05): QuantileInterval {
  const n = values.length;
  assert(n > 0, 'quantileInterval of no samples');
  const sorted = ascending(values);
  const effective = Math.floor(effectiveSampleSize(values, q, sorted));
  const { lower, upper } = quantileRanks(effective, q, alpha);
  // Stretched outwards: rounding may widen the interval, never narrow it.
  const lowRank = Math.floor((lower / effective) * n);
  const highRank = upper > effective ? n + 1 : Math.min(n, Math.ceil((upper / effective) * n));
  return {
    estimate: nearestRank(sorted, q),
    low: lowRank < 1 ? -Infinity : sorted[lowRank - 1]!,
    high: highRank > n ? Infinity : sorted[highRank - 1]!,
    samples: n,
    effectiveSamples: effective,
  };
}

/** The fewest independent samples whose interval has an upper bound at all: the smallest sample that can decide. */
export function smallestDecidingSample(q: number, alpha = 0.05): number {
  return Math.ceil(Math.log(alpha / 2) / Math.log(q));
}

/**
 * Effective samples at which a budget would be decided if the share of samples above it stayed `exceedShare`; undefined
 * where even `limit` would not do, because the share sits on the line.
 */
export function samplesToDecide(exceedShare: number, q: number, alpha = 0.05, limit = 1e9): number | undefined {
  const decides = (n: number): boolean => {
    const { lower, upper } = quantileRanks(n, q, alpha);
    const within = Math.floor(n * (1 - exceedShare));
    return (upper <= n && upper <= within) || (lower >= 1 && lower > within);
  };
  let high = smallestDecidingSample(q, alpha);
  while (!decides(high)) {
    high *= 2;
    if (high > limit) return undefined;
  }
  return firstTrue(1, high, decides);
}

/** The first whole number in [low, high] where a rising condition holds; `high` must satisfy it. */
function firstTrue(low: number, high: number, condition: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (condition(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function lastTrue(low: number, high: number, condition: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (condition(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
