import { describe, expect, it } from 'vitest';
import { emptyLatency, emptyOperationStats, mergeParts } from '../../../src/core/run/index.ts';
import type { OperationStats, RunPart } from '../../../src/core/run/index.ts';
import { combineLatencies, latencyOf } from '../../../src/platform/histogram.ts';

function stats(durationsMs: number[], changes: Partial<OperationStats> = {}): OperationStats {
  const latency = latencyOf(durationsMs);
  return {
    ...emptyOperationStats(),
    scheduled: durationsMs.length,
    completed: durationsMs.length,
    responseMs: latency,
    serviceMs: latency,
    ...changes,
  };
}

const first: RunPart = {
  operations: {
    create: stats([1, 2, 3], { scheduled: 5, errors: 1, skipped: 1, errorsByCode: { UNAVAILABLE: 1 } }),
    get: stats([1], { conflicts: 2 }),
  },
  series: [
    { t: 0, completed: { create: 2 }, errors: 1, responseMs: latencyOf([1, 2]), warmup: true },
    { t: 1, completed: { create: 1, get: 1 }, errors: 0, responseMs: latencyOf([3, 1]) },
  ],
};
const second: RunPart = {
  operations: { create: stats([100], { scheduled: 2, errors: 1, errorsByCode: { UNAVAILABLE: 1 } }) },
  series: [{ t: 1, completed: { create: 1 }, errors: 1, skipped: 3, responseMs: latencyOf([100]) }],
};

describe('mergeParts', () => {
  const merged = mergeParts([first, second], 2, combineLatencies);

  it('adds up the counts of a class and takes its rate over the time', () => {
    expect(merged.operations['create']).toMatchObject({
      scheduled: 7,
      completed: 4,
      errors: 2,
      skipped: 1,
      ratePerS: 2,
      errorsByCode: { UNAVAILABLE: 2 },
    });
    expect(merged.operations['create']).not.toHaveProperty('conflicts');
    expect(merged.operations['get']).toMatchObject({ conflicts: 2 });
  });

  it('combines distributions whole instead of averaging their percentiles', () => {
    expect(merged.operations['create']?.responseMs).toMatchObject({ count: 4, max: 100, min: 1 });
    expect(merged.total.responseMs).toMatchObject({ count: 5, p50: 2, max: 100 });
  });

  it('joins the seconds that the workers share', () => {
    expect(merged.series.map((point) => point.t)).toEqual([0, 1]);
    expect(merged.series[0]).toMatchObject({ completed: { create: 2 }, warmup: true });
    expect(merged.series[1]).toMatchObject({ completed: { create: 2, get: 1 }, errors: 1, skipped: 3 });
    expect(merged.series[1]?.responseMs).toMatchObject({ count: 3, max: 100 });
  });

  it('is empty for no parts', () => {
    const nothing = mergeParts([], 0, combineLatencies);
    expect(nothing.total).toMatchObject({ completed: 0, ratePerS: 0, responseMs: emptyLatency() });
    expect(nothing.series).toEqual([]);
  });
});
