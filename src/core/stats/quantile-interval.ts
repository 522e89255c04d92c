/**
 * Distribution-free confidence intervals of a quantile from order statistics.
 *
 * The number of samples above the true q-quantile is binomial(n, 1 − q) whatever the distribution, so a sample that too many
 * or too few others exceed cannot be the quantile; the interval is what remains. With correlated samples each candidate is
 * judged by the effective size of its own exceedances: the body of a latency distribution may wander for minutes while its
 * far tail strikes at random, and the bound that matters is the tail's. Where samples are independent these are the classic
 * ranks.
 *
 * Source: David and Nagaraja, "Order Statistics" 3rd ed. (2003), 7.1, inverted as a family of tests.
 */
import { assert } from '../../base/errors.ts';
import { effectiveSampleSizes } from './effective-sample-size.ts';
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
  const sizes = effectiveSampleSizes(values, sorted);
  const effectiveAt = (threshold: number): number => Math.floor(sizes(threshold));
  const surelyAbove = (rank: number): boolean => {
    const effective = effectiveAt(sorted[rank - 1]!);
    // Rounded against the claim.
    const exceeding = Math.ceil(((n - rank) / n) * effective);
    return 1 - binomialUpperTail(effective, 1 - q, exceeding + 1) <= alpha / 2;
  };
  const surelyBelow = (rank: number): boolean => {
    const effective = effectiveAt(sorted[rank - 1]!);
    const reaching = Math.floor(((n - rank + 1) / n) * effective);
    return binomialUpperTail(effective, 1 - q, reaching) <= alpha / 2;
  };
  const estimate = nearestRank(sorted, q);
  const middle = Math.max(1, Math.ceil(q * n));
  const high = firstTrue(middle, n + 1, (rank) => rank > n || surelyAbove(rank));
  const low = lastTrue(0, middle, (rank) => rank === 0 || surelyBelow(rank));
  return {
    estimate,
    low: low === 0 ? -Infinity : sorted[low - 1]!,
    high: high > n ? Infinity : sorted[high - 1]!,
    samples: n,
    effectiveSamples: effectiveAt(estimate),
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
