import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { changePoints, steadyState } from '../../../src/core/stats/index.ts';
import { rankSumPValue } from '../../../src/core/stats/rank-sum.ts';
import { lognormalSeries } from './series.ts';

/** Levels of the given lengths under noise; `rho` correlates the noise. */
function steps(seed: number, levels: readonly (readonly [length: number, level: number])[], rho = 0, sigma = 0.1) {
  const noise = lognormalSeries(1, rho, sigma).draw(
    seededRandom(seed),
    levels.reduce((sum, [length]) => sum + length, 0),
  );
  const centre = Math.exp(2.3263 * sigma);
  const all = levels.flatMap(([length, level]) => new Array<number>(length).fill(level));
  return all.map((level, i) => level * noise[i]! * centre);
}

describe('change points', () => {
  it('find a burst bucket running dry, to within a few seconds', () => {
    for (let seed = 0; seed < 20; seed++) {
      const found = changePoints(
        steps(seed, [
          [300, 1.3],
          [300, 7],
        ]),
      );
      expect(found).toHaveLength(1);
      expect(Math.abs(found[0]!.index - 300)).toBeLessThanOrEqual(2);
      expect(found[0]!.after / found[0]!.before).toBeCloseTo(7 / 1.3, 0);
    }
  });

  it('find several', () => {
    const found = changePoints(
      steps(3, [
        [100, 1],
        [60, 2],
        [140, 1],
      ]),
    );
    expect(found.map((change) => Math.round(change.index / 10))).toEqual([10, 16]);
  });

  it.each([0, 0.5, 0.8])('see none in steady noise with correlation %d', (rho) => {
    let alarms = 0;
    for (let seed = 0; seed < 50; seed++) if (changePoints(steps(seed, [[400, 1]], rho)).length > 0) alarms++;
    expect(alarms).toBeLessThanOrEqual(1);
  });

  it('ignore single spikes', () => {
    const series = steps(1, [[200, 1]]);
    for (const i of [20, 77, 150]) series[i] = 500;
    expect(changePoints(series)).toEqual([]);
  });

  it('ignore moves below the minimum effect, and short or constant series', () => {
    const levels: [number, number][] = [
      [300, 1],
      [300, 1.1],
    ];
    const series = steps(2, levels, 0, 0.01);
    expect(changePoints(series)).toEqual([]);
    expect(changePoints(series, { minimumEffect: 0.05 })).toHaveLength(1);
    expect(changePoints([1, 2, 3])).toEqual([]);
    expect(changePoints(new Float64Array(100).fill(4))).toEqual([]);
  });
});

describe('steady state', () => {
  it('starts after the warm-up', () => {
    const state = steadyState(
      steps(
        5,
        [
          [40, 3],
          [200, 1],
        ],
        0,
        0.03,
      ),
    );
    expect(state.reached).toBe(true);
    expect(Math.abs(state.from - 40)).toBeLessThanOrEqual(2);
    expect(state.level).toBeCloseTo(1, 1);
  });

  it('is not reached by a series that moves near its end', () => {
    expect(
      steadyState(
        steps(6, [
          [150, 1],
          [50, 2],
        ]),
      ).reached,
    ).toBe(false);
  });
});

describe('the rank-sum test', () => {
  it('agrees with the textbook on a small case and sees no difference in equal values', () => {
    expect(rankSumPValue([1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14, 15, 16])).toBeCloseTo(0.00094, 4);
    expect(rankSumPValue([1, 1, 1], [1, 1])).toBe(1);
    expect(rankSumPValue([], [1])).toBe(1);
  });
});
