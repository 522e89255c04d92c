/**
 * Statistics: what may be said from these samples, and how surely.
 *
 * Everything here is a pure function of its samples; resampling takes a seeded `Random`. Intervals of quantiles assume no
 * distribution and hold under correlated samples and early stopping; comparisons are of interleaved pairs; every verdict has
 * three answers. What no interval can cover is an episode that did not happen while one measured.
 *
 *   const watch = sequentialQuantile({ quantile: 0.99, alpha: 0.05 });
 *   if (watch.due(samples.length) && budgetVerdict(watch.look(samples), budgetUs) !== 'inconclusive') stop();
 */
export { ascending, interpolatedQuantile, median, nearestRank } from './quantile.ts';
export { effectiveSampleSizes } from './effective-sample-size.ts';
export {
  quantileInterval,
  quantileRanks,
  samplesToDecide,
  smallestDecidingSample,
  type QuantileInterval,
} from './quantile-interval.ts';
export { sequentialQuantile, type SequentialQuantile } from './sequential-quantile.ts';
export { budgetVerdict, type Verdict } from './budget-verdict.ts';
export {
  comparePaired,
  judgeTogether,
  noiseFloor,
  MIN_PAIRS,
  type PairedComparison,
  type PairedOptions,
  type PairedSlice,
} from './paired-comparison.ts';
export { holmAdjusted } from './holm.ts';
export { changePoints, type ChangePoint, type ChangePointOptions } from './change-points.ts';
export { normalQuantile } from './special-functions.ts';
export { steadyState, type SteadyState, type SteadyStateOptions } from './steady-state.ts';
export {
  fitScalabilityLaw,
  peakLoad,
  throughputAt,
  type ScalabilityFit,
  type ScalabilityLaw,
  type ScalabilityPoint,
} from './scalability-law.ts';
