/**
 * The Universal Scalability Law: throughput X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), with λ the rate of one client, σ the
 * share that queues and κ the cost of keeping agreement.
 *
 * N / X is linear in 1/λ, σ/λ and κ/λ, so the fit is a small non-negative least squares problem, weighted so that relative
 * errors count alike; its uncertainty comes from resampling the points.
 *
 * Source: Gunther, "Guerrilla Capacity Planning" (2007), ch. 4–6; Lawson and Hanson, "Solving Least Squares Problems" (1974),
 * ch. 23 for the active sets.
 */
import { assert } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { ascending, interpolatedQuantile } from './quantile.ts';

export interface ScalabilityPoint {
  /** Concurrent clients, or offered load in units of one client. */
  readonly load: number;
  readonly throughput: number;
}

export interface ScalabilityLaw {
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
}

type Interval = readonly [low: number, high: number];

export interface ScalabilityFit extends ScalabilityLaw {
  /** The load at which throughput peaks; Infinity where nothing makes it fall. */
  readonly peakLoad: number;
  readonly intervals: {
    readonly lambda: Interval;
    readonly sigma: Interval;
    readonly kappa: Interval;
    readonly peakLoad: Interval;
  };
  /** Share of the variance of throughput that the law explains. */
  readonly rSquared: number;
}

export function throughputAt(law: ScalabilityLaw, load: number): number {
  return (law.lambda * load) / (1 + law.sigma * (load - 1) + law.kappa * load * (load - 1));
}

export function peakLoad(law: ScalabilityLaw): number {
  return law.kappa > 0 ? Math.sqrt(Math.max(0, 1 - law.sigma) / law.kappa) : Infinity;
}

/** Fits points at three or more distinct loads, all positive; intervals at 1 − `alpha`. */
export function fitScalabilityLaw(
  points: readonly ScalabilityPoint[],
  options: { readonly random: Random; readonly resamples?: number; readonly alpha?: number },
): ScalabilityFit {
  const { random, resamples = 500, alpha = 0.05 } = options;
  assert(distinctLoads(points) >= 3, 'the scalability law needs three or more distinct loads');
  assert(
    points.every((point) => point.load > 0 && point.throughput > 0),
    'the scalability law needs positive loads and throughputs',
  );
  const law = solve(points);
  const drawn: ScalabilityLaw[] = [];
  for (let i = 0; i < resamples; i++) {
    const resample = points.map(() => points[random.below(points.length)]!);
    if (distinctLoads(resample) >= 3) drawn.push(solve(resample));
  }
  const interval = (pick: (law: ScalabilityLaw) => number): Interval => {
    const sorted = ascending(drawn.length === 0 ? [pick(law)] : drawn.map(pick));
    return [interpolatedQuantile(sorted, alpha / 2), interpolatedQuantile(sorted, 1 - alpha / 2)];
  };
  return {
    ...law,
    peakLoad: peakLoad(law),
    intervals: {
      lambda: interval((one) => one.lambda),
      sigma: interval((one) => one.sigma),
      kappa: interval((one) => one.kappa),
      peakLoad: interval(peakLoad),
    },
    rSquared: rSquared(points, law),
  };
}

function distinctLoads(points: readonly ScalabilityPoint[]): number {
  return new Set(points.map((point) => point.load)).size;
}

function rSquared(points: readonly ScalabilityPoint[], law: ScalabilityLaw): number {
  const mean = points.reduce((sum, point) => sum + point.throughput, 0) / points.length;
  let residual = 0;
  let total = 0;
  for (const { load, throughput } of points) {
    residual += (throughput - throughputAt(law, load)) ** 2;
    total += (throughput - mean) ** 2;
  }
  return total === 0 ? 1 : 1 - residual / total;
}

/** Every subset of the two penalties may be at zero; the best feasible least squares among the four is the answer. */
function solve(points: readonly ScalabilityPoint[]): ScalabilityLaw {
  const columns: ((load: number) => number)[] = [() => 1, (load) => load - 1, (load) => load * (load - 1)];
  let best: { error: number; solution: readonly number[] } | undefined;
  for (const active of [[0, 1, 2], [0, 1], [0, 2], [0]]) {
    const coefficients = leastSquares(
      points,
      active.map((column) => columns[column]!),
    );
    if (coefficients === undefined || coefficients.some((value) => value < 0) || coefficients[0]! <= 0) continue;
    const solution = [0, 0, 0];
    active.forEach((column, i) => (solution[column] = coefficients[i]!));
    const error = points.reduce((sum, { load, throughput }) => {
      const predicted = columns.reduce((total, column, i) => total + solution[i]! * column(load), 0);
      return sum + ((predicted * throughput) / load - 1) ** 2;
    }, 0);
    if (best === undefined || error < best.error) best = { error, solution };
  }
  assert(best !== undefined, 'the scalability law found no fit with positive throughput');
  const [a, b, c] = best.solution as [number, number, number];
  return { lambda: 1 / a, sigma: b / a, kappa: c / a };
}

/** Coefficients of the columns against N / X, each equation divided by its right side; undefined where singular. */
function leastSquares(
  points: readonly ScalabilityPoint[],
  columns: ((load: number) => number)[],
): number[] | undefined {
  const size = columns.length;
  const matrix = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  for (const { load, throughput } of points) {
    const weight = throughput / load;
    const row = columns.map((column) => column(load) * weight);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) matrix[i]![j]! += row[i]! * row[j]!;
      matrix[i]![size]! += row[i]!;
    }
  }
  return gaussianElimination(matrix);
}

function gaussianElimination(matrix: number[][]): number[] | undefined {
  const size = matrix.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(matrix[row]![column]!) > Math.abs(matrix[pivot]![column]!)) pivot = row;
    }
    if (Math.abs(matrix[pivot]![column]!) < 1e-300) return undefined;
    [matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!];
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = matrix[row]![column]! / matrix[column]![column]!;
      for (let k = column; k <= size; k++) matrix[row]![k]! -= factor * matrix[column]![k]!;
    }
  }
  return matrix.map((row, i) => row[size]! / row[i]!);
}
