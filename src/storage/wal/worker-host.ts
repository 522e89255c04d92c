/** Runs the log's jobs on a thread of their own, and lone small ones on this thread where that has proved fast. */
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { DiskError } from '../../base/disk.ts';
import { asError, assert, OperationError } from '../../base/errors.ts';
import { compiledEntry } from '../../platform/entry.ts';
import { nodeDisk } from '../../platform/node-disk.ts';
import { SEGMENT_BYTES } from './format.ts';
import { InlinePolicy } from './inline-policy.ts';
import type { FatalHandler, LogHost, WriteJob, WriteOutcome } from './job.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { FromLogWorker, LogFailure, LogWorkerData, ModelledLogDisk, ToLogWorker } from './worker-protocol.ts';

/** A job is a few small objects; with V8's default this thread could take 48 MiB for them. */
const WORKER_YOUNG_MB = 2;

export interface WorkerHostOptions {
  readonly directory: string;
  /** Size to which segments are preallocated. */
  readonly segmentBytes?: number;
  /** A sync of at most this long may hold up the calling thread; 0 keeps every sync off it. */
  readonly inlineLimitMs: number;
  /** A disk that the real one is slowed down to: its waits never hold up the calling thread. */
  readonly modelled?: ModelledLogDisk | undefined;
}

export function workerHost(options: WorkerHostOptions): LogHost {
  return new WorkerHost(options);
}

class WorkerHost implements LogHost {
  private readonly worker: Worker;
  private readonly inline: SegmentWriter;
  private readonly policy: InlinePolicy | undefined;
  private onFatal: FatalHandler = () => undefined;
  private done: ((outcome: WriteOutcome) => void) | undefined;
  private closed: (() => void) | undefined;
  private failed = false;
  private exited = false;

  constructor(options: WorkerHostOptions) {
    const { directory, segmentBytes = SEGMENT_BYTES, inlineLimitMs, modelled } = options;
    this.inline = new SegmentWriter({ disk: nodeDisk(), directory, segmentBytes, nowMs: () => performance.now() });
    this.policy = inlineLimitMs > 0 && modelled === undefined ? new InlinePolicy(inlineLimitMs) : undefined;
    const workerData: LogWorkerData = { directory, segmentBytes, modelled };
    this.worker = new Worker(compiledEntry('storage/wal/log-worker.js'), {
      workerData,
      name: 'wal',
      resourceLimits: { maxYoungGenerationSizeMb: WORKER_YOUNG_MB },
    });
    this.worker.on('message', (message: FromLogWorker) => this.receive(message));
    this.worker.on('error', (error) => this.fail(asError(error)));
    this.worker.on('exit', () => {
      this.exited = true;
      if (this.closed) this.closed();
      else this.fail(new OperationError(`the thread of the write-ahead log ${directory} ended`));
    });
  }

  watch(onFatal: FatalHandler): void {
    this.onFatal = onFatal;
  }

  allocate(capacity: number): Uint8Array {
    return new Uint8Array(new SharedArrayBuffer(capacity));
  }

  submit(job: WriteJob, buffer: Uint8Array, done: (outcome: WriteOutcome) => void): void {
    if (this.failed) return;
    this.done = done;
    if (this.policy?.allows(job)) this.runInline(job, buffer);
    else this.post({ job, buffer: sharedBuffer(buffer) });
  }

  close(done: () => void): void {
    this.closed = done;
    if (this.exited) queueMicrotask(done);
    else if (this.failed) void this.worker.terminate();
    else {
      this.inline.close();
      this.post('close');
    }
  }

  private runInline(job: WriteJob, buffer: Uint8Array): void {
    try {
      const outcome = this.inline.run(job, buffer);
      // Never inside the caller's own call.
      queueMicrotask(() => this.finish(outcome));
    } catch (error) {
      this.fail(asError(error));
    }
  }

  private receive(message: FromLogWorker): void {
    if (message.kind === 'done') this.finish(message.outcome);
    else this.fail(errorOf(message.failure));
  }

  private finish(outcome: WriteOutcome): void {
    if (this.failed) return;
    this.policy?.finished(outcome);
    const done = this.done;
    this.done = undefined;
    done?.(outcome);
  }

  private fail(error: Error): void {
    if (this.failed) return;
    this.failed = true;
    this.done = undefined;
    this.onFatal(error);
  }

  private post(message: ToLogWorker): void {
    this.worker.postMessage(message);
  }
}

function sharedBuffer(buffer: Uint8Array): SharedArrayBuffer {
  assert(buffer.buffer instanceof SharedArrayBuffer, 'the buffer is one that the host has allocated');
  return buffer.buffer;
}

function errorOf(failure: LogFailure): Error {
  if ('message' in failure) return new OperationError(failure.message);
  return new DiskError(failure.operation, failure.path, failure.code);
}
