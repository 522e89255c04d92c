/**
 * Wakes the event loop at instants finer than libuv's whole milliseconds, without spinning: a thread sleeps in Atomics.wait
 * until the next instant is due and posts a message. How long such a message takes to be handled is the delay of the loop.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import { compiledEntry } from '../../platform/entry.ts';
import { bucketOf, newCounts, sparse } from './counts.ts';
import type { SparseCounts } from './counts.ts';

/** Layout of the shared memory. An aligned 64-bit store is not torn on the machines that Node runs on. */
export const PACER = {
  bytes: 40,
  /** Int32: goes up with each change of `due`; the thread sleeps on it. */
  turn: 0,
  /** Int32: 1 ends the thread. */
  closed: 1,
  /** Float64 (index 1): the instant to wake at. */
  due: 1,
  /** Float64 (index 2): when the thread last posted. */
  posted: 2,
  /** Float64 (index 3): the instant that the thread sleeps until, unless it is notified; -Infinity: it looks by itself soon. */
  sleepingUntil: 3,
} as const;

/**
 * Instants nearer to each other than this are served by one wake-up: it bounds what pacing costs (a wake-up takes some 75 µs
 * of processor time: two threads, a write and a read), and leaves a quarter of the millisecond that a send may be late to
 * the wake-up itself.
 */
export const GRAIN_MS = 0.75;
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

/** Resolves when its thread runs: starting it takes as long as hundreds of requests. */
export async function startPacer(clock: Clock): Promise<Pacer> {
  const shared = new SharedArrayBuffer(PACER.bytes);
  const flags = new Int32Array(shared);
  const instants = new Float64Array(shared);
  const delays = newCounts();
  let callback = (): void => {};
  let wokenAtMs = 0;
  let askedMs = Infinity;
  instants[PACER.due] = Infinity;
  instants[PACER.sleepingUntil] = -Infinity;
  const thread = new Worker(compiledEntry('bench/worker/pacer-worker.js'), {
    workerData: shared,
  });
  await once(thread, 'message');
  const ask = (dueMs: number): void => {
    askedMs = dueMs;
    instants[PACER.due] = dueMs;
    // Whoever has read `due` before this does not fall asleep on it, and whoever sleeps has said until when before this.
    Atomics.add(flags, PACER.turn, 1);
    // A system call, where the thread would sleep too long.
    if (instants[PACER.sleepingUntil]! > dueMs) Atomics.notify(flags, PACER.turn);
  };
  thread.on('message', () => {
    wokenAtMs = clock.nowMs();
    askedMs = Infinity;
    delays[bucketOf(wokenAtMs - instants[PACER.posted]!)]!++;
    callback();
  });
  return {
    onDue: (each) => (callback = each),
    wakeAt: (dueMs) => {
      const wakeMs = Math.min(wokenAtMs + LONGEST_SLEEP_MS, dueMs);
      // Woken too early it is asked again.
      if (wakeMs < askedMs) ask(wakeMs);
    },
    loopDelay: () => sparse(delays),
    close: () => {
      Atomics.store(flags, PACER.closed, 1);
      ask(-Infinity);
    },
  };
}
