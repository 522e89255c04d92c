import { expect, it } from 'vitest';
import type { Store } from '../../../src/core/mvcc/index.ts';
import { CompactionDriver } from '../../../src/server/maintenance/compaction-driver.ts';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A store whose compaction has so many revisions to go, beside the steps that it was asked for, and when. */
function setUp(revisions: number, batchRevisions: number) {
  const clock = new ManualClock();
  const steps: { readonly revisions: number; readonly atMs: number }[] = [];
  let left = revisions;
  const store = {
    get compactor() {
      return { isRunning: left > 0, isInIndex: left > revisions / 2 };
    },
    compactStep: (most: number) => {
      steps.push({ revisions: most, atMs: clock.nowMs() });
      left -= most;
      return most;
    },
  } as unknown as Store;
  const commits: number[] = [];
  const registry = new MetricsRegistry();
  const driver = new CompactionDriver({
    store: () => store,
    clock,
    registry,
    batchRevisions,
    sleepMs: 10,
    commit: () => commits.push(steps.length),
  });
  return { clock, driver, steps, commits, registry, addWork: (more: number) => (left += more) };
}

it('takes a batch in several turns, sleeps, and takes the next', () => {
  const { clock, driver, steps, commits } = setUp(2000, 1000);
  let finished = 0;
  driver.whenFinished(() => finished++);
  driver.wake();
  let turns = 0;
  const soon = clock.soon.bind(clock);
  clock.soon = (callback) => (turns++, soon(callback));
  clock.advance(9);
  expect(steps.reduce((sum, { revisions }) => sum + revisions, 0)).toBe(1000);
  expect(Math.max(...steps.map(({ revisions }) => revisions))).toBeLessThanOrEqual(500);
  expect(turns).toBe(steps.length - 1);
  expect([commits, finished]).toEqual([[], 0]);
  clock.advance(1);
  expect(steps.reduce((sum, { revisions }) => sum + revisions, 0)).toBe(2000);
  expect([commits, finished]).toEqual([[steps.length], 1]);
});

it('takes what a small batch allows, and no more', () => {
  const { clock, driver, steps } = setUp(10, 3);
  driver.wake();
  clock.advance(30);
  expect(steps).toEqual([0, 10, 20, 30].map((atMs) => ({ revisions: 3, atMs })));
});

it('goes on when there is work again, and not after it was stopped', () => {
  const { clock, driver, steps, addWork } = setUp(400, 1000);
  driver.wake();
  clock.advance(100);
  const first = steps.length;
  driver.wake();
  clock.advance(100);
  expect(steps.length).toBe(first);
  addWork(5000);
  driver.wake();
  clock.advance(1);
  expect(steps.length).toBeGreaterThan(first);
  const second = steps.length;
  driver.stop();
  clock.advance(1000);
  expect(steps.length).toBe(second);
});

it('tells pauses for the index from those for the backend', () => {
  const { clock, driver, steps, registry } = setUp(4000, 1000);
  driver.wake();
  clock.advance(1000);
  const pauses = ['index', 'db'].map((part) =>
    Number(new RegExp(`mvcc_${part}_compaction_pause_duration_milliseconds_count (\\d+)`).exec(registry.expose())![1]),
  );
  expect(steps).toHaveLength(8);
  expect(pauses).toEqual([4, 4]);
});
