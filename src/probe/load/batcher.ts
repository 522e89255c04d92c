/** Collects samples into batches, so that a sample costs the measuring thread no message of its own. */
import type { Sample, SampleBatch } from './load.ts';

const CAPACITY = 2048;

export interface Batcher {
  add(sample: Sample, atMs: number, lateMs: number): void;
  readonly size: number;
  readonly full: boolean;
  /** What was collected; the batcher is empty afterwards. */
  take(): SampleBatch;
}

export function batcher(): Batcher {
  let batch = emptyBatch(CAPACITY);
  let size = 0;
  return {
    add(sample, atMs, lateMs) {
      batch.atMs[size] = atMs;
      batch.lateMs[size] = lateMs;
      batch.writeMs[size] = sample.writeMs;
      batch.syncMs[size] = sample.syncMs;
      batch.switchMs[size] = sample.switchMs;
      batch.bytes[size] = sample.bytes;
      size += 1;
    },
    get size() {
      return size;
    },
    get full() {
      return size === CAPACITY;
    },
    take() {
      const cut = (values: Float64Array): Float64Array => values.slice(0, size);
      const taken = {
        atMs: cut(batch.atMs),
        lateMs: cut(batch.lateMs),
        writeMs: cut(batch.writeMs),
        syncMs: cut(batch.syncMs),
        switchMs: cut(batch.switchMs),
        bytes: cut(batch.bytes),
      };
      batch = emptyBatch(CAPACITY);
      size = 0;
      return taken;
    },
  };
}

function emptyBatch(length: number): SampleBatch {
  return {
    atMs: new Float64Array(length),
    lateMs: new Float64Array(length),
    writeMs: new Float64Array(length),
    syncMs: new Float64Array(length),
    switchMs: new Float64Array(length),
    bytes: new Float64Array(length),
  };
}
