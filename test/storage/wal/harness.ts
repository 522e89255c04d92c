/** A log on a disk of the test's choice, whose syncs end when the test says so. */
import type { Disk } from '../../../src/base/disk.ts';
import { seededRandom, type Random } from '../../../src/base/random.ts';
import type { Entry } from '../../../src/core/raft/types.ts';
import {
  createLog,
  inThreadHost,
  recoverLog,
  WriteAheadLog,
  type LogStart,
  type RecoveredLog,
  type SaveInfo,
  type SaveRequest,
} from '../../../src/storage/wal/index.ts';

export const DIRECTORY = '/member/wal';
export const METADATA = { nodeId: 0xbdae9bbc11dd390dn, clusterId: 0xd1e7cf3cf5ab6ac1n };
export const SEGMENT_BYTES = 16 << 10;

export interface OpenLog {
  readonly wal: WriteAheadLog;
  readonly recovered: RecoveredLog;
  /** Ends the sync under way, if one is. */
  readonly finishSync: () => void;
  /** Saves and ends every sync. */
  readonly saveNow: (request: Partial<SaveRequest>) => SaveInfo;
  readonly fatal: Error[];
}

export interface OpenOptions {
  readonly snapshots?: readonly LogStart[];
  readonly segmentBytes?: number;
  readonly maxSegments?: number;
}

/** Creates the log where there is none, recovers it and opens it for writing. */
export function openLog(disk: Disk, options: OpenOptions = {}): OpenLog {
  const segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
  disk.makeDirectory('/member');
  disk.syncDirectory('/');
  if (disk.stat(DIRECTORY) === undefined) createLog(disk, DIRECTORY, METADATA, segmentBytes);
  const recovered = recoverLog(disk, DIRECTORY, options.snapshots ?? [], segmentBytes);
  const fatal: Error[] = [];
  let finish: (() => void) | undefined;
  let nowMs = 0;
  const host = inThreadHost({
    disk,
    directory: DIRECTORY,
    segmentBytes,
    nowMs: () => nowMs++,
    later: (act) => (finish = act),
  });
  const wal = new WriteAheadLog({
    host,
    recovered,
    segmentBytes,
    maxSegments: options.maxSegments ?? 0,
    onFatal: (error) => void fatal.push(error),
  });
  const finishSync = (): void => {
    const act = finish;
    finish = undefined;
    act?.();
  };
  return {
    wal,
    recovered,
    finishSync,
    fatal,
    saveNow: (request) => {
      let info: SaveInfo | undefined;
      wal.save({ entries: [], mustSync: true, ...request }, (saved) => (info = saved));
      while (finish && !info) finishSync();
      if (!info) throw fatal[0] ?? new Error('the save was not answered');
      return info;
    },
  };
}

/** Entries `from` to `to` of a term, with data that tells them apart. */
export function entries(from: number, to: number, term = 1, dataBytes = 40): Entry[] {
  const random = seededRandom(from * 1000 + to * 7 + term);
  const list: Entry[] = [];
  for (let index = from; index <= to; index++) {
    list.push({ type: 0, term, index, data: randomBytes(random, dataBytes) });
  }
  return list;
}

/** Bytes none of which is zero, so that no sector of them looks unwritten. */
export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => 1 + random.below(255));
}

export function readFile(disk: Disk, path: string): Uint8Array {
  const file = disk.open(path, 'read');
  const bytes = new Uint8Array(file.sizeBytes());
  file.read(bytes, 0);
  file.close();
  return bytes;
}
