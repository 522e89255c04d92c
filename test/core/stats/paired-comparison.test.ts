import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import {
  comparePaired,
  holmAdjusted,
  judgeTogether,
  noiseFloor,
  type PairedOptions,
  type PairedSlice,
} from '../../../src/core/stats/index.ts';

const options = (seed: number): PairedOptions => ({
  random: seededRandom(seed),
  better: 'lower',
  minimumEffect: 0.05,
  resamples: 800,
});

/** Pairs that share a wandering machine mood and differ by `ratio` with a few percent of noise each. */
function slices(seed: number, count: number, ratio: number, noise = 0.03): PairedSlice[] {
  const random = seededRandom(seed);
  const jitter = (): number => Math.exp(noise * (random.float() + random.float() + random.float() - 1.5) * 2);
  return Array.from({ length: count }, (_, i) => {
    const mood = 100 * (1 + 0.5 * Math.sin(i));
    return { candidate: mood * ratio * jitter(), baseline: mood * jitter() };
  });
}

describe('a paired comparison', () => {
  it('finds the ratio through a moody machine', () => {
    const result = comparePaired(slices(1, 12, 1.3), options(1));
    expect(result.ratio).toBeGreaterThan(1.25);
    expect(result.ratio).toBeLessThan(1.35);
    expect(result.verdict).toBe('fail');
  });

  it.each([
    ['lower', 1.3, 'fail'],
    ['lower', 0.8, 'pass'],
    ['lower', 1.0, 'pass'],
    ['higher', 0.8, 'fail'],
    ['higher', 1.2, 'pass'],
  ] as const)('%s is better, ratio %d: %s', (better, ratio, verdict) => {
    expect(comparePaired(slices(7, 12, ratio), { ...options(2), better }).verdict).toBe(verdict);
  });

  it('cannot tell on the margin, nor from few pairs', () => {
    expect(comparePaired(slices(3, 10, 1.05, 0.1), options(3)).verdict).toBe('inconclusive');
    expect(comparePaired(slices(3, 4, 5), options(3)).verdict).toBe('inconclusive');
  });

  it('covers the true ratio in at least 93 % of simulated comparisons of ten slices', () => {
    let covered = 0;
    for (let seed = 0; seed < 300; seed++) {
      const [low, high] = comparePaired(slices(seed, 10, 1.1), options(seed)).interval;
      if (low <= 1.1 && 1.1 <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(279);
  });

  it('turns round with its arguments', () => {
    const forth = slices(4, 10, 1.2);
    const back = forth.map(({ candidate, baseline }) => ({ candidate: baseline, baseline: candidate }));
    const a = comparePaired(forth, options(4));
    const b = comparePaired(back, options(4));
    expect(a.ratio * b.ratio).toBeCloseTo(1, 12);
    expect(a.interval[0] * b.interval[1]).toBeCloseTo(1, 9);
  });

  it('is the same again from the same seed', () => {
    expect(comparePaired(slices(5, 8, 1.1), options(9))).toEqual(comparePaired(slices(5, 8, 1.1), options(9)));
  });

  it('gives identical halves the ratio one and no noise', () => {
    const same = comparePaired(
      Array.from({ length: 6 }, () => ({ candidate: 3, baseline: 3 })),
      options(1),
    );
    expect(same).toMatchObject({ ratio: 1, interval: [1, 1], verdict: 'pass' });
    expect(noiseFloor(same)).toBe(0);
  });
});

describe('several metrics together', () => {
  it('Holm never lowers a p-value and keeps their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (pValues) => {
        const adjusted = holmAdjusted(pValues);
        pValues.forEach((p, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          pValues.forEach((other, j) => {
            if (p < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
          });
        });
      }),
    );
    expect(holmAdjusted([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });

  it('one clear regression fails the lot; all good passes; a doubt is a doubt', () => {
    const worse = comparePaired(slices(1, 15, 1.4), options(1));
    const good = comparePaired(slices(2, 15, 0.9), options(2));
    const doubtful = comparePaired(slices(3, 8, 1.05, 0.2), options(3));
    expect(judgeTogether([good, worse, doubtful])).toEqual({ verdict: 'fail', each: ['pass', 'fail', 'inconclusive'] });
    expect(judgeTogether([good, good]).verdict).toBe('pass');
    expect(judgeTogether([good, doubtful]).verdict).toBe('inconclusive');
    expect(judgeTogether([]).verdict).toBe('inconclusive');
  });
});
