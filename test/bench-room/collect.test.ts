import { describe, expect, it } from 'vitest';
import { collectClasses } from '../../src/bench/collect.ts';
import type { ClassRecord } from '../../src/bench/worker/recorder.ts';
import { constant, PODS, profileOf } from '../core/workload/profiles.ts';

const profile = profileOf({
  phases: [
    { name: 'load', kind: 'hold', duration: '10s' },
    { name: 'drain', kind: 'pause', duration: '5s' },
  ],
  objects: { pod: PODS },
  sources: [{ name: 'get', model: 'get', object: 'pod', arrivals: constant('100/s') }],
});
const record = (phase: number, completed: number): ClassRecord => ({
  phase,
  class: 'get pods',
  scheduled: completed,
  completed,
  errors: 0,
  skipped: 0,
  conflicts: 0,
  errorsByCode: {},
  response: new Uint32Array(0),
  service: new Uint32Array(0),
});

describe('collectClasses', () => {
  it('takes the time of a tail for a part of the last phase', () => {
    // Fifteen seconds were planned; pods lived on for another fifteen.
    const { total, phases } = collectClasses([record(0, 1_000), record(1, 500)], profile, 30);
    expect(total.ratePerS).toBe(50);
    expect(phases.map(({ durationS, ratePerS }) => [durationS, ratePerS])).toEqual([
      [10, 100],
      [20, 25],
    ]);
  });

  it('gives a phase that was cut short the time that it had, and leaves one that never began as planned', () => {
    const { total, phases } = collectClasses([record(0, 400)], profile, 4);
    expect(total.ratePerS).toBe(100);
    expect(phases.map(({ durationS, ratePerS }) => [durationS, ratePerS])).toEqual([
      [4, 100],
      [5, 0],
    ]);
  });
});
