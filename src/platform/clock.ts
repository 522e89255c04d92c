/** The real clock. */
import { performance } from 'node:perf_hooks';
import type { Clock } from '../base/clock.ts';

// performance.now() counts from the start of the thread; hrtime is CLOCK_MONOTONIC, which all processes of a machine share.
const [seconds, nanoseconds] = process.hrtime();
const ORIGIN_MS = seconds * 1e3 + nanoseconds / 1e6 - performance.now();

/** Turns for which a call gives way to others. */
const MOST_TURNS_GIVEN = 2;

export function realClock(): Clock {
  /** Calls that `soon` has yet to make. */
  let waiting = 0;
  const afterOthers = (callback: () => void, turnsGiven: number): void => {
    setImmediate(() => {
      if (waiting > 0 && turnsGiven < MOST_TURNS_GIVEN) afterOthers(callback, turnsGiven + 1);
      else callback();
    });
  };
  const nowMs = (): number => ORIGIN_MS + performance.now();
  return {
    nowMs,
    wallMs: () => Date.now(),
    after: (delayMs, callback) => {
      const dueMs = nowMs() + delayMs;
      // Node's timers count whole milliseconds of the loop's own clock and may fire up to one early.
      const arm = (restMs: number): NodeJS.Timeout =>
        setTimeout(
          () => {
            const leftMs = dueMs - nowMs();
            if (leftMs > 0) timer = arm(leftMs);
            else callback();
          },
          Math.max(1, Math.ceil(restMs)),
        );
      let timer = arm(delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
    soon: (callback) => {
      waiting++;
      setImmediate(() => {
        waiting--;
        callback();
      });
    },
    afterOthers: (callback) => afterOthers(callback, 0),
  };
}

/** Timers that do not keep the process: for what is to happen only if it is still there. */
export const backgroundTimers: Pick<Clock, 'after'> = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
