import { describe, expect, it } from 'vitest';
import { judgeSteadyState } from '../../src/bench/steady.ts';
import type { SeriesPoint } from '../../src/core/run/index.ts';
import { latencyOf } from '../../src/platform/histogram.ts';
import { PODS, constant, profileOf } from '../core/workload/profiles.ts';

const profile = profileOf({
  phases: [
    { name: 'hold', kind: 'hold', duration: '60s' },
    { name: 'burst', kind: 'burst', duration: '10s', level: 3 },
  ],
  objects: { pod: PODS },
  sources: [{ name: 'get', model: 'get', object: 'pod', arrivals: constant('10/s') }],
});

/** Ten answers a second, each as slow as the second says. */
const series = (msAt: (second: number) => number): SeriesPoint[] =>
  Array.from({ length: 70 }, (_, t) => {
    const latency = latencyOf(Array<number>(10).fill(msAt(t)));
    return {
      t,
      completed: { 'get pods': 10 },
      errors: t === 5 || t === 40 ? 1 : 0,
      responseMs: latency,
      serviceMs: latency,
    };
  });

describe('the steady state', () => {
  it('cuts off the seconds before it and the phases after it', () => {
    // Slow for twenty seconds, then settled; the burst is slow again.
    const ripple = (t: number): number => 4 + 0.1 * (t % 3);
    const judged = judgeSteadyState(
      series((t) => (t < 20 ? 40 : t < 60 ? ripple(t) : 80)),
      profile,
    );
    expect(judged.reached).toBe(true);
    expect(judged.fromS).toBeGreaterThanOrEqual(19);
    expect(judged.fromS).toBeLessThanOrEqual(21);
    const { total } = judged;
    expect(total).toMatchObject({
      durationS: 60 - judged.fromS!,
      completed: 10 * (60 - judged.fromS!),
      errors: 1,
      ratePerS: 10,
    });
    expect(total!.responseMs.max).toBeLessThan(5);
    expect(judged.text).toContain('10');
  });

  it('says so where nothing settles, and tells no total', () => {
    const judged = judgeSteadyState(
      series((t) => 1.1 ** t),
      profile,
    );
    expect(judged).toMatchObject({ reached: false, fromS: null });
    expect(judged).not.toHaveProperty('total');
  });
});
