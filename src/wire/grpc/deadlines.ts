/**
 * Deadlines of many calls under one timer: a hashed wheel whose entries link themselves, so that setting and clearing a
 * deadline, which every call does, neither allocates nor searches. A deadline fires up to one slot late, never early.
 *
 * Source: Varghese and Lauck, "Hashed and hierarchical timing wheels" (1987), scheme 6.
 */
import type { Clock, Timer } from '../../base/clock.ts';

const SLOT_MS = 4;
const SLOTS = 1024;

/** What has a deadline. The links belong to the wheel. */
export interface DeadlineEntry {
  deadlineMs: number | undefined;
  deadlineSlot: number;
  previousDeadline: DeadlineEntry | undefined;
  nextDeadline: DeadlineEntry | undefined;
  deadlinePassed(): void;
}

/** The value of `deadlineSlot` outside the wheel. */
export const NO_SLOT = -1;

export class Deadlines {
  private readonly clock: Clock;
  private readonly slots = new Array<DeadlineEntry | undefined>(SLOTS).fill(undefined);
  private count = 0;
  /** Slots before this one, counted from the clock's origin, have been looked at. */
  private nextTick = 0;
  private timer: Timer | undefined;
  private armedTick = Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** `entry.deadlineMs` must be set. */
  add(entry: DeadlineEntry): void {
    const tick = Math.floor(entry.deadlineMs! / SLOT_MS) + 1;
    if (this.count === 0) this.nextTick = this.currentTick();
    const due = Math.max(tick, this.nextTick);
    const slot = due % SLOTS;
    const head = this.slots[slot];
    entry.deadlineSlot = slot;
    entry.nextDeadline = head;
    if (head !== undefined) head.previousDeadline = entry;
    this.slots[slot] = entry;
    this.count++;
    if (due < this.armedTick) this.arm(Math.min(due, this.nextTick + SLOTS));
  }

  remove(entry: DeadlineEntry): void {
    if (entry.deadlineSlot === NO_SLOT) return;
    const { previousDeadline, nextDeadline } = entry;
    if (previousDeadline === undefined) this.slots[entry.deadlineSlot] = nextDeadline;
    else previousDeadline.nextDeadline = nextDeadline;
    if (nextDeadline !== undefined) nextDeadline.previousDeadline = previousDeadline;
    entry.previousDeadline = undefined;
    entry.nextDeadline = undefined;
    entry.deadlineSlot = NO_SLOT;
    this.count--;
    if (this.count === 0) this.disarm();
  }

  private currentTick(): number {
    return Math.floor(this.clock.nowMs() / SLOT_MS);
  }

  private arm(tick: number): void {
    this.timer?.cancel();
    this.armedTick = tick;
    this.timer = this.clock.after(Math.max(0, tick * SLOT_MS - this.clock.nowMs()), () => this.fire());
  }

  private disarm(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.armedTick = Infinity;
  }

  private fire(): void {
    this.timer = undefined;
    this.armedTick = Infinity;
    const nowMs = this.clock.nowMs();
    const lastTick = Math.min(this.currentTick(), this.nextTick + SLOTS - 1);
    const due: DeadlineEntry[] = [];
    for (; this.nextTick <= lastTick; this.nextTick++) {
      for (let entry = this.slots[this.nextTick % SLOTS]; entry !== undefined; entry = entry.nextDeadline) {
        if (entry.deadlineMs! <= nowMs) due.push(entry);
      }
    }
    for (const entry of due) {
      // An earlier one's callback may have ended this call.
      if (entry.deadlineSlot === NO_SLOT) continue;
      this.remove(entry);
      entry.deadlinePassed();
    }
    if (this.count > 0 && this.timer === undefined) this.arm(this.nextOccupiedTick());
  }

  private nextOccupiedTick(): number {
    for (let tick = this.nextTick; tick < this.nextTick + SLOTS; tick++) {
      if (this.slots[tick % SLOTS] !== undefined) return tick;
    }
    return this.nextTick + SLOTS;
  }
}
