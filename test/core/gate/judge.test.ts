import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/core/gate/index.ts';
import type { Run } from '../../../src/core/run/index.ts';
import { buildProbe, buildRun, CLEAN_AUDIT, emptyOperationStats } from '../../support/run-builder.ts';

const run = buildRun({ durationS: 3 });
const slowDisk = buildProbe({ medianMs: 30, samples: 200 });
const saturated = { ...run.generator, saturated: true };
const threshold = (value: number) => ({
  ...run.profile,
  thresholds: [{ metric: 'total.responseMs.p99', comparison: '<', value } as const],
});
const { disk: _disk, ...withoutDisk } = run;
const idle: Run = { ...withoutDisk, total: emptyOperationStats(), operations: {} };

describe('judge', () => {
  it.each<[string, Run, string, RegExp]>([
    ['a healthy run', run, 'pass', /fast enough for etcd, and the target held/],
    ['a load without a probe', withoutDisk, 'pass', /^The target held/],
    ['a probe without a load', { ...idle, disk: run.disk }, 'pass', /^The disk is fast enough for etcd\.$/],
    ['nothing', idle, 'inconclusive', /Nothing was measured/],
    ['a slow disk', { ...run, disk: slowDisk }, 'fail', /The disk is too slow: fdatasync p99 on \/var\/lib\/etcd is/],
    ['an undecided disk', { ...run, disk: { ...run.disk!, verdict: 'inconclusive' } }, 'inconclusive', /yet/],
    [
      'a lost write',
      { ...run, audit: { ...CLEAN_AUDIT, lostWrites: 1, violations: ['key k lost'] } },
      'fail',
      /key k lost\.$/,
    ],
    ['a doubled write', { ...run, audit: { ...CLEAN_AUDIT, doubledWrites: 2 } }, 'fail', /: 2 writes doubled\.$/],
    ['a clean audit', { ...run, audit: CLEAN_AUDIT }, 'pass', /fast enough/],
    ['a threshold held', { ...run, profile: threshold(10_000) }, 'pass', /fast enough/],
    ['a threshold missed', { ...run, profile: threshold(0.001) }, 'fail', /p99: .* \(under 1 µs demanded\)/],
    ['too many errors', { ...run, total: { ...run.total, errors: run.total.scheduled } }, 'fail', /error: 100%/],
    ['too few completed', { ...run, total: { ...run.total, completed: 1 } }, 'fail', /completed of those scheduled/],
    ['a run that was cut short', { ...run, partial: true }, 'inconclusive', /cut short/],
    ['a generator that was the limit', { ...run, generator: saturated }, 'inconclusive', /generator was the limit/],
  ])('of %s', (_name, given, verdict, headline) => {
    const judgement = judge(given);
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.headline).toMatch(headline);
    expect(judgement.reasons.length).toBeGreaterThan(0);
  });

  it('names first why a run was cut short', () => {
    const warnings = [{ code: 'cut-short', text: 'the run was cut short: m1: it has no leader' }];
    const judgement = judge({ ...run, partial: true, generator: saturated, warnings });
    expect(judgement.headline).toBe('The run was cut short: m1: it has no leader; what it has is kept.');
  });

  it('never blames the target for what the generator could not do', () => {
    const missed = { ...run, generator: saturated, profile: threshold(0.001) };
    expect(judge(missed).verdict).toBe('inconclusive');
  });

  it('fails a slow disk and a wrong server even when the generator was the limit or the run was cut short', () => {
    expect(judge({ ...run, generator: saturated, partial: true, disk: slowDisk }).verdict).toBe('fail');
    expect(judge({ ...run, generator: saturated, audit: { ...CLEAN_AUDIT, lostWrites: 1 } }).verdict).toBe('fail');
  });

  it('cannot tell about a threshold on what was not measured', () => {
    const profile = {
      ...run.profile,
      thresholds: [{ metric: 'knee.maxRatePerS', comparison: '>', value: 1 } as const],
    };
    const judgement = judge({ ...run, profile });
    expect(judgement.verdict).toBe('inconclusive');
    expect(judgement.headline).toBe('knee.maxRatePerS: not measured (over 1 demanded).');
  });

  it('names a figure with its unit, whether or not the threshold tells one', () => {
    const limit = { metric: 'total.serviceMs.stdDev', comparison: '<=', value: 10_000 } as const;
    const judgement = judge({ ...run, profile: { ...run.profile, thresholds: [limit] } });
    expect(judgement.reasons.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^Standard deviation of the service time: .* (µs|ms) \(at most 10 s demanded\)\.$/),
    );
  });

  it('lets the profile replace a limit', () => {
    const errors = { ...run.total, errors: run.total.scheduled };
    const lenient = { metric: 'total.errorShare', comparison: '<=', value: 1 } as const;
    expect(judge({ ...run, total: errors, profile: { ...run.profile, thresholds: [lenient] } }).verdict).toBe('pass');
  });
});
