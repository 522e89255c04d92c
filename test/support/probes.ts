/** A synthetic Probe of each recipe, with what that recipe alone gives. */
import type { Probe } from '../../src/core/run/index.ts';
import { latencyOf } from '../../src/platform/histogram.ts';
import { buildProbe } from './run-builder.ts';

const spread = (ms: number) => latencyOf(Array.from({ length: 1000 }, (_, i) => ms * (1 + (i % 50) / 50)));
export const second = (t: number, ms: number, count = 100) => ({ t, count, p50: ms, p99: 2 * ms, max: 3 * ms });

export const wal = buildProbe({
  changes: { recipe: 'wal', series: [second(0, 1), { ...second(1, 1), switches: 2 }, second(2, 1)] },
});
export const ladder = buildProbe({
  changes: {
    recipe: 'ladder',
    maxRateWithinBudgetPerS: 200,
    ladder: [
      { rate: 100, ms: 1, held: true, verdict: 'pass' as const },
      { rate: 200, ms: 4, held: true, verdict: 'inconclusive' as const },
      { rate: 400, ms: 90, held: false, verdict: 'fail' as const },
    ].map(({ rate, ms, held, verdict }) => ({
      ratePerS: rate,
      achievedPerS: rate,
      responseMs: spread(ms),
      serviceMs: spread(1),
      withinBudget: held,
      verdict,
    })),
  },
});
const phase = (name: string, beside: string[], ms: number, verdict: Probe['verdict']) => ({
  name,
  beside,
  walFsyncMs: spread(ms),
  p99IntervalMs: [ms, 2 * ms] as [number, number],
  verdict,
});
export const together = buildProbe({
  changes: {
    recipe: 'together',
    phases: [
      phase('wal alone', [], 1, 'pass'),
      phase('wal and backend', ['backend'], 1, 'pass'),
      phase('with image-pull', ['backend', 'image-pull'], 40, 'fail'),
    ],
  },
});
export const sustained = buildProbe({
  changes: {
    recipe: 'sustained',
    durationS: 300,
    series: Array.from({ length: 300 }, (_, t) => second(t, t < 200 ? 1 : 8, t < 200 ? 700 : 140)),
    sustained: {
      changes: [
        { atS: 200, kind: 'rate', before: 700, after: 140 },
        { atS: 200, kind: 'latency', before: 1, after: 8 },
      ],
      burst: { endedAtS: 200, ratePerS: 700, baselineRatePerS: 140 },
      exhaustion: { ratePerS: 300, afterS: 700 },
    },
  },
});
