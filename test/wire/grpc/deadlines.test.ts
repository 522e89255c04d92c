import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../../src/wire/grpc/deadlines.ts';
import type { DeadlineEntry } from '../../../src/wire/grpc/deadlines.ts';
import { ManualClock } from '../../support/manual-clock.ts';

class Entry implements DeadlineEntry {
  readonly deadlineMs: number;
  passedAtMs = -1;
  private readonly calls: Calls;

  constructor(calls: Calls, deadlineMs: number) {
    this.calls = calls;
    this.deadlineMs = deadlineMs;
  }

  deadlinePassed(): void {
    if (!this.calls.open.has(this)) return;
    expect(this.passedAtMs).toBe(-1);
    this.passedAtMs = this.calls.clock.nowMs();
    this.calls.open.delete(this);
  }
}

class Calls {
  readonly clock = new ManualClock();
  readonly open = new Set<Entry>();
  looks = 0;
  readonly deadlines = new Deadlines(this.clock, (visit) => {
    this.looks++;
    this.open.forEach(visit);
  });

  add(entry: Entry): void {
    this.open.add(entry);
    this.deadlines.set(entry.deadlineMs);
  }
}

describe('deadlines', () => {
  it('fire once, never early and at most two slots late, unless the call has ended', () => {
    const plan = fc.array(
      fc.record({ atMs: fc.nat(3000), inMs: fc.double({ min: -10, max: 20_000, noNaN: true }), ended: fc.boolean() }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(plan, (plan) => {
        const calls = new Calls();
        const { clock } = calls;
        const entries: { entry: Entry; ended: boolean }[] = [];
        for (const { atMs, inMs, ended } of plan.sort((a, b) => a.atMs - b.atMs)) {
          clock.advance(Math.max(0, atMs - clock.nowMs()));
          const entry = new Entry(calls, clock.nowMs() + inMs);
          calls.add(entry);
          if (ended) calls.open.delete(entry);
          entries.push({ entry, ended });
        }
        clock.advance(30_000);
        for (const { entry, ended } of entries) {
          if (ended) expect(entry.passedAtMs).toBe(-1);
          else {
            expect(entry.passedAtMs).toBeGreaterThanOrEqual(entry.deadlineMs);
            const wasDueMs = Math.max(entry.deadlineMs, 0);
            expect(entry.passedAtMs - wasDueMs).toBeLessThanOrEqual(18);
          }
        }
      }),
    );
  });

  it('may be taken away by the one that fires before', () => {
    const calls = new Calls();
    const second = new Entry(calls, 10);
    const first = new (class extends Entry {
      override deadlinePassed(): void {
        calls.open.delete(second);
      }
    })(calls, 10);
    calls.add(first);
    calls.add(second);
    calls.clock.advance(100);
    expect(second.passedAtMs).toBe(-1);
  });

  it('look at the open calls once a timeout, however many come and go', () => {
    const calls = new Calls();
    for (let i = 0; i < 5_000; i++) {
      const entry = new Entry(calls, calls.clock.nowMs() + 1_000);
      calls.add(entry);
      calls.clock.advance(1);
      calls.open.delete(entry);
    }
    expect(calls.looks).toBeLessThanOrEqual(5);
    calls.clock.advance(5_000);
    // Nothing is open: nothing is looked for.
    expect(calls.looks).toBeLessThanOrEqual(6);
    calls.deadlines.set(calls.clock.nowMs() + 1);
    calls.deadlines.rest();
    calls.clock.advance(5_000);
    expect(calls.looks).toBeLessThanOrEqual(6);
  });
});
