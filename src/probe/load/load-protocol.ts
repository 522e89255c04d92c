/** What the measuring thread and its starter say to each other. */
import type { DiskOperation } from '../../base/disk.ts';
import type { LoadSpec, SampleBatch } from './load.ts';

export interface LoadWorkerData {
  readonly spec: LoadSpec;
  /** [STOP, READY]: see below. */
  readonly control: Int32Array;
}

/** Set to 1 to end the load. */
export const STOP = 0;
/** How many files are ready. */
export const READY = 1;

export type LoadMessage =
  | { readonly kind: 'batch'; readonly batch: SampleBatch }
  | { readonly kind: 'taken'; readonly sequence: number }
  /** `cpuWaitMs`: how long the thread was ready to run and no processor was free; undefined where the kernel keeps it. */
  | { readonly kind: 'ended'; readonly cpuWaitMs?: number }
  | { readonly kind: 'failed'; readonly message: string; readonly disk?: DiskFailure };

export interface DiskFailure {
  readonly operation: DiskOperation;
  readonly path: string;
  readonly code: string;
}
