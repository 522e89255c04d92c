import { describe, expect, it } from 'vitest';
import { periodicCompactor, revisionCompactor } from '../../../src/server/maintenance/auto-compactor.ts';

const MINUTE_MS = 60_000;

describe('periodicCompactor', () => {
  it('waits one retention, then compacts every period to the revision of one retention ago', () => {
    const compactor = periodicCompactor(10 * MINUTE_MS);
    expect(compactor.intervalMs).toBe(MINUTE_MS);
    const compactions: [minute: number, revision: number][] = [];
    for (let minute = 0; minute <= 40; minute++) {
      const revision = compactor.tick(minute * MINUTE_MS, 1000 + minute);
      if (revision !== undefined) compactions.push([minute, revision]);
    }
    expect(compactions).toEqual([
      [10, 1000],
      [20, 1010],
      [30, 1020],
      [40, 1030],
    ]);
  });

  it('compacts hourly where the retention is longer than an hour', () => {
    const compactor = periodicCompactor(120 * MINUTE_MS);
    expect(compactor.intervalMs).toBe(6 * MINUTE_MS);
    const compactions: [minute: number, revision: number][] = [];
    for (let minute = 0; minute <= 240; minute += 6) {
      const revision = compactor.tick(minute * MINUTE_MS, minute);
      if (revision !== undefined) compactions.push([minute, revision]);
    }
    expect(compactions).toEqual([
      [120, 0],
      [180, 60],
      [240, 120],
    ]);
  });

  it('starts over on a member that becomes leader again', () => {
    const compactor = periodicCompactor(10 * MINUTE_MS);
    for (let minute = 0; minute < 10; minute++) compactor.tick(minute * MINUTE_MS, minute);
    compactor.reset();
    expect(compactor.tick(10 * MINUTE_MS, 10)).toBeUndefined();
    expect(compactor.tick(20 * MINUTE_MS, 20)).toBe(10);
  });
});

describe('revisionCompactor', () => {
  it('keeps the last revisions', () => {
    const compactor = revisionCompactor(1000);
    expect(compactor.intervalMs).toBe(5 * MINUTE_MS);
    expect(compactor.tick(0, 1000)).toBeUndefined();
    expect(compactor.tick(0, 1500)).toBe(500);
  });
});
