/**
 * Waits of tens of microseconds on a thread of its own, without burning a core.
 *
 * `Atomics.wait` oversleeps by the kernel's timer slack and the wake-up (about 70 µs on Linux's defaults), fairly
 * constantly; so it is asked for that much less, and only the last few microseconds are spun away.
 */
export interface Sleeper {
  /** Returns no earlier than `untilMs` of the clock. */
  sleepUntil(untilMs: number): void;
}

/** Spinning is for the remainder of a wait, never for the wait. */
const SPIN_MS = 0.015;
const LEARNING = 0.1;
const MOST_OVERSLEEP_MS = 0.25;

export function sleeper(nowMs: () => number): Sleeper {
  const word = new Int32Array(new SharedArrayBuffer(4));
  let oversleepMs = 0.07;
  return {
    sleepUntil(untilMs) {
      const askMs = untilMs - nowMs() - oversleepMs - SPIN_MS;
      if (askMs > 0) {
        const startMs = nowMs();
        Atomics.wait(word, 0, 0, askMs);
        // A preempted thread says nothing about the timer, and on a busy machine nobody is to spin for long.
        const overMs = Math.min(nowMs() - startMs - askMs, MOST_OVERSLEEP_MS);
        oversleepMs += (overMs - oversleepMs) * LEARNING;
      }
      while (nowMs() < untilMs);
    },
  };
}
