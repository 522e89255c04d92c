import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { arrivalStream } from '../../../src/core/workload/arrivals.ts';
import { levelsOf, steadyLevels } from '../../../src/core/workload/levels.ts';
import type { Arrivals, Phase } from '../../../src/core/workload/profile.ts';

function instants(arrivals: Arrivals, levels = steadyLevels(10_000), seed = 1): number[] {
  const stream = arrivalStream(arrivals, levels, seededRandom(seed))!;
  const all: number[] = [];
  for (let at = stream(); at !== undefined; at = stream()) all.push(at);
  return all;
}

const duration = fc.integer({ min: 1, max: 20_000 });
const level = fc.double({ min: 0, max: 10, noNaN: true });
const phase: fc.Arbitrary<Phase> = fc.oneof(
  fc.record({ kind: fc.constant('hold' as const), name: fc.constant('h'), duration, level }),
  fc.record({ kind: fc.constant('ramp' as const), name: fc.constant('r'), duration, from: level, to: level }),
  fc.record({ kind: fc.constant('pause' as const), name: fc.constant('p'), duration }),
);

describe('levels', () => {
  it('the inverse undoes the integral, whatever the phases', () => {
    fc.assert(
      fc.property(
        fc.array(phase, { minLength: 1, maxLength: 5 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (phases, parts) => {
          const levels = levelsOf(0, phases);
          for (const part of parts.toSorted((a, b) => a - b)) {
            const load = part * levels.totalLoad;
            const at = levels.instantOf(load);
            if (at === undefined) continue;
            expect(levels.loadAt(at)).toBeCloseTo(load, 3);
            expect(at).toBeLessThanOrEqual(levels.durationMs);
          }
        },
      ),
    );
  });

  it('ends no later than its last phase, however little that asks for', () => {
    const levels = levelsOf(0, [{ kind: 'ramp', name: 'r', duration: 2, from: 5e-324, to: 1e-323 }]);
    expect(levels.instantOf(0.6250000000000001 * levels.totalLoad)).toBeLessThanOrEqual(2);
  });

  it('a ramp from nothing has done nothing at its foot', () => {
    expect(levelsOf(0, [{ kind: 'ramp', name: 'r', duration: 1_000, from: 0, to: 1 }]).instantOf(0)).toBe(0);
  });

  it('a warm-up runs at the level that the first phase opens with', () => {
    const levels = levelsOf(2_000, [{ kind: 'ramp', name: 'r', duration: 4_000, from: 0.5, to: 1 }]);
    expect([levels.levelAt(0), levels.levelAt(2_000), levels.levelAt(4_000), levels.levelAt(6_000)]).toEqual([
      0.5, 0.5, 0.75, 1,
    ]);
  });
});

describe('arrivals', () => {
  it('constant: evenly, half a gap from the start', () => {
    expect(instants({ kind: 'constant', rate: 0.5 })).toEqual([1_000, 3_000, 5_000, 7_000, 9_000]);
  });

  it('constant on a ramp: as many as the area under it, ever closer', () => {
    const levels = levelsOf(0, [{ kind: 'ramp', name: 'r', duration: 10_000, from: 0, to: 1 }]);
    const all = instants({ kind: 'constant', rate: 100 }, levels);
    expect(all).toHaveLength(500);
    const gaps = all.slice(1).map((at, i) => at - all[i]!);
    expect(gaps.every((gap, i) => i === 0 || gap <= gaps[i - 1]! + 1e-6)).toBe(true);
  });

  it('poisson: the rate asked for, gaps as exponential ones are, nothing in a pause', () => {
    const levels = levelsOf(0, [
      { kind: 'hold', name: 'h', duration: 50_000, level: 1 },
      { kind: 'pause', name: 'p', duration: 10_000 },
      { kind: 'burst', name: 'b', duration: 10_000, level: 4 },
    ]);
    const all = instants({ kind: 'poisson', rate: 100 }, levels);
    const within = (from: number, to: number) => all.filter((at) => at >= from && at < to).length;
    // Five standard deviations of a Poisson count.
    expect(Math.abs(within(0, 50_000) - 5_000)).toBeLessThan(5 * Math.sqrt(5_000));
    expect(within(50_000.001, 59_999.999)).toBe(0);
    expect(Math.abs(within(60_000, 70_000) - 4_000)).toBeLessThan(5 * Math.sqrt(4_000));
    const gaps = all.filter((at) => at < 50_000).map((at, i, hold) => at - (hold[i - 1] ?? 0));
    const longerThanMean = gaps.filter((gap) => gap > 10).length / gaps.length;
    expect(longerThanMean).toBeCloseTo(Math.exp(-1), 1);
  });

  it('bursts: groups at one instant, the rate counts operations', () => {
    const all = instants({ kind: 'bursts', rate: 100, burst: 5 }, steadyLevels(60_000));
    expect(all.length % 5).toBe(0);
    for (let i = 0; i < all.length; i += 5) expect(new Set(all.slice(i, i + 5)).size).toBe(1);
    expect(Math.abs(all.length - 6_000)).toBeLessThan(5 * 5 * Math.sqrt(1_200));
  });

  it('recorded: the offsets in order, again where told so, and never after the end', () => {
    expect(instants({ kind: 'recorded', offsets: [300, 100] })).toEqual([100, 300]);
    expect(instants({ kind: 'recorded', offsets: [0, 100], every: 4_000 })).toEqual([
      0, 100, 4_000, 4_100, 8_000, 8_100,
    ]);
  });

  it('never go back in time and end with the phases', () => {
    const open: fc.Arbitrary<Arrivals> = fc.oneof(
      fc.record({
        kind: fc.constantFrom('constant' as const, 'poisson' as const),
        rate: fc.double({ min: 0.1, max: 50, noNaN: true }),
      }),
      fc.record({
        kind: fc.constant('bursts' as const),
        rate: fc.double({ min: 0.1, max: 50, noNaN: true }),
        burst: fc.integer({ min: 1, max: 9 }),
      }),
    );
    fc.assert(
      fc.property(open, fc.array(phase, { minLength: 1, maxLength: 4 }), fc.integer(), (arrivals, phases, seed) => {
        const levels = levelsOf(0, phases);
        const all = instants(arrivals, levels, seed);
        expect(all.every((at, i) => at >= (all[i - 1] ?? 0) && at <= levels.durationMs)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
