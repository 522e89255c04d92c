/** What a disk load is, whichever thread or simulation runs it. */
import type { RecordSizes } from './record-sizes.ts';

/** Appends with a sync after each, in files that are ready before they are needed. */
export interface AppendSpec {
  readonly kind: 'append';
  readonly directory: string;
  readonly fileBytes: number;
  readonly recordSizes: RecordSizes;
  /**
   * At the end of a file: `switch` to the next as etcd's WAL does, `again` from the start of the same as fio's
   * `--time_based` does, or `stop`.
   */
  readonly atEnd: 'switch' | 'again' | 'stop';
}

/** Batches of scattered pages, each batch with one sync, as the backend commits. */
export interface PagesSpec {
  readonly kind: 'pages';
  readonly directory: string;
  readonly fileBytes: number;
  readonly pageBytes: number;
  readonly pagesPerCommit: number;
}

/** One of these beside the measured load. */
export interface NeighbourSpec {
  readonly kind: 'neighbour';
  readonly directory: string;
  readonly neighbour: NeighbourName;
  readonly fileBytes: number;
}

export const NEIGHBOURS = ['image-pull', 'log-writer', 'snapshot-read', 'defragmentation'] as const;
export type NeighbourName = (typeof NEIGHBOURS)[number];

export type LoadShape = AppendSpec | PagesSpec | NeighbourSpec;

export interface LoadSpec {
  readonly shape: LoadShape;
  /** Steps started per second; undefined: each as soon as the last has ended. */
  readonly ratePerS?: number;
  readonly seed: number;
}

/** Samples in time order, one entry each in every array. */
export interface SampleBatch {
  /** When the step ended, in ms since the load began. */
  readonly atMs: Float64Array;
  /** How late the step began behind its scheduled instant, in ms; 0 without a rate. */
  readonly lateMs: Float64Array;
  readonly writeMs: Float64Array;
  readonly syncMs: Float64Array;
  /** Time of the whole switch of segments that the sample includes; 0 where there was none. */
  readonly switchMs: Float64Array;
  readonly bytes: Float64Array;
}

export interface Sample {
  readonly writeMs: number;
  readonly syncMs: number;
  readonly switchMs: number;
  readonly bytes: number;
}

/** A load that takes one step at a time; `undefined` says that it has reached its own end. */
export interface Load {
  step(): Sample | undefined;
  close(): void;
}

export interface RunningLoad {
  /** Asks the load to end; `ended` follows. */
  stop(): void;
  /** Settles when the load has ended; rejects with the error that ended it. */
  readonly ended: Promise<void>;
}

/** Runs loads: in workers of their own in real life, in no time at all in tests. */
export interface LoadRunner {
  start(spec: LoadSpec, onBatch: (batch: SampleBatch) => void): RunningLoad;
}

/** How the files got their space. */
export interface Preparation {
  /** `zero-filled` where fallocate(2) could not be had. */
  readonly how: 'fallocate' | 'zero-filled';
  /** The filesystem kept less space than it was asked for, as one that compresses does. */
  readonly sparse: boolean;
}
