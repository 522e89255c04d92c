/** The pacer's thread: says that it runs, then sleeps until the instant in shared memory is due, posts, and sleeps until another is set. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/errors.ts';
import { realClock } from '../../platform/clock.ts';
import { GRAIN_MS, PACER } from './pacer.ts';

const port = parentPort;
assert(port !== null, 'the pacer runs in a thread of its own');
const clock = realClock();
const shared = workerData as SharedArrayBuffer;
const flags = new Int32Array(shared);
const instants = new Float64Array(shared);
/** So that a lost notification cannot stop the load. */
const LONGEST_WAIT_MS = 1_000;

port.postMessage(0);
let postedMs = -Infinity;
let servedTurn = -1;
while (Atomics.load(flags, PACER.closed) === 0) {
  const turn = Atomics.load(flags, PACER.turn);
  const nowMs = clock.nowMs();
  const restMs = postedMs + GRAIN_MS - nowMs;
  if (restMs > 0) {
    // Nothing can be due before: whatever is asked for meanwhile is heard afterwards.
    Atomics.wait(flags, PACER.closed, 0, restMs);
    continue;
  }
  const dueMs = turn === servedTurn ? Infinity : instants[PACER.due]!;
  if (dueMs > nowMs) {
    instants[PACER.sleepingUntil] = dueMs;
    Atomics.wait(flags, PACER.turn, turn, Math.min(dueMs - nowMs, LONGEST_WAIT_MS));
    instants[PACER.sleepingUntil] = -Infinity;
  } else {
    servedTurn = turn;
    postedMs = nowMs;
    instants[PACER.posted] = nowMs;
    port.postMessage(0);
  }
}
