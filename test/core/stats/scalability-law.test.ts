import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { fitScalabilityLaw, peakLoad, throughputAt } from '../../../src/core/stats/index.ts';

const LOADS = [1, 2, 4, 8, 16, 32, 64, 128];

describe('the Universal Scalability Law', () => {
  it('is found again from exact points', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 10, max: 1e5, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.double({ min: 0, max: 0.01, noNaN: true }),
        (lambda, sigma, kappa) => {
          const law = { lambda, sigma, kappa };
          const points = LOADS.map((load) => ({ load, throughput: throughputAt(law, load) }));
          const fit = fitScalabilityLaw(points, { random: seededRandom(1), resamples: 5 });
          expect(fit.lambda / lambda).toBeCloseTo(1, 4);
          expect(fit.sigma).toBeCloseTo(sigma, 4);
          expect(fit.kappa).toBeCloseTo(kappa, 4);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('covers the true peak from noisy points most of the time', () => {
    const law = { lambda: 1000, sigma: 0.03, kappa: 0.0004 };
    let covered = 0;
    for (let seed = 0; seed < 60; seed++) {
      const random = seededRandom(seed);
      const points = LOADS.flatMap((load) =>
        [0, 1, 2].map(() => ({ load, throughput: throughputAt(law, load) * (0.95 + 0.1 * random.float()) })),
      );
      const { intervals, rSquared } = fitScalabilityLaw(points, { random, resamples: 200 });
      expect(rSquared).toBeGreaterThan(0.95);
      if (intervals.peakLoad[0] <= peakLoad(law) && peakLoad(law) <= intervals.peakLoad[1]) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(53);
  });

  it('has no peak without the cost of agreement, and refuses too few loads', () => {
    const points = LOADS.map((load) => ({ load, throughput: 10 * load }));
    expect(fitScalabilityLaw(points, { random: seededRandom(1), resamples: 5 }).kappa).toBeCloseTo(0, 9);
    expect(peakLoad({ lambda: 1, sigma: 0.1, kappa: 0 })).toBe(Infinity);
    expect(() => fitScalabilityLaw(points.slice(0, 2), { random: seededRandom(1) })).toThrow(/three or more/);
  });
});
