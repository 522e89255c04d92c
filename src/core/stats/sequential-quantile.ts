/**
 * A quantile watched while it is measured, with the right to stop early.
 *
 * Looking k times at a 95 % interval and stopping at the first that suits misses far more than 5 %. So the 5 % are spent
 * over the looks (alpha spending): half is kept for the look at the planned end, the other half goes to the early looks in
 * the shares 1/(k(k+1)), which sum to one however many there are. By the union bound the interval of whichever look ends
 * the measurement covers the truth with at least 1 − alpha, for any dependence between the looks. A confidence sequence
 * (Howard and Ramdas, "Sequential estimation of quantiles", Bernoulli 28, 2022) would allow a look at every sample, but it
 * needs independent samples and is wider at the planned end; looks at growing sizes keep the exact binomial ranks.
 *
 * Source: Lan and DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70 (1983).
 */
import { quantileInterval, smallestDecidingSample, type QuantileInterval } from './quantile-interval.ts';

export interface SequentialOptions {
  readonly quantile: number;
  /** The chance, over all looks together, that the interval misses; 0.05 gives 95 % confidence. */
  readonly alpha: number;
  /** The share by which the sample must have grown for another look. */
  readonly growth?: number;
}

export interface SequentialQuantile {
  /** Whether `samples` are enough for the next early look. */
  due(samples: number): boolean;
  /** Looks early, spending a share of alpha; `values` in time order. */
  look(values: ArrayLike<number>): QuantileInterval;
  /** The look at the planned end, on the share kept for it. */
  finalLook(values: ArrayLike<number>): QuantileInterval;
}

export function sequentialQuantile(options: SequentialOptions): SequentialQuantile {
  const { quantile, alpha, growth = 1.5 } = options;
  let looks = 0;
  let lastSamples = 0;
  const nextLevel = (): number => alpha / 2 / ((looks + 1) * (looks + 2));
  return {
    due: (samples) =>
      samples >= Math.max(lastSamples * growth, smallestDecidingSample(quantile, nextLevel())) && samples > lastSamples,
    look(values) {
      const level = nextLevel();
      looks += 1;
      lastSamples = values.length;
      return quantileInterval(values, quantile, level);
    },
    finalLook: (values) => quantileInterval(values, quantile, alpha / 2),
  };
}
