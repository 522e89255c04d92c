/**
 * Where a series moved to another level: burst credit gone at minute N, a commit that made things slower.
 *
 * PELT finds the exact optimum of squared error plus a penalty for every change; no random number takes part, so the same
 * series always gives the same answer. The series is taken in logarithms (latencies and rates move by factors), single
 * spikes are removed by a running median of three, and the noise is the long-run one, from differences of neighbouring
 * block means, so that slow wandering is not taken for steps. A change stays only if the medians around it differ by the
 * minimum effect and the rank-sum test agrees.
 *
 * Source: Killick, Fearnhead and Eckley, "Optimal detection of changepoints with a linear computational cost", JASA 107
 * (2012); Fleming et al., "Hunter: using change point detection to hunt for performance regressions" (arXiv 2301.03034) for
 * the significance and size filter after the search.
 */
import { median, robustDeviation } from './quantile.ts';
import { rankSumPValue } from './rank-sum.ts';

export interface ChangePoint {
  /** Index of the first value after the change. */
  readonly index: number;
  /** Median of the segment before. */
  readonly before: number;
  /** Median of the segment after. */
  readonly after: number;
}

export interface ChangePointOptions {
  /** Smallest relative move between medians that counts: 0.2 is 20 %. */
  readonly minimumEffect?: number;
  /** Shortest segment, in values. */
  readonly minimumSegment?: number;
  /** Largest p-value of the rank-sum test across the change. */
  readonly significance?: number;
}

/** Changes in `series` (all values > 0), in order. */
export function changePoints(series: ArrayLike<number>, options: ChangePointOptions = {}): ChangePoint[] {
  const { minimumEffect = 0.2, minimumSegment = 5, significance = 0.001 } = options;
  if (series.length < 2 * minimumSegment) return [];
  const logs = Float64Array.from(series, Math.log);
  const smooth = runningMedianOfThree(logs);
  const noise = longRunDeviation(smooth);
  // A flawless series still needs a penalty, or every rounding step is a change.
  const variance = Math.max(noise, Math.log1p(minimumEffect) / 100) ** 2;
  const cuts = optimalCuts(smooth, 3 * variance * Math.log(series.length), minimumSegment);
  return keepReal(series, cuts, minimumEffect, significance);
}

function runningMedianOfThree(values: Float64Array): Float64Array {
  return values.map((value, i) => {
    if (i === 0 || i === values.length - 1) return value;
    const a = values[i - 1]!;
    const b = values[i + 1]!;
    return Math.max(Math.min(a, value), Math.min(Math.max(a, value), b));
  });
}

/** Standard deviation of the noise as it acts on long means: differences of block means see few of the steps. */
function longRunDeviation(values: Float64Array): number {
  let deviation = 0;
  for (let length = 1; length <= 8 && values.length >= length * 16; length *= 2) {
    const means = blockMeans(values, length);
    const differences = means.subarray(1).map((value, i) => value - means[i]!);
    deviation = Math.max(deviation, robustDeviation(differences) * Math.sqrt(length / 2));
  }
  return deviation;
}

function blockMeans(values: Float64Array, length: number): Float64Array {
  const means = new Float64Array(Math.floor(values.length / length));
  for (let i = 0; i < means.length; i++) {
    for (let j = 0; j < length; j++) means[i]! += values[i * length + j]! / length;
  }
  return means;
}

/** PELT: indices of segment starts (without 0), in order. */
function optimalCuts(values: Float64Array, penalty: number, minimumSegment: number): number[] {
  const n = values.length;
  const sums = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    sums[i + 1] = sums[i]! + values[i]!;
    squares[i + 1] = squares[i]! + values[i]! ** 2;
  }
  const cost = (start: number, end: number): number => {
    const sum = sums[end]! - sums[start]!;
    return squares[end]! - squares[start]! - (sum * sum) / (end - start);
  };
  const best = new Float64Array(n + 1).fill(Infinity);
  const cutBefore = new Int32Array(n + 1);
  best[0] = -penalty;
  let candidates = [0];
  for (let end = minimumSegment; end <= n; end++) {
    for (const start of candidates) {
      const total = best[start]! + cost(start, end) + penalty;
      if (total < best[end]!) {
        best[end] = total;
        cutBefore[end] = start;
      }
    }
    candidates = candidates.filter((start) => best[start]! + cost(start, end) <= best[end]!);
    const next = end - minimumSegment + 1;
    if (next >= minimumSegment) candidates.push(next);
  }
  const cuts: number[] = [];
  for (let end = n; end > 0; end = cutBefore[end]!) cuts.push(cutBefore[end]!);
  return cuts.reverse().slice(1);
}

/** Drops the weakest change until every one left is large and significant. */
function keepReal(
  series: ArrayLike<number>,
  cuts: readonly number[],
  minimumEffect: number,
  significance: number,
): ChangePoint[] {
  const values = Float64Array.from(series);
  let kept = [...cuts];
  for (;;) {
    const edges = [0, ...kept, values.length];
    const judged = kept.map((index, i) => {
      const left = values.subarray(edges[i], index);
      const right = values.subarray(index, edges[i + 2]);
      const before = median(left);
      const after = median(right);
      return { index, before, after, effect: Math.abs(Math.log(after / before)), p: rankSumPValue(left, right) };
    });
    const weak = judged.filter(({ effect, p }) => effect < Math.log1p(minimumEffect) || p > significance);
    if (weak.length === 0) return judged.map(({ index, before, after }) => ({ index, before, after }));
    const weakest = weak.reduce((a, b) => (b.effect < a.effect ? b : a));
    kept = kept.filter((index) => index !== weakest.index);
  }
}
