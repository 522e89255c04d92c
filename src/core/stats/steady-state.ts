/**
 * Whether a series settled, and from where.
 *
 * The last segment between change points, together with those before it at the same level, is the steady part; it counts
 * only if it is long enough. Many benchmarks never settle, so "never" is an answer.
 *
 * Source: Barrett et al., "Virtual machine warmup blows hot and cold", OOPSLA 2017 (arXiv 1602.00602).
 */
import { changePoints, type ChangePointOptions } from './change-points.ts';
import { median } from './quantile.ts';

export interface SteadyStateOptions extends ChangePointOptions {
  /** Segments whose medians differ by less than this share are one level. */
  readonly tolerance?: number;
  /** The steady part must be at least this share of the series. */
  readonly minimumShare?: number;
}

export interface SteadyState {
  readonly reached: boolean;
  /** Index of the first value of the last level, whether or not it was long enough. */
  readonly from: number;
  /** Median of that level. */
  readonly level: number;
}

/** Judges `series` (at least one value, all > 0). */
export function steadyState(series: ArrayLike<number>, options: SteadyStateOptions = {}): SteadyState {
  const { tolerance = 0.05, minimumShare = 0.5, minimumEffect = tolerance, ...rest } = options;
  const values = Float64Array.from(series);
  const starts = [0, ...changePoints(values, { ...rest, minimumEffect }).map((change) => change.index)];
  const levels = starts.map((start, i) => median(values.subarray(start, starts[i + 1])));
  const last = levels.length - 1;
  let first = last;
  while (first > 0 && Math.abs(levels[first - 1]! / levels[last]! - 1) <= tolerance) first--;
  const from = starts[first]!;
  return { reached: values.length - from >= minimumShare * values.length, from, level: median(values.subarray(from)) };
}
