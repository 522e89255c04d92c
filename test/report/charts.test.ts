import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyOf, histogramFrom } from '../../src/platform/histogram.ts';
import { countsIn } from '../../src/report/charts/buckets.ts';
import { fsyncChart } from '../../src/report/charts/fsync.ts';
import { kneeChart } from '../../src/report/charts/knee.ts';
import { percentileChart } from '../../src/report/charts/percentiles.ts';
import { linearTop, logDomain, logTicks } from '../../src/report/charts/scales.ts';
import { slicesOf } from '../../src/report/charts/series.ts';
import { emptyLatency } from '../../src/core/run/index.ts';
import { buildRun } from '../support/run-builder.ts';

const positive = fc.double({ min: 0.001, max: 3_600_000, noNaN: true });

describe('scales', () => {
  it('put round bounds around every value', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 20 }), (values) => {
        const [low, high] = logDomain(values);
        expect(low).toBeLessThanOrEqual(Math.min(...values) * 1.0002);
        expect(high).toBeGreaterThanOrEqual(Math.max(...values) * 0.9998);
        expect(low).toBeLessThan(high);
        expect(linearTop(values)).toBeGreaterThanOrEqual(Math.max(...values));
      }),
    );
  });

  it('have few ticks, all within the domain and in order', () => {
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        const domain = logDomain([a, b]);
        const ticks = logTicks(domain);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.length).toBeLessThanOrEqual(11);
        expect(ticks).toEqual([...ticks].sort((x, y) => x - y));
        expect(ticks[0]).toBeGreaterThanOrEqual(domain[0] * 0.99);
        expect(ticks.at(-1)).toBeLessThanOrEqual(domain[1] * 1.01);
      }),
    );
  });

  it('have a domain even for nothing', () => {
    expect(logDomain([])).toEqual([1, 10]);
    expect(logDomain([0])).toEqual([1, 10]);
  });
});

describe('countsIn', () => {
  it('agrees with counting the samples one by one, and loses none', () => {
    const whole = fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 300 });
    fc.assert(
      fc.property(whole, (ms) => {
        const bounds = [0.5, 5.5, 50.5, 200.5, 400.5];
        const expected = [0, 0, 0, 0];
        for (const value of ms) {
          const range = bounds.slice(1, -1).findIndex((bound) => value <= bound);
          expected[range === -1 ? 3 : range]!++;
        }
        expect(countsIn(histogramFrom(latencyOf(ms)), bounds)).toEqual(expected);
      }),
    );
  });
});

describe('slicesOf', () => {
  it('leaves nothing out, however few stretches there are', () => {
    const run = buildRun({ durationS: 61, ratePerS: 20 });
    for (const most of [1, 7, 30, 61, 500]) {
      const all = slicesOf(run)(most);
      expect(all.length).toBeLessThanOrEqual(most);
      expect(all.reduce((sum, one) => sum + one.responseMs.count, 0)).toBe(run.total.completed);
      expect(Math.max(...all.map((one) => one.responseMs.max ?? 0))).toBe(run.total.responseMs.max);
    }
  });

  it('has none for a run without seconds', () => {
    expect(slicesOf({ ...buildRun({ durationS: 1 }), series: [] })(10)).toEqual([]);
  });
});

describe('charts', () => {
  it('are not drawn of nothing', async () => {
    expect(await fsyncChart(emptyLatency(), 10, 'x')).toBeUndefined();
    expect(await percentileChart('x', 't', 'c', [{ label: 'l', latency: emptyLatency() }])).toBeUndefined();
    expect(await kneeChart(buildRun({ durationS: 1 }), 'x')).toBeUndefined();
  });

  it('tell no percentile that the samples do not carry', async () => {
    const samples = Array.from({ length: 500 }, (_, i) => i + 1);
    const chart = await percentileChart('x', 't', 'c', [{ label: 'l', latency: latencyOf(samples) }]);
    const rows = Object.fromEntries(chart!.table.rows.map(([name, value]) => [String(name), String(value)]));
    expect(rows['99%']).toMatch(/^49\d ms$/);
    expect(rows['99.9%']).toBe('too few samples');
    expect(rows['Longest']).toBe('500 ms');
  });

  it('count every sync in the fsync table, within and beyond the budget', async () => {
    const chart = await fsyncChart(latencyOf([1, 2, 9, 11, 30]), 10, 'x');
    const rows = chart!.table.rows.map(([range, count]) => [String(range), Number(count)] as const);
    expect(rows.reduce((sum, [, count]) => sum + count, 0)).toBe(5);
    expect(rows.filter(([range]) => range.startsWith('10 ms')).map(([, count]) => count)).toEqual([1]);
  });

  it('show the knee with the rates that did not hold', async () => {
    const point = { achievedPerS: 900, p50Ms: 2, p99Ms: 9 };
    const knee = {
      slo: 'p99 < 50 ms',
      maxRatePerS: 1000,
      intervalPerS: null,
      points: [
        { ...point, ratePerS: 1000, held: true },
        { ...point, ratePerS: 2000, p99Ms: 900, held: false },
      ],
      usl: { lambda: 1, sigma: 0.02, kappa: 0.00001, sigmaInterval: [0.01, 0.03] as [number, number] },
    };
    const chart = await kneeChart(buildRun({ durationS: 1, changes: { knee } }), 'x');
    expect(chart!.table.rows.map((row) => row.at(-1))).toEqual(['yes', 'no']);
    expect(chart!.wide).toContain('held up to 1,000/s');
    expect(chart!.table.note).toContain('σ 0.02 (0.01 to 0.03)');
  });

  it('hold no script, no style attribute, no reference to anything outside', async () => {
    const chart = await fsyncChart(latencyOf([1, 2, 9, 11, 30]), 10, 'x');
    for (const svg of [chart!.wide, chart!.narrow]) {
      expect(svg).not.toMatch(/<script|style=|xlink|url\(|<image|font-family|#0f00/);
      expect(svg).toMatch(/var\(--series-1\)/);
    }
  });
});
