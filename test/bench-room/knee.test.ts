import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { findKnee, parseSlo } from '../../src/bench/knee.ts';
import type { Trial } from '../../src/bench/knee.ts';
import { KneeSchema } from '../../src/core/run/run.ts';
import { emptyOperationStats } from '../support/run-builder.ts';
import { latencyOf } from '../../src/platform/histogram.ts';

const BASE_PER_S = 100;

/** A server whose response grows without bound as the rate nears `capacityPerS` (M/M/1). */
function server(capacityPerS: number, change: (ratePerS: number) => Partial<Trial> = () => ({})) {
  return (scale: number): Promise<Trial> => {
    const ratePerS = scale * BASE_PER_S;
    const latencyMs = ratePerS < capacityPerS ? 1_000 / (capacityPerS - ratePerS) : 60_000;
    const total = {
      ...emptyOperationStats(),
      scheduled: 1_000,
      completed: 1_000,
      ratePerS: Math.min(ratePerS, capacityPerS),
      responseMs: latencyOf([latencyMs]),
    };
    return Promise.resolve({ ratePerS, total, saturated: false, ...change(ratePerS) });
  };
}

describe('findKnee', () => {
  it('finds the highest rate that holds, within a tenth', async () => {
    const knee = await findKnee({ slo: parseSlo('p99<50ms'), seed: 1, trial: server(1_500) });
    // 1,000 / (1,500 - rate) < 50 up to 1,480.
    expect(knee.maxRatePerS).toBeGreaterThan(1_480 * 0.9);
    expect(knee.maxRatePerS).toBeLessThanOrEqual(1_480);
    expect(knee.intervalPerS![1] / knee.intervalPerS![0]).toBeLessThan(1.12);
    expect(knee.intervalPerS![1]).toBeGreaterThan(1_480);
    expect(KneeSchema.parse(knee).usl?.lambda).toBeGreaterThan(0);
  });

  it('finds one below the rate that it began with', async () => {
    const knee = await findKnee({ slo: parseSlo('p99<50ms'), seed: 1, trial: server(45) });
    expect(knee.maxRatePerS).toBeGreaterThan(20);
    expect(knee.maxRatePerS).toBeLessThan(45);
  });

  it('says so when nothing holds', async () => {
    const knee = await findKnee({ slo: parseSlo('p99<1ms'), seed: 1, trial: server(0) });
    expect(knee).toMatchObject({ maxRatePerS: null, intervalPerS: null });
  });

  it('does not believe a trial whose generator was the limit', async () => {
    const trial = server(10_000, (ratePerS) => ({ saturated: ratePerS > 350 }));
    const knee = await findKnee({ slo: parseSlo('p99<50ms'), seed: 1, trial });
    expect(knee.maxRatePerS).toBeLessThanOrEqual(350);
  });
});

describe('parseSlo', () => {
  it('reads a percentile and a limit', () => {
    expect(parseSlo('p999 < 0.5s')).toEqual({ text: 'p999 < 0.5s', quantile: 'p999', limitMs: 500 });
  });

  it.each(['p95<5ms', 'p99>5ms', 'p99<5', '', 'p99<ms'])('refuses "%s"', (text) => {
    expect(() => parseSlo(text)).toThrow(UsageError);
  });
});
