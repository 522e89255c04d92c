import { expect, it } from 'vitest';
import { progressAt } from '../../src/bench/progress.ts';
import type { SecondRecord } from '../../src/bench/worker/recorder.ts';
import { loadProfile } from '../../src/bench/index.ts';

const record = (second: number, completed: number, errors = 0): SecondRecord =>
  ({ second, completed: { put: completed, get: 1 }, errors, skipped: 2 }) as unknown as SecondRecord;

it('is told once every generator has told of the second, added up', () => {
  const profile = loadProfile('check-perf-s');
  const records = [record(0, 10), record(0, 20), record(1, 30, 4)];
  expect(progressAt(1, records, 2, profile)).toBeUndefined();
  records.push(record(1, 40));
  expect(progressAt(1, records, 2, profile)).toMatchObject({ elapsedS: 2, completed: 72, errors: 4, skipped: 4 });
});

it('goes beyond the profile where operations outlast it', () => {
  const profile = loadProfile('check-perf-s');
  const lastS = (profile.warmup + profile.phases.reduce((sum, { duration }) => sum + duration, 0)) / 1000;
  expect(progressAt(0, [record(0, 1)], 1, profile)!.totalS).toBe(lastS);
  expect(progressAt(lastS + 4, [record(lastS + 4, 1)], 1, profile)).toMatchObject({ totalS: lastS + 5, phase: 'tail' });
});
