/**
 * Wakes the event loop at instants finer than libuv's whole milliseconds, without spinning: a thread sleeps in Atomics.wait
 * until the next instant is due and posts a message. How long such a message takes to be handled is the delay of the loop.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import { compiledEntry } from '../../platform/entry.ts';
import { bucketOf, newCounts, sparse } from './counts.ts';
import type { SparseCounts } from './counts.ts';

/** Layout of the shared memory. */
export const PACER = {
  bytes: 32,
  /** Int32: goes up with each change of `dueMs`; the thread sleeps on it. */
  turn: 0,
  /** Int32: 1 ends the thread. */
  closed: 1,
  /** Float64 (index 1): the instant to wake at. An aligned 64-bit store is not torn on the machines that Node runs on. */
  due: 1,
  /** Float64 (index 2): when the thread last posted. */
  posted: 2,
} as const;

/**
 * Instants nearer to each other than this are served by one wake-up: it bounds what pacing costs (a wake-up takes some 40 µs
 * of processor time in two threads), and is half of the millisecond that a send may be late.
 */
const GRAIN_MS = 0.5;
/** Where nothing is due for long, the loop's delay is still sampled this often. */
const LONGEST_SLEEP_MS = 100;

export interface Pacer {
  /** Called at (shortly after) each instant asked for. */
  onDue(callback: () => void): void;
  /** Replaces the instant asked for before. */
  wakeAt(dueMs: number): void;
  /** Delays of the event loop. */
  loopDelay(): SparseCounts;
  close(): void;
}

export function startPacer(clock: Clock): Pacer {
  const shared = new SharedArrayBuffer(PACER.bytes);
  const flags = new Int32Array(shared);
  const instants = new Float64Array(shared);
  const delays = newCounts();
  let callback = (): void => {};
  let wokenAtMs = 0;
  /** The instant that the thread sleeps until; Infinity once it has posted. */
  let armedMs = Infinity;
  instants[PACER.due] = Infinity;
  const thread = new Worker(compiledEntry('bench/worker/pacer-worker.js'), {
    workerData: shared,
  });
  const notify = (): void => {
    Atomics.add(flags, PACER.turn, 1);
    Atomics.notify(flags, PACER.turn);
  };
  thread.on('message', () => {
    wokenAtMs = clock.nowMs();
    armedMs = Infinity;
    delays[bucketOf(wokenAtMs - instants[PACER.posted]!)]!++;
    callback();
  });
  return {
    onDue: (each) => (callback = each),
    wakeAt: (dueMs) => {
      const wakeMs = Math.min(wokenAtMs + LONGEST_SLEEP_MS, Math.max(dueMs, wokenAtMs + GRAIN_MS));
      // Woken too early it is asked again; a notification costs a system call.
      if (wakeMs >= armedMs) return;
      armedMs = wakeMs;
      instants[PACER.due] = wakeMs;
      notify();
    },
    loopDelay: () => sparse(delays),
    close: () => {
      Atomics.store(flags, PACER.closed, 1);
      notify();
    },
  };
}
