/**
 * Deadlines of many calls under one timer. Nearly every call ends long before its deadline, so setting one costs a
 * comparison and clearing one nothing: when the earliest that was set has come, all calls that are still open are looked
 * at, for those that are due and for the next instant to look at them. A deadline fires up to a slot late, never early.
 */
import type { Clock, Timer } from '../../base/clock.ts';

/** Between two looks at the least. */
const SLOT_MS = 4;

/** What may have a deadline. */
export interface DeadlineEntry {
  /** Undefined: none, or none any more. */
  readonly deadlineMs: number | undefined;
  /** May find that the call has ended just now. */
  deadlinePassed(): void;
}

export class Deadlines {
  private readonly clock: Clock;
  /** Hands on every call that is open. */
  private readonly forEachOpen: (visit: (entry: DeadlineEntry) => void) => void;
  private timer: Timer | undefined;
  /** No deadline is earlier than a slot before this. */
  private lookMs = Infinity;

  constructor(clock: Clock, forEachOpen: (visit: (entry: DeadlineEntry) => void) => void) {
    this.clock = clock;
    this.forEachOpen = forEachOpen;
  }

  /** A call with this deadline is open. */
  set(deadlineMs: number): void {
    if (deadlineMs < this.lookMs - SLOT_MS) this.arm(deadlineMs);
  }

  /** No call is open, and no timer need keep the process. */
  rest(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.lookMs = Infinity;
  }

  private arm(deadlineMs: number): void {
    this.timer?.cancel();
    const nowMs = this.clock.nowMs();
    this.lookMs = Math.max(deadlineMs, nowMs) + SLOT_MS;
    this.timer = this.clock.after(this.lookMs - nowMs, () => this.look());
  }

  private look(): void {
    this.rest();
    const nowMs = this.clock.nowMs();
    const due: DeadlineEntry[] = [];
    let nextMs = Infinity;
    this.forEachOpen((entry) => {
      const { deadlineMs } = entry;
      if (deadlineMs === undefined) return;
      if (deadlineMs <= nowMs) due.push(entry);
      else nextMs = Math.min(nextMs, deadlineMs);
    });
    if (nextMs < Infinity) this.set(nextMs);
    for (const entry of due) entry.deadlinePassed();
  }
}
