/** What the log's thread and its owner say to each other. */
import type { DiskOperation } from '../../base/disk.ts';
import type { DiskModel } from '../disk-models/index.ts';
import type { WriteJob, WriteOutcome } from './job.ts';

export interface LogWorkerData {
  readonly directory: string;
  readonly segmentBytes: number;
  readonly modelled: ModelledLogDisk | undefined;
}

/** The disk that the log's is slowed down to, and what its chances are drawn from. */
export interface ModelledLogDisk {
  readonly model: DiskModel;
  readonly seed: number;
}

/** A job on the bytes of `buffer`, or the end: the thread goes, which is the answer. */
export type ToLogWorker = { readonly job: WriteJob; readonly buffer: SharedArrayBuffer } | 'close';

export type FromLogWorker =
  { readonly kind: 'done'; readonly outcome: WriteOutcome } | { readonly kind: 'failed'; readonly failure: LogFailure };

/** A DiskError, or another error's text, as plain data. */
export type LogFailure =
  { readonly operation: DiskOperation; readonly path: string; readonly code: string } | { readonly message: string };
