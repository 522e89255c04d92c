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
/**
 * What is learned is the oversleep that three of ten waits stay below: a preempted thread says nothing about the timer, and
 * whoever counts on more wakes too early and spins, on a machine that is busy already.
 */
const SHARE_BELOW = 0.3;
const STEP_MS = 0.002;

export function sleeper(nowMs: () => number): Sleeper {
  const word = new Int32Array(new SharedArrayBuffer(4));
  let oversleepMs = 0.07;
  return {
    sleepUntil(untilMs) {
      const askMs = untilMs - nowMs() - oversleepMs - SPIN_MS;
      if (askMs > 0) {
        const startMs = nowMs();
        Atomics.wait(word, 0, 0, askMs);
        const isOver = nowMs() - startMs - askMs > oversleepMs;
        oversleepMs += STEP_MS * (isOver ? SHARE_BELOW : SHARE_BELOW - 1);
      }
      while (nowMs() < untilMs);
    },
  };
}
