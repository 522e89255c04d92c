import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HIGHEST_TRACKABLE_US,
  combineLatencies,
  histogramFrom,
  latencyFrom,
  latencyOf,
  newHistogram,
  recordMs,
} from '../../src/platform/histogram.ts';
import { emptyLatency } from '../../src/core/run/index.ts';

const durationsMs = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('latencyFrom', () => {
  it('gives nulls for an empty histogram', () => {
    expect(latencyFrom(newHistogram())).toEqual(emptyLatency());
  });

  it('keeps every percentile within three digits of the sorted samples, and the maximum to the microsecond', () => {
    fc.assert(
      fc.property(durationsMs, (samples) => {
        const sorted = samples.map((ms) => Math.round(ms * 1000) / 1000).sort((a, b) => a - b);
        const latency = latencyOf(samples);
        const exact = sorted[Math.max(0, Math.ceil(0.9 * sorted.length) - 1)]!;
        expect(latency.count).toBe(samples.length);
        expect(Math.abs(latency.p90! - exact)).toBeLessThanOrEqual(exact / 1000 + 0.001);
        expect(latency.max).toBeCloseTo(sorted.at(-1)!, 6);
        expect(latency.p999!).toBeLessThanOrEqual(latency.max!);
      }),
    );
  });

  it('survives the form that a Run keeps', () => {
    fc.assert(
      fc.property(durationsMs, (samples) => {
        const latency = latencyOf(samples);
        const again = latencyFrom(histogramFrom(latency));
        expect(again.count).toBe(latency.count);
        expect(again.p99! / Math.max(latency.p99!, 0.001)).toBeLessThan(1.002);
      }),
    );
  });

  it('knows how far the samples scatter, alone and combined', () => {
    expect(latencyOf([10, 20, 30, 400]).stdDev).toBeCloseTo(164.7, 1);
    expect(combineLatencies([latencyOf([10, 20]), latencyOf([30, 400])]).stdDev).toBeCloseTo(164.7, 1);
  });

  it('holds what is longer than an hour at an hour', () => {
    const histogram = newHistogram();
    recordMs(histogram, 10 * 3_600_000);
    expect(histogram.maxValue).toBe(HIGHEST_TRACKABLE_US);
  });
});

describe('combineLatencies', () => {
  it('equals recording everything in one', () => {
    fc.assert(
      fc.property(durationsMs, durationsMs, (a, b) => {
        const combined = combineLatencies([latencyOf(a), emptyLatency(), latencyOf(b)]);
        const whole = latencyOf([...a, ...b]);
        expect(combined.count).toBe(whole.count);
        expect(combined.max).toBe(whole.max);
        expect(combined.min).toBe(Math.min(latencyOf(a).min!, latencyOf(b).min!));
        expect(Math.abs(combined.p99! - whole.p99!)).toBeLessThanOrEqual(whole.p99! / 500 + 0.001);
      }),
    );
  });

  it('refuses a distribution that is only a server’s buckets', () => {
    const { hdr: _hdr, ...figures } = latencyOf([1, 2]);
    const bucketed = { ...figures, hdr: null, buckets: [{ leMs: 2, count: 2 }] };
    expect(() => combineLatencies([latencyOf([1]), bucketed])).toThrow(/histogram/);
  });
});

describe('histogramFrom', () => {
  it('names a histogram that cannot be decoded', () => {
    expect(() => histogramFrom({ ...latencyOf([1]), hdr: 'AAAA' })).toThrow(/cannot be decoded/);
  });
});
