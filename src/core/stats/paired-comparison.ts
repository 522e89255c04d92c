/**
 * Candidate against baseline from slices measured in turn on one machine.
 *
 * Each slice gives a pair; the logarithm of its ratio takes out what both halves shared (the machine's mood). The interval
 * of the mean log ratio is a studentized bootstrap, which keeps its coverage with ten slices where the percentile bootstrap
 * does not. A verdict needs the whole interval on one side of the smallest effect that matters: 'fail' says "worse by more
 * than that", 'pass' says "not worse by more than that", and anything between says so.
 *
 * Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), ch. 12; Kalibera and Jones, "Rigorous
 * benchmarking in reasonable time" (2013) for ratios of interleaved runs.
 */
import { assert } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { Verdict } from './budget-verdict.ts';
import { holmAdjusted } from './holm.ts';
import { ascending, interpolatedQuantile } from './quantile.ts';

export interface PairedSlice {
  readonly candidate: number;
  readonly baseline: number;
}

export interface PairedOptions {
  readonly random: Random;
  /** Which direction is good: 'lower' for latencies, 'higher' for rates. */
  readonly better: 'lower' | 'higher';
  /** The smallest relative change that matters: 0.05 is 5 %. */
  readonly minimumEffect: number;
  readonly alpha?: number;
  readonly resamples?: number;
}

export interface PairedComparison {
  readonly pairs: number;
  /** Candidate / baseline, the geometric mean over slices. */
  readonly ratio: number;
  /** The interval of `ratio` at 1 − alpha; it holds that confidence from `MIN_PAIRS` pairs on. */
  readonly interval: readonly [low: number, high: number];
  /** One-sided p-value of "the candidate is worse by more than the minimum effect". */
  readonly pWorse: number;
  /** One-sided p-value of "the candidate is not worse by more than the minimum effect". */
  readonly pNotWorse: number;
  readonly verdict: Verdict;
}

/** Fewer pairs than this decide nothing: the resamples of four pairs are too few for a 95 % interval. */
export const MIN_PAIRS = 5;

/** Compares one metric. Needs at least two pairs of positive numbers. */
export function comparePaired(slices: readonly PairedSlice[], options: PairedOptions): PairedComparison {
  const { random, better, minimumEffect, alpha = 0.05, resamples = 2000 } = options;
  assert(slices.length >= 2, `a paired comparison needs at least two slices, got ${slices.length}`);
  const logs = Float64Array.from(slices, ({ candidate, baseline }) => {
    assert(candidate > 0 && baseline > 0, `a ratio needs positive numbers, got ${candidate} / ${baseline}`);
    return Math.log(candidate / baseline);
  });
  const { mean, error } = meanAndError(logs);
  const studentized = bootstrapStudentized(logs, mean, random, resamples);
  const margin = better === 'lower' ? Math.log1p(minimumEffect) : -Math.log1p(minimumEffect);
  const below = shareBelow(studentized, error, mean - margin);
  const pWorse = better === 'lower' ? 1 - below : below;
  const pNotWorse = better === 'lower' ? below : 1 - below;
  return {
    pairs: logs.length,
    ratio: Math.exp(mean),
    interval: [
      Math.exp(mean - interpolatedQuantile(studentized, 1 - alpha / 2) * error),
      Math.exp(mean - interpolatedQuantile(studentized, alpha / 2) * error),
    ],
    pWorse,
    pNotWorse,
    verdict: pairedVerdict(logs.length, pWorse, pNotWorse, alpha),
  };
}

/**
 * One verdict over several metrics: fail when any is worse with Holm's correction, pass when every one is shown not worse
 * (which needs no correction: all must hold), else inconclusive.
 */
export function judgeTogether(
  comparisons: readonly PairedComparison[],
  alpha = 0.05,
): { verdict: Verdict; each: Verdict[] } {
  const adjusted = holmAdjusted(comparisons.map((comparison) => comparison.pWorse));
  const each = comparisons.map((comparison, i) =>
    pairedVerdict(comparison.pairs, adjusted[i]!, comparison.pNotWorse, alpha),
  );
  if (each.includes('fail')) return { verdict: 'fail', each };
  return { verdict: each.length > 0 && each.every((one) => one === 'pass') ? 'pass' : 'inconclusive', each };
}

/**
 * The noise floor of an A/A comparison: the relative change that identical code showed, at its interval's far end. A gate
 * with a smaller minimum effect would fire on noise.
 */
export function noiseFloor(identical: PairedComparison): number {
  return Math.exp(Math.max(...identical.interval.map((bound) => Math.abs(Math.log(bound))))) - 1;
}

function pairedVerdict(pairs: number, pWorse: number, pNotWorse: number, alpha: number): Verdict {
  if (pairs < MIN_PAIRS) return 'inconclusive';
  // Two one-sided tests at alpha / 2 agree with the two-sided interval that is printed.
  if (pWorse <= alpha / 2) return 'fail';
  return pNotWorse <= alpha / 2 ? 'pass' : 'inconclusive';
}

/** A resample of one or two slices repeated has no spread worth dividing by. */
const LEAST_DISTINCT = 3;

/** Ascending (mean* − mean) / error* of the resamples. */
function bootstrapStudentized(logs: Float64Array, mean: number, random: Random, resamples: number): Float64Array {
  const values: number[] = [];
  const resample = new Float64Array(logs.length);
  const least = Math.min(LEAST_DISTINCT, logs.length);
  for (let i = 0; i < resamples; i++) {
    const slices = new Set<number>();
    for (let j = 0; j < resample.length; j++) {
      const slice = random.below(logs.length);
      slices.add(slice);
      resample[j] = logs[slice]!;
    }
    const drawn = meanAndError(resample);
    if (slices.size >= least && drawn.error > 0) values.push((drawn.mean - mean) / drawn.error);
  }
  return ascending(values.length === 0 ? [0] : values);
}

/** The bootstrap chance that a true mean at the margin would give a difference this high or higher. */
function shareBelow(studentized: Float64Array, error: number, difference: number): number {
  if (error === 0) return difference > 0 ? 1 : difference < 0 ? 0 : 0.5;
  const observed = difference / error;
  let below = 0;
  for (const value of studentized) if (value <= observed) below++;
  return (below + 0.5) / (studentized.length + 1);
}

function meanAndError(values: Float64Array): { mean: number; error: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}
