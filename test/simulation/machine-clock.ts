/**
 * The clock of one life of one machine. It may run fast or slow, its wall clock may jump, the machine may stand still for
 * a while (a long pause of the garbage collector, a stopped VM), and after a crash nothing it was asked for happens.
 */
import type { Clock, Timer } from '../../src/base/clock.ts';
import type { Scheduler } from './scheduler.ts';

export class MachineClock implements Clock {
  readonly #scheduler: Scheduler;
  readonly #startMs: number;
  /** Local milliseconds for each true one. */
  readonly #rate: number;
  #pausedUntilMs = 0;
  #isDead = false;
  /** Added to the wall clock alone. */
  wallSkewMs = 0;
  /** Told of what the machine's code throws. */
  readonly #onThrown: (error: unknown) => void;

  constructor(scheduler: Scheduler, rate: number, onThrown: (error: unknown) => void) {
    this.#scheduler = scheduler;
    this.#startMs = scheduler.nowMs;
    this.#rate = rate;
    this.#onThrown = onThrown;
  }

  nowMs(): number {
    return 1_000 + (this.#scheduler.nowMs - this.#startMs) * this.#rate;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#scheduler.nowMs + this.wallSkewMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const cancel = this.#scheduler.after(Math.max(0, delayMs) / this.#rate, () => this.enter(callback));
    return { cancel };
  }

  soon(callback: () => void): void {
    this.#scheduler.after(0, () => this.enter(callback));
  }

  afterOthers(callback: () => void): void {
    this.soon(callback);
  }

  /** Runs `callback` on the machine: when it goes on after a pause, never once it is dead. */
  enter(callback: () => void): void {
    if (this.#isDead) return;
    if (this.#pausedUntilMs > this.#scheduler.nowMs) {
      this.#scheduler.at(this.#pausedUntilMs, () => this.enter(callback));
      return;
    }
    try {
      callback();
    } catch (error) {
      this.#onThrown(error);
    }
  }

  pause(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }

  kill(): void {
    this.#isDead = true;
  }

  get isDead(): boolean {
    return this.#isDead;
  }
}
