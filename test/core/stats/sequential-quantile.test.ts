import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { budgetVerdict, sequentialQuantile, type QuantileInterval } from '../../../src/core/stats/index.ts';
import { bimodalSeries, lognormalSeries, type KnownSeries } from './series.ts';

/** A simulated probe: looks whenever one is due, stops when certain, else ends at `length` samples. */
function probe(values: Float64Array, budget: number): { interval: QuantileInterval; stoppedEarly: boolean } {
  const watch = sequentialQuantile({ quantile: 0.99, alpha: 0.05 });
  for (let n = 2000; n < values.length; n += 500) {
    if (!watch.due(n)) continue;
    const interval = watch.look(values.subarray(0, n));
    if (budgetVerdict(interval, budget) !== 'inconclusive') return { interval, stoppedEarly: true };
  }
  return { interval: watch.finalLook(values), stoppedEarly: false };
}

function simulate(series: KnownSeries, budget: number, probes: number) {
  const random = seededRandom(5);
  let covered = 0;
  let wrong = 0;
  let early = 0;
  for (let i = 0; i < probes; i++) {
    const { interval, stoppedEarly } = probe(series.draw(random, 6000), budget);
    if (interval.low <= series.p99 && series.p99 <= interval.high) covered++;
    const verdict = budgetVerdict(interval, budget);
    if (verdict !== 'inconclusive' && verdict !== (series.p99 < budget ? 'pass' : 'fail')) wrong++;
    if (stoppedEarly) early++;
  }
  return { coverage: covered / probes, wrong: wrong / probes, early: early / probes };
}

describe('a quantile watched with the right to stop', () => {
  it.each([9, 10, 11])('covers a true p99 of %d ms against a budget of 10 ms', (p99) => {
    for (const series of [lognormalSeries(p99, 0), lognormalSeries(p99, 0.8), bimodalSeries(p99, 1)]) {
      const { coverage, wrong } = simulate(series, 10, 40);
      expect(coverage, series.name).toBeGreaterThanOrEqual(0.94);
      expect(wrong, series.name).toBeLessThanOrEqual(0.05);
    }
  });

  it('stops early when the truth is far from the budget', () => {
    expect(simulate(lognormalSeries(1, 0), 10, 30)).toEqual({ coverage: 1, wrong: 0, early: 1 });
    expect(simulate(lognormalSeries(40, 0), 10, 30).early).toBe(1);
  });

  it('does not look before a look could decide, nor twice at the same size', () => {
    const watch = sequentialQuantile({ quantile: 0.99, alpha: 0.05 });
    expect(watch.due(300)).toBe(false);
    expect(watch.due(600)).toBe(true);
    watch.look(new Float64Array(600).fill(1));
    expect(watch.due(600)).toBe(false);
    expect(watch.due(900)).toBe(true);
  });

  it('spends less than alpha over any number of early looks', () => {
    const values = lognormalSeries(10, 0).draw(seededRandom(1), 2000);
    const watch = sequentialQuantile({ quantile: 0.99, alpha: 0.05 });
    const first = watch.look(values);
    const second = watch.look(values);
    const final = watch.finalLook(values);
    expect(second.low).toBeLessThanOrEqual(first.low);
    expect(final.low).toBeGreaterThanOrEqual(first.low);
  });
});
