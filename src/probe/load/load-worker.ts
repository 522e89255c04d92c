/**
 * The thread that measures: nothing but write, fdatasync and the clock between them.
 *
 * The synchronous calls are timed here because the asynchronous ones add the queue of libuv's pool and the event loop to
 * every sample. The thread has no event loop turn of its own while it runs: it is told to stop, and that a file is ready,
 * through shared memory.
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { DiskError } from '../../base/disk.ts';
import { errorMessage } from '../../base/errors.ts';
import { seededRandom } from '../../base/random.ts';
import { nodeDisk } from '../../platform/node-disk.ts';
import { appendLoad, type FileSupply } from './append-load.ts';
import { batcher } from './batcher.ts';
import { fileName, preparedName } from './files.ts';
import type { Load, LoadSpec } from './load.ts';
import { READY, STOP, type LoadMessage, type LoadWorkerData } from './load-protocol.ts';
import { neighbourLoad } from './neighbour-load.ts';
import { pagesLoad } from './pages-load.ts';

/** Batches at least this often, so that progress is seen and an early stop is early. */
const BATCH_EVERY_MS = 200;

function send(message: LoadMessage): void {
  parentPort?.postMessage(message);
}

function run({ spec, control }: LoadWorkerData): void {
  const nowMs = (): number => performance.now();
  const stopped = (): boolean => Atomics.load(control, STOP) === 1;
  const load = openLoad(spec, control);
  const batch = batcher();
  const intervalMs = spec.ratePerS === undefined ? undefined : 1000 / spec.ratePerS;
  const startMs = nowMs();
  let sentMs = startMs;
  try {
    for (let step = 0; !stopped(); step++) {
      const dueMs = intervalMs === undefined ? undefined : startMs + step * intervalMs;
      if (dueMs !== undefined) {
        // Waiting on the stop word sleeps without burning a core, and ends at once on a stop.
        for (let left = dueMs - nowMs(); left > 0 && !stopped(); left = dueMs - nowMs()) {
          Atomics.wait(control, STOP, 0, left);
        }
        if (stopped()) break;
      }
      const lateMs = dueMs === undefined ? 0 : Math.max(0, nowMs() - dueMs);
      const sample = load.step();
      if (sample === undefined) break;
      const endMs = nowMs();
      batch.add(sample, endMs - startMs, lateMs);
      if (batch.full || endMs - sentMs >= BATCH_EVERY_MS) {
        send({ kind: 'batch', batch: batch.take() });
        sentMs = endMs;
      }
    }
  } finally {
    if (batch.size > 0) send({ kind: 'batch', batch: batch.take() });
    load.close();
  }
}

function openLoad({ shape, seed }: LoadSpec, control: Int32Array): Load {
  const context = {
    nowMs: () => performance.now(),
    random: seededRandom(seed),
    files: preparedFiles(shape.directory, control),
  };
  switch (shape.kind) {
    case 'append':
      return appendLoad(shape, context);
    case 'pages':
      return pagesLoad(shape, context);
    case 'neighbour':
      return neighbourLoad(shape, { ...context, disk: nodeDisk() });
  }
}

function preparedFiles(directory: string, control: Int32Array): FileSupply {
  const disk = nodeDisk();
  return {
    take(sequence) {
      for (let ready = Atomics.load(control, READY); ready <= sequence; ready = Atomics.load(control, READY)) {
        if (Atomics.load(control, STOP) === 1) throw new Stopped();
        Atomics.wait(control, READY, ready, 100);
      }
      send({ kind: 'taken', sequence });
      return disk.open(`${directory}/${preparedName(sequence)}`, 'read-write');
    },
    publish(sequence) {
      disk.rename(`${directory}/${preparedName(sequence)}`, `${directory}/${fileName(sequence)}`);
      disk.syncDirectory(directory);
    },
  };
}

/** Told to stop while it waited for a file. */
class Stopped extends Error {}

/** Run-queue delay of this thread so far, from the scheduler's own count (proc_pid_schedstat). */
function cpuWaitMs(): number | undefined {
  try {
    const nanoseconds = Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]);
    return Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : undefined;
  } catch {
    return undefined;
  }
}

try {
  const before = cpuWaitMs();
  run(workerData as LoadWorkerData);
  const after = cpuWaitMs();
  send({ kind: 'ended', ...(before === undefined || after === undefined ? {} : { cpuWaitMs: after - before }) });
} catch (error) {
  if (error instanceof Stopped) send({ kind: 'ended' });
  else if (error instanceof DiskError) {
    const { operation, path, code, message } = error;
    send({ kind: 'failed', message, disk: { operation, path, code } });
  } else send({ kind: 'failed', message: errorMessage(error) });
}
