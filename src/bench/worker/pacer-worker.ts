/** The pacer's thread: sleeps until the instant in shared memory is due, posts, and sleeps until another is set. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/errors.ts';
import { realClock } from '../../platform/clock.ts';
import { PACER } from './pacer.ts';

const port = parentPort;
assert(port !== null, 'the pacer runs in a thread of its own');
const clock = realClock();
const shared = workerData as SharedArrayBuffer;
const flags = new Int32Array(shared);
const instants = new Float64Array(shared);
/** So that a lost notification cannot stop the load. */
const LONGEST_WAIT_MS = 1_000;

let servedTurn = -1;
while (Atomics.load(flags, PACER.closed) === 0) {
  const turn = Atomics.load(flags, PACER.turn);
  const waitMs = turn === servedTurn ? LONGEST_WAIT_MS : instants[PACER.due]! - clock.nowMs();
  if (waitMs > 0) {
    Atomics.wait(flags, PACER.turn, turn, Math.min(waitMs, LONGEST_WAIT_MS));
  } else {
    servedTurn = turn;
    instants[PACER.posted] = clock.nowMs();
    port.postMessage(0);
  }
}
