import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binomialUpperTail,
  incompleteBeta,
  logGamma,
  normalCdf,
  normalQuantile,
} from '../../../src/core/stats/special-functions.ts';

describe('special functions', () => {
  it('log gamma gives factorials', () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n++) {
      expect(Math.exp(logGamma(n)) / factorial).toBeCloseTo(1, 9);
      factorial *= n;
    }
  });

  it('the binomial tail equals the sum of its terms', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.integer({ min: 0, max: 61 }),
        (n, p, k) => {
          let term = (1 - p) ** n;
          let tail = 0;
          for (let i = 0; i <= n; i++) {
            if (i >= k) tail += term;
            term *= ((n - i) / (i + 1)) * (p / (1 - p));
          }
          expect(binomialUpperTail(n, p, k)).toBeCloseTo(tail, 8);
        },
      ),
    );
  });

  it('the incomplete beta function is symmetric', () => {
    expect(incompleteBeta(3, 5, 0.3) + incompleteBeta(5, 3, 0.7)).toBeCloseTo(1, 12);
    expect(incompleteBeta(1, 1, 0.25)).toBeCloseTo(0.25, 12);
  });

  it('the normal quantile inverts the normal distribution', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 5);
    for (const p of [1e-4, 0.01, 0.3, 0.5, 0.9, 0.999]) expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 6);
  });
});
