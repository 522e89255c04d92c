import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolatedQuantile, nearestRank } from '../../../src/core/stats/index.ts';
import { ascending, robustDeviation } from '../../../src/core/stats/quantile.ts';

describe('quantiles', () => {
  it('nearest rank is the smallest sample that a share q does not exceed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 999 }),
        (values, thousandths) => {
          const brute = [...values]
            .sort((a, b) => a - b)
            .find((x) => values.filter((value) => value <= x).length * 1000 >= thousandths * values.length);
          expect(nearestRank(ascending(values), thousandths / 1000)).toBe(brute);
        },
      ),
    );
  });

  it('takes rank 99 of 100 samples for p99, not 100', () => {
    expect(
      nearestRank(
        Array.from({ length: 100 }, (_, i) => i + 1),
        0.99,
      ),
    ).toBe(99);
  });

  it('interpolates between neighbours and keeps infinities whole', () => {
    expect(interpolatedQuantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(interpolatedQuantile([1, Infinity, Infinity], 0.75)).toBe(Infinity);
  });

  it('the robust deviation ignores an outlier', () => {
    expect(robustDeviation([1, 2, 3, 4, 1e9])).toBeCloseTo(1.4826, 6);
  });
});
