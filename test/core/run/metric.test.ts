import { describe, expect, it } from 'vitest';
import { figureAt } from '../../../src/core/run/index.ts';
import { latencyOf } from '../../../src/platform/histogram.ts';
import { buildRun } from '../../support/run-builder.ts';

const run = buildRun({ durationS: 3 });

describe('figureAt', () => {
  it('follows a path into the Run', () => {
    expect(figureAt(run, 'total.responseMs.p99')).toBe(run.total.responseMs.p99);
    expect(figureAt(run, 'operations.create.completed')).toBe(run.operations['create']?.completed);
  });

  it('derives shares of the scheduled requests', () => {
    const failing = { ...run, total: { ...run.total, scheduled: 200, completed: 190, errors: 10 } };
    expect(figureAt(failing, 'total.errorShare')).toBe(0.05);
    expect(figureAt(failing, 'total.completedShare')).toBe(0.95);
  });

  it('takes the name of a class as one, dots and all', () => {
    const named = { ...run, operations: { 'update example.com/widgets': run.total } };
    expect(figureAt(named, 'operations.update example.com/widgets.completed')).toBe(run.total.completed);
    expect(figureAt(named, 'operations.update example.com/widgets.serviceMs.p99')).toBe(run.total.serviceMs.p99);
  });

  it('has the standard deviation of what was measured', () => {
    const serviceMs = latencyOf([10, 20, 30, 400]);
    expect(figureAt({ ...run, total: { ...run.total, serviceMs } }, 'total.serviceMs.stdDev')).toBeCloseTo(164.5, 0);
  });

  it.each(['total.nothing', 'nothing.at.all', 'total', 'total.constructor.length', '', 'operations.none.errorShare'])(
    'has no figure at %j',
    (path) => {
      expect(figureAt(run, path)).toBeUndefined();
    },
  );

  it('has no share of nothing', () => {
    expect(figureAt({ ...run, total: { ...run.total, scheduled: 0 } }, 'total.errorShare')).toBeUndefined();
  });
});
