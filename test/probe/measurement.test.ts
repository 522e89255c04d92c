import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { LoadRunner, LoadSpec } from '../../src/probe/load/load.ts';
import { fixedSize } from '../../src/probe/load/record-sizes.ts';
import { measure, type MeasureOptions } from '../../src/probe/measurement.ts';
import { lognormalSeries } from '../core/stats/series.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { simulatedRunner } from './support/simulated-runner.ts';

const spec: LoadSpec = {
  shape: { kind: 'append', directory: '/d', fileBytes: 1e6, recordSizes: fixedSize(2300), atEnd: 'again' },
  seed: 1,
};

const options: MeasureOptions = {
  spec,
  budgetMs: 10,
  confidence: 0.95,
  minDurationS: 5,
  maxDurationS: 60,
  judged: 'sync',
  hangAfterS: 60,
};

function run(runner: LoadRunner, changes: Partial<MeasureOptions> = {}, signal?: AbortSignal) {
  return measure({ ...options, ...changes }, { runner, clock: new ManualClock(), signal, onSecond: () => {} });
}

/** Latencies with a known p99. */
function withP99(p99Ms: number, seed = 1) {
  const values = lognormalSeries(p99Ms, 0).draw(seededRandom(seed), 200_000);
  let next = 0;
  return simulatedRunner(() => values[next++ % values.length]!);
}

describe('a measurement', () => {
  it('stops when certain, but not before its least time', async () => {
    const result = await run(withP99(1));
    expect(result.verdict).toBe('pass');
    expect(result.durationS).toBeGreaterThanOrEqual(5);
    expect(result.durationS).toBeLessThan(6);
    expect(result.interval!.high).toBeLessThan(1.3);
    expect(result.secondsToDecide).toBeUndefined();
    expect(result.judgedMs.count).toBe(result.samples);
    expect(result.judgedMs.p99).toBeCloseTo(1, 0);
  });

  it('fails a slow volume early too', async () => {
    const result = await run(withP99(40));
    expect(result).toMatchObject({ verdict: 'fail', partial: false });
    expect(result.durationS).toBeLessThan(15);
  });

  it('says how much longer it would take when it cannot tell, and is right', async () => {
    const first = await run(withP99(9.4, 7), { maxDurationS: 6 });
    expect(first.verdict).toBe('inconclusive');
    const needed = first.secondsToDecide!;
    expect(needed).toBeGreaterThan(6);
    expect((await run(withP99(9.4, 7), { maxDurationS: 2 * needed })).verdict).toBe('pass');
  });

  it('has no upper bound from a handful of samples', async () => {
    const result = await run(withP99(1), { spec: { ...spec, ratePerS: 10 }, maxDurationS: 10 });
    expect(result.samples).toBeLessThanOrEqual(101);
    expect(result.interval!.high).toBe(Infinity);
    expect(result.verdict).toBe('inconclusive');
  });

  it('counts latency from the due instant where that is judged', async () => {
    // 5 ms a sync at 250/s: it falls behind by a quarter of the time that passes.
    const runner = (): LoadRunner => simulatedRunner(() => 5);
    const slow = { spec: { ...spec, ratePerS: 250 }, maxDurationS: 10, minDurationS: 10 };
    expect((await run(runner(), { ...slow, judged: 'sync' })).judgedMs.max).toBeCloseTo(5, 1);
    expect((await run(runner(), { ...slow, judged: 'response' })).judgedMs.max).toBeGreaterThan(2000);
  });

  it('gives the series by the second', async () => {
    const { seconds, samples } = await run(
      simulatedRunner(() => 1),
      { maxDurationS: 7, minDurationS: 7 },
    );
    expect(seconds.length).toBe(7);
    expect(seconds.reduce((sum, second) => sum + second.count, 0)).toBe(samples);
    expect(seconds[3]).toMatchObject({ t: 3, p50: 1, p99: 1, max: 1 });
  });

  it('ends at a signal with what it has, marked partial', async () => {
    const controller = new AbortController();
    let steps = 0;
    const runner = simulatedRunner(() => {
      if (++steps === 3000) controller.abort();
      return 1;
    });
    const result = await run(runner, {}, controller.signal);
    expect(result.partial).toBe(true);
    expect(result.samples).toBeGreaterThanOrEqual(2000);
    expect(result.samples).toBeLessThan(4000);
  });

  it('passes on the error that ended the load', async () => {
    const runner = simulatedRunner(() => {
      throw new Error('no space left on the device');
    });
    await expect(run(runner)).rejects.toThrow('no space left');
  });

  it('gives up on a volume that does not answer', async () => {
    const clock = new ManualClock();
    const silent: LoadRunner = { start: () => ({ stop: () => {}, ended: new Promise(() => {}) }) };
    const running = measure(options, { runner: silent, clock, signal: undefined, onSecond: () => {} });
    const refused = expect(running).rejects.toThrow(/the volume hangs: .* for 60 s/);
    for (let second = 0; second < 61; second++) clock.advance(1000);
    await refused;
  });
});
