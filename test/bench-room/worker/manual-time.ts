/** Time that stands until it is moved, and a pacer on it. */
import type { Clock } from '../../../src/base/clock.ts';
import type { Pacer } from '../../../src/bench/worker/pacer.ts';

export class ManualTime implements Clock {
  private now = 0;
  private order = 0;
  private pending: { dueMs: number; order: number; callback: () => void }[] = [];

  nowMs(): number {
    return this.now;
  }

  wallMs(): number {
    return this.now;
  }

  after(delayMs: number, callback: () => void): { cancel: () => void } {
    const entry = { dueMs: this.now + Math.max(0, delayMs), order: this.order++, callback };
    this.pending.push(entry);
    return { cancel: () => void (this.pending = this.pending.filter((each) => each !== entry)) };
  }

  soon(callback: () => void): void {
    this.after(0, callback);
  }

  afterOthers(callback: () => void): void {
    this.soon(callback);
  }

  /** Moves time on, calling what becomes due at its own instant. */
  async to(untilMs: number): Promise<void> {
    for (;;) {
      await Promise.resolve();
      const next = this.pending.toSorted((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
      if (next === undefined || next.dueMs > untilMs) break;
      this.pending = this.pending.filter((each) => each !== next);
      this.now = Math.max(this.now, next.dueMs);
      next.callback();
    }
    this.now = untilMs;
  }

  pacer(): Pacer {
    let callback = (): void => {};
    let armed = { cancel: (): void => {} };
    return {
      onDue: (each) => (callback = each),
      wakeAt: (dueMs) => {
        armed.cancel();
        if (dueMs !== Infinity) armed = this.after(dueMs - this.now, () => callback());
      },
      loopDelay: () => new Uint32Array(0),
      close: () => armed.cancel(),
    };
  }
}
