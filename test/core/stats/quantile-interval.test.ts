import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import {
  effectiveSampleSizes,
  quantileInterval,
  quantileRanks,
  samplesToDecide,
  smallestDecidingSample,
} from '../../../src/core/stats/index.ts';
import { bimodalSeries, lognormalSeries } from './series.ts';

/** P(X_(lower) ≤ true quantile < X_(upper)) summed term by term. */
function coverage(n: number, q: number, lower: number, upper: number): number {
  let term = (1 - q) ** n;
  let sum = 0;
  for (let atOrBelow = 0; atOrBelow <= n; atOrBelow++) {
    if (atOrBelow >= lower && atOrBelow < upper) sum += term;
    term *= ((n - atOrBelow) / (atOrBelow + 1)) * (q / (1 - q));
  }
  return sum;
}

describe('ranks of a quantile interval', () => {
  it('cover by the binomial, and no tighter rank on either side would', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(0.5, 0.9, 0.95),
        fc.constantFrom(0.2, 0.05, 0.01),
        (n, q, alpha) => {
          const { lower, upper } = quantileRanks(n, q, alpha);
          expect(coverage(n, q, lower, upper)).toBeGreaterThanOrEqual(1 - alpha - 1e-9);
          expect(1 - coverage(n, q, lower + 1, n + 1)).toBeGreaterThan(alpha / 2 - 1e-9);
          expect(1 - coverage(n, q, 0, upper - 1)).toBeGreaterThan(alpha / 2 - 1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('the smallest deciding sample is the first with an upper bound', () => {
    const n = smallestDecidingSample(0.99);
    expect(n).toBe(368);
    expect(quantileRanks(n, 0.99, 0.05).upper).toBe(n);
    expect(quantileRanks(n - 1, 0.99, 0.05).upper).toBe(n);
  });
});

describe('the interval of a quantile', () => {
  it('has no upper bound from too few samples', () => {
    const interval = quantileInterval(
      Array.from({ length: 100 }, (_, i) => i),
      0.99,
    );
    expect(interval.high).toBe(Infinity);
    expect(interval.low).toBeGreaterThan(80);
  });

  it('encloses its own estimate', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 500 }),
        (values) => {
          const { low, estimate, high } = quantileInterval(values, 0.9);
          expect(low).toBeLessThanOrEqual(estimate);
          expect(high).toBeGreaterThanOrEqual(estimate);
        },
      ),
    );
  });

  it.each([lognormalSeries(10, 0), lognormalSeries(10, 0.8), bimodalSeries(10, 1), bimodalSeries(10, 20)])(
    'covers a known p99: $name',
    (series) => {
      const random = seededRandom(99);
      let covered = 0;
      for (let i = 0; i < 50; i++) {
        const { low, high } = quantileInterval(series.draw(random, 10_000), 0.99);
        if (low <= series.p99 && series.p99 <= high) covered++;
      }
      // 47 of 50 is 94 %.
      expect(covered).toBeGreaterThanOrEqual(47);
    },
  );
});

describe('independent samples', () => {
  it('give the classic ranks', () => {
    // A design effect of one: the samples strictly alternate, so that blocks have no spread.
    const values = Float64Array.from({ length: 1000 }, (_, i) => (i * 617) % 1000);
    const { lower, upper } = quantileRanks(1000, 0.9, 0.05);
    const interval = quantileInterval(values, 0.9);
    expect(interval.effectiveSamples).toBe(1000);
    expect([interval.low, interval.high]).toEqual([lower - 1, upper - 1]);
  });
});

describe('a wandering body under a random tail', () => {
  it('still bounds the tail', () => {
    const random = seededRandom(8);
    // Slow minutes in which one sample of ten takes 4 ms; one of five thousand takes 20 ms, at random.
    const values = Float64Array.from({ length: 100_000 }, (_, i) => {
      if (random.float() < 1 / 5000) return 20;
      return Math.floor(i / 10_000) % 3 === 0 && random.float() < 0.1 ? 4 : 0.2;
    });
    const { estimate, high } = quantileInterval(values, 0.99);
    expect(estimate).toBe(4);
    const sizes = effectiveSampleSizes(values);
    expect(sizes(1)).toBeLessThan(5000);
    expect(sizes(10)).toBeGreaterThan(20_000);
    expect(high).toBeLessThan(20);
  });
});

describe('effective sample size', () => {
  it('of independent samples is near their number', () => {
    const values = lognormalSeries(10, 0).draw(seededRandom(1), 20_000);
    expect(effectiveSampleSizes(values)(10)).toBeGreaterThan(10_000);
  });

  it('of samples that each stand twenty times is at most a twentieth', () => {
    const once = lognormalSeries(10, 0).draw(seededRandom(2), 1000);
    const repeated = Float64Array.from({ length: 20_000 }, (_, i) => once[Math.floor(i / 20)]!);
    expect(effectiveSampleSizes(repeated)(10)).toBeLessThanOrEqual(1000 * 1.3);
  });
});

describe('samples to decide', () => {
  it('grow as the share nears the line, and end where it lies on it', () => {
    const far = samplesToDecide(0.001, 0.99)!;
    const near = samplesToDecide(0.008, 0.99)!;
    expect(far).toBeLessThan(near);
    expect(samplesToDecide(0.01, 0.99)).toBeUndefined();
    // A failing share is decided too.
    expect(samplesToDecide(0.05, 0.99)).toBeLessThan(smallestDecidingSample(0.99) * 3);
  });

  it('are what the interval then needs', () => {
    const n = samplesToDecide(0.005, 0.99)!;
    const values = Float64Array.from({ length: n }, (_, i) => (i % 200 === 199 ? 20 : 1));
    expect(quantileInterval(values, 0.99).high).toBeLessThan(10);
  });
});
