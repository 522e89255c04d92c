import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines, NO_SLOT } from '../../../src/wire/grpc/deadlines.ts';
import type { DeadlineEntry } from '../../../src/wire/grpc/deadlines.ts';
import { ManualClock } from '../../support/manual-clock.ts';

class Entry implements DeadlineEntry {
  deadlineSlot = NO_SLOT;
  previousDeadline: DeadlineEntry | undefined = undefined;
  nextDeadline: DeadlineEntry | undefined = undefined;
  readonly deadlineMs: number;
  passedAtMs = -1;
  private readonly clock: ManualClock;

  constructor(clock: ManualClock, deadlineMs: number) {
    this.clock = clock;
    this.deadlineMs = deadlineMs;
  }

  deadlinePassed(): void {
    expect(this.passedAtMs).toBe(-1);
    this.passedAtMs = this.clock.nowMs();
  }
}

describe('deadlines', () => {
  it('fire once, never early and at most two slots late, unless they were removed', () => {
    const plan = fc.array(
      fc.record({ atMs: fc.nat(3000), inMs: fc.double({ min: -10, max: 20_000, noNaN: true }), removed: fc.boolean() }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(plan, (plan) => {
        const clock = new ManualClock();
        const deadlines = new Deadlines(clock);
        const entries: { entry: Entry; removed: boolean }[] = [];
        for (const { atMs, inMs, removed } of plan.sort((a, b) => a.atMs - b.atMs)) {
          clock.advance(Math.max(0, atMs - clock.nowMs()));
          const entry = new Entry(clock, clock.nowMs() + inMs);
          deadlines.add(entry);
          if (removed) deadlines.remove(entry);
          entries.push({ entry, removed });
        }
        clock.advance(30_000);
        for (const { entry, removed } of entries) {
          if (removed) expect(entry.passedAtMs).toBe(-1);
          else {
            expect(entry.passedAtMs).toBeGreaterThanOrEqual(entry.deadlineMs);
            const wasDueMs = Math.max(entry.deadlineMs, 0);
            expect(entry.passedAtMs - wasDueMs).toBeLessThanOrEqual(18);
          }
        }
      }),
    );
  });

  it('may be removed by the one that fires before', () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock);
    const second = new Entry(clock, 10);
    const first = new (class extends Entry {
      override deadlinePassed(): void {
        deadlines.remove(second);
      }
    })(clock, 10);
    deadlines.add(second);
    deadlines.add(first);
    clock.advance(100);
    expect(second.passedAtMs).toBe(-1);
  });
});
