/**
 * Append and sync, as etcd's WAL and as fio's `--rw=write --fdatasync=1` do it.
 *
 * Only the fdatasync is timed as the sync; the write before it apart. At the end of a WAL segment come the steps that
 * etcd takes: the old segment is cut to its length and synced, the next one (prepared ahead) gets its head records and a
 * sync, takes its name, and the directory is synced. That sample is marked with the time of the whole switch.
 *
 * Source: etcd server/storage/wal/wal.go (cut, sync), file_pipeline.go, 3.5.
 */
import type { DiskFile } from '../../base/disk.ts';
import type { Random } from '../../base/random.ts';
import type { AppendSpec, Load, Sample } from './load.ts';
import { largestBytes, sizeSampler } from './record-sizes.ts';

/** Where the files come from and go to. */
export interface FileSupply {
  /** The prepared file of this number, from 0; may wait until it is there. */
  take(sequence: number): DiskFile;
  /** Gives a segment its final name and makes the name durable. */
  publish(sequence: number): void;
}

export interface LoadContext {
  readonly nowMs: () => number;
  readonly random: Random;
  readonly files: FileSupply;
}

/** The head of a segment: CRC, metadata and state records with their frames. */
const SEGMENT_HEAD_BYTES = 200;

export function appendLoad(spec: AppendSpec, { nowMs, random, files }: LoadContext): Load {
  const nextSize = sizeSampler(spec.recordSizes, random);
  const bytesOf = incompressible(random, largestBytes(spec.recordSizes));
  let sequence = 0;
  let file = files.take(sequence);
  let offset = 0;

  const timed = (bytes: Uint8Array, switchStartMs?: number): Sample => {
    const startMs = nowMs();
    file.write(bytes, offset);
    const writtenMs = nowMs();
    file.datasync();
    const syncedMs = nowMs();
    offset += bytes.length;
    if (switchStartMs !== undefined) files.publish(sequence);
    return {
      writeMs: writtenMs - startMs,
      syncMs: syncedMs - writtenMs,
      switchMs: switchStartMs === undefined ? 0 : nowMs() - switchStartMs,
      bytes: bytes.length,
    };
  };

  const switchSegment = (): Sample => {
    const startMs = nowMs();
    file.truncate(offset);
    file.datasync();
    // Told to stop meanwhile, `take` throws: the file that `close` will close is then still the open one.
    const next = files.take(sequence + 1);
    file.close();
    file = next;
    sequence += 1;
    offset = 0;
    return timed(bytesOf(SEGMENT_HEAD_BYTES), startMs);
  };

  return {
    step() {
      const size = nextSize();
      // etcd cuts when a segment has reached its size; the record that crosses the line still goes into it.
      if (spec.atEnd === 'switch' && offset >= spec.fileBytes) return switchSegment();
      if (spec.atEnd !== 'switch' && offset + size > spec.fileBytes) {
        if (spec.atEnd === 'stop') return undefined;
        offset = 0;
      }
      return timed(bytesOf(size));
    },
    close: () => file.close(),
  };
}

/** Slices of a pool of random bytes from random places: no compressing or deduplicating device gains from them. */
function incompressible(random: Random, largest: number): (size: number) => Uint8Array {
  const pool = new Uint32Array(Math.ceil(Math.max(1 << 22, 4 * largest) / 4));
  for (let i = 0; i < pool.length; i++) pool[i] = random.uint32();
  const bytes = new Uint8Array(pool.buffer);
  return (size) => {
    const start = random.below(bytes.length - size);
    return bytes.subarray(start, start + size);
  };
}
