/** Runs a load in a worker of its own, and keeps the next file ready for it, as etcd's file pipeline does. */
import { randomFillSync } from 'node:crypto';
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Disk } from '../../base/disk.ts';
import { DiskError } from '../../base/disk.ts';
import { OperationError } from '../../base/errors.ts';
import { compiledEntry } from '../../platform/entry.ts';
import { fileName, preparedName } from './files.ts';
import type { LoadRunner, LoadSpec, NeighbourName, Preparation, RunningLoad, SampleBatch } from './load.ts';
import { READY, STOP, type LoadMessage, type LoadWorkerData } from './load-protocol.ts';
import { neighbourFile } from './neighbour-load.ts';

export interface WorkerRunner extends LoadRunner {
  /** How the files got their space; undefined before the first. */
  preparation(): Preparation | undefined;
  /** How long measuring threads waited for a processor, in all; undefined where the kernel does not tell. */
  cpuWaitMs(): number | undefined;
}

export function workerRunner(disk: Disk): WorkerRunner {
  let preparation: Preparation | undefined;
  let cpuWaitMs: number | undefined;
  return {
    preparation: () => preparation,
    cpuWaitMs: () => cpuWaitMs,
    start: (spec, onBatch) =>
      startWorker(spec, onBatch, disk, {
        prepared: (how) => (preparation = how),
        waited: (ms) => (cpuWaitMs = (cpuWaitMs ?? 0) + ms),
      }),
  };
}

function startWorker(
  spec: LoadSpec,
  onBatch: (batch: SampleBatch) => void,
  disk: Disk,
  report: { readonly prepared: (how: Preparation) => void; readonly waited: (ms: number) => void },
): RunningLoad {
  const { shape } = spec;
  const control = new Int32Array(new SharedArrayBuffer(8));
  const prepare = (sequence: number): void => {
    const file = disk.open(`${shape.directory}/${preparedName(sequence)}`, 'create');
    try {
      const how = file.preallocate(shape.fileBytes);
      // Dirty zeros of a filled file would be written under the first timed syncs.
      file.sync();
      report.prepared({ how, sparse: isSparse(file.path) });
    } finally {
      file.close();
    }
    Atomics.store(control, READY, sequence + 1);
    Atomics.notify(control, READY);
  };
  const settle = (sequence: number): void => {
    if (shape.kind !== 'append' || shape.atEnd !== 'switch') return;
    prepare(sequence + 1);
    // Name 0 was never published; the segment before the one just taken is complete.
    if (sequence > 0) disk.remove(`${shape.directory}/${sequence === 1 ? preparedName(0) : fileName(sequence - 1)}`);
  };
  if (shape.kind === 'neighbour') prepareNeighbour(disk, shape.directory, shape.neighbour, shape.fileBytes);
  else prepare(0);

  const workerData: LoadWorkerData = { spec, control };
  const worker = new Worker(compiledEntry('probe/load/load-worker.js'), { workerData });
  const stop = (): void => {
    Atomics.store(control, STOP, 1);
    Atomics.notify(control, STOP);
    Atomics.notify(control, READY);
  };
  const ended = new Promise<void>((resolve, reject) => {
    let failure: Error | undefined;
    worker.on('message', (message: LoadMessage) => {
      try {
        if (message.kind === 'batch') onBatch(message.batch);
        else if (message.kind === 'taken') settle(message.sequence);
        else if (message.kind === 'ended' && message.cpuWaitMs !== undefined) report.waited(message.cpuWaitMs);
        else if (message.kind === 'failed') failure ??= errorOf(message);
      } catch (error) {
        // No next file, or a caller that cannot go on: the load ends, the reason stays.
        failure ??= error instanceof Error ? error : new OperationError(String(error));
        stop();
      }
    });
    worker.on('error', (error) => (failure ??= error));
    worker.on('exit', () => {
      empty(disk, shape.directory);
      if (failure === undefined) resolve();
      else reject(failure);
    });
  });
  return { stop, ended };
}

function errorOf({ message, disk }: LoadMessage & { kind: 'failed' }): Error {
  return disk === undefined ? new OperationError(message) : new DiskError(disk.operation, disk.path, disk.code);
}

/** A reader needs something to read; a writer starts on nothing. */
function prepareNeighbour(disk: Disk, directory: string, name: NeighbourName, bytes: number): void {
  if (name !== 'snapshot-read') return;
  const file = disk.open(neighbourFile(directory, name), 'create');
  try {
    const chunk = new Uint8Array(1 << 20);
    for (let at = 0; at < bytes; at += chunk.length) {
      randomFillSync(chunk);
      file.write(chunk.subarray(0, Math.min(chunk.length, bytes - at)), at);
    }
    file.sync();
  } finally {
    file.close();
  }
}

/** What the load leaves is of no more use; a directory that cannot be emptied goes with the scratch directory. */
function empty(disk: Disk, directory: string): void {
  try {
    for (const name of disk.list(directory)) disk.remove(`${directory}/${name}`);
  } catch {
    return;
  }
}

function isSparse(path: string): boolean {
  const { size, blocks } = statSync(path);
  return blocks * 512 < size * 0.9;
}
