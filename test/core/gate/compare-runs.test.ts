import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { compareRuns } from '../../../src/core/gate/index.ts';
import type { RunPair } from '../../../src/core/gate/index.ts';
import type { Run } from '../../../src/core/run/index.ts';
import { buildRun, CLEAN_AUDIT } from '../../support/run-builder.ts';

const base = buildRun({ durationS: 2 });
const metrics = [{ metric: 'total.responseMs.p99', better: 'lower', minimumEffect: 0.1 } as const];

/** A run whose p99 is given. */
function withP99(p99: number, changes: Partial<Run> = {}): Run {
  return { ...base, total: { ...base.total, responseMs: { ...base.total.responseMs, p99 } }, ...changes };
}

/** Pairs whose candidate takes `ratio` times the baseline, both with the machine's mood and a little noise. */
function pairs(ratio: number, count = 12, noise = 0.02): RunPair[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, () => {
    const mood = 10 * (1 + random.float());
    const jitter = (): number => 1 + noise * (random.float() - 0.5);
    return { candidate: withP99(mood * ratio * jitter()), baseline: withP99(mood * jitter()) };
  });
}

const compare = (given: RunPair[], changes: object = {}) =>
  compareRuns(given, { random: seededRandom(1), metrics, ...changes });

describe('compareRuns', () => {
  it('fails what is worse by more than the smallest effect, through the machine’s moods', () => {
    const judgement = compare(pairs(1.3));
    expect(judgement.verdict).toBe('fail');
    expect(judgement.results[0]?.text).toMatch(/p99: 1\.\d+ × the baseline .*12 pairs.*worse by more than 10%/);
    expect(judgement.results[0]?.comparison?.ratio).toBeCloseTo(1.3, 1);
  });

  it('passes what is the same, and what is better', () => {
    expect(compare(pairs(1)).verdict).toBe('pass');
    expect(compare(pairs(0.6)).verdict).toBe('pass');
  });

  it('cannot tell what lies at the smallest effect, and says what would', () => {
    const judgement = compare(pairs(1.1, 12, 0.3));
    expect(judgement.verdict).toBe('inconclusive');
    expect(judgement.results[0]?.text).toMatch(/measure more pairs/);
  });

  it('decides nothing from too few pairs', () => {
    expect(compare(pairs(2, 3)).results[0]?.text).toMatch(/too few pairs/);
    expect(compare(pairs(2, 1)).results[0]?.text).toMatch(/measured in 1 of 1 pairs; 5 are needed/);
    expect(compare(pairs(2, 3)).verdict).toBe('inconclusive');
  });

  it('refuses an effect below what identical code shows', () => {
    const judgement = compare(pairs(1.3), { identical: pairs(1, 12, 1.2) });
    expect(judgement.verdict).toBe('inconclusive');
    expect(judgement.results[0]?.text).toMatch(/identical code already differs by/);
    expect(judgement.results[0]?.noiseFloor).toBeGreaterThan(0.1);
  });

  it('fails wrong answers of the candidate whatever its speed', () => {
    const audit = { ...CLEAN_AUDIT, lostWrites: 1, violations: ['key k lost'] };
    const given = pairs(0.5).map((pair) => ({ ...pair, candidate: { ...pair.candidate, audit } }));
    expect(compare(given).verdict).toBe('fail');
  });

  it.each([
    [{ generator: { ...base.generator, saturated: true } }, /1 of 24 runs were limited/],
    [{ partial: true }, /1 of 24 runs were cut short/],
  ])('does not pass on runs whose figures are not the target’s', (changes, text) => {
    const [first, ...rest] = pairs(1);
    const judgement = compare([{ ...first!, candidate: { ...first!.candidate, ...changes } }, ...rest]);
    expect(judgement.verdict).toBe('inconclusive');
    expect(judgement.results.at(-1)?.text).toMatch(text);
  });

  it('gives the same answer for the same seed', () => {
    expect(compare(pairs(1.05))).toEqual(compare(pairs(1.05)));
  });

  it('refuses to judge nothing', () => {
    expect(() => compare([])).toThrow(/at least one pair/);
    expect(() => compareRuns(pairs(1), { random: seededRandom(1), metrics: [] })).toThrow(/one metric/);
  });
});
