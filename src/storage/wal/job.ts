/** What the log asks of the disk: writes, one sync for all of them, then housekeeping. Plain data, so that it crosses threads. */
import type { SegmentName } from './format.ts';

/** Bytes [start, end) of a job's buffer for one segment. */
export interface WritePiece {
  readonly segment: SegmentName;
  /** Set where the segment is a new one, whose head the bytes start with: the segment before it, and its final size. */
  readonly ends: { readonly segment: SegmentName; readonly sizeBytes: number } | undefined;
  /** Where in the segment the bytes go. */
  readonly position: number;
  readonly start: number;
  readonly end: number;
}

export interface WriteJob {
  readonly pieces: readonly WritePiece[];
  /** Whether the bytes must be durable before the answer. */
  readonly sync: boolean;
  /** It was gathered while another job ran. */
  readonly gathered: boolean;
  /** Segments to remove once the answer is out, oldest first. */
  readonly remove: readonly SegmentName[];
}

/** What a job took. */
export interface WriteOutcome {
  /** Milliseconds of writing, as the thread that wrote saw it. */
  readonly writeMs: number;
  /** Milliseconds of each fdatasync or fsync, in order. */
  readonly syncMs: readonly number[];
  readonly bytes: number;
}

/** Runs jobs against a disk, one at a time, in a thread of its choice. */
export interface LogHost {
  /** Says where to report a failure; called once, before anything else. */
  watch(onFatal: FatalHandler): void;
  /** A buffer that `submit` takes. */
  allocate(capacity: number): Uint8Array;
  /** Runs a job on the bytes of `buffer`, which must stay as they are until `done`. Never called while another job runs. */
  submit(job: WriteJob, buffer: Uint8Array, done: (outcome: WriteOutcome) => void): void;
  /** Frees files and threads; called when no job runs, or after a failure. */
  close(done: () => void): void;
}

/** Told once when a write or sync has failed. No job is answered after that: what it held may or may not be durable. */
export type FatalHandler = (error: Error) => void;
