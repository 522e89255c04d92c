/** The log's thread: it does nothing but write and sync, so that nothing else in the process can delay it. */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { DiskError, type Disk } from '../../base/disk.ts';
import { assert, errorMessage } from '../../base/errors.ts';
import { seededRandom } from '../../base/random.ts';
import { nodeDisk } from '../../platform/node-disk.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { FromLogWorker, LogFailure, LogWorkerData, ToLogWorker } from './worker-protocol.ts';

assert(parentPort, 'the log worker runs as a worker thread');
const port = parentPort;
const { directory, segmentBytes, modelled } = workerData as LogWorkerData;
const nowMs = (): number => performance.now();
const disk = await openDisk();
const writer = new SegmentWriter({ disk, directory, segmentBytes, nowMs });
const answer = (message: FromLogWorker): void => port.postMessage(message);

let failed = false;

port.on('message', (message: ToLogWorker) => {
  // After a failure nothing can be promised any more.
  if (!failed) attempt(() => handle(message));
  // Whoever ends the log waits for this thread to go, whatever has become of its files.
  if (message === 'close') port.close();
});

function handle(message: ToLogWorker): void {
  if (message === 'close') {
    writer.close();
    return;
  }
  answer({ kind: 'done', outcome: writer.run(message.job, new Uint8Array(message.buffer)) });
  writer.houseKeep(message.job);
}

function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    failed = true;
    answer({ kind: 'failed', failure: asData(error) });
  }
}

/** A model's files are loaded only where there is one: they are more than all the rest of this thread. */
async function openDisk(): Promise<Disk> {
  if (modelled === undefined) return nodeDisk();
  const { modelledDisk } = await import('../disk-models/index.ts');
  return modelledDisk(nodeDisk(), { model: modelled.model, nowMs, random: seededRandom(modelled.seed) });
}

function asData(error: unknown): LogFailure {
  if (!(error instanceof DiskError)) return { message: errorMessage(error) };
  return { operation: error.operation, path: error.path, code: error.code };
}
