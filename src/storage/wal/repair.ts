/** What a start mends in the last segment before anything is appended to it. */
import type { Disk, DiskFile } from '../../base/disk.ts';
import { isZero } from './decoder.ts';
import { readWhole } from './files.ts';
import { formatSegmentName } from './format.ts';
import type { LogTail } from './recovery.ts';

const CHUNK_BYTES = 1 << 20;

/** Cuts the torn tail off, after a copy of the segment is safe; the path of the copy. */
export function cutTornTail(disk: Disk, directory: string, tail: LogTail): string {
  const path = `${directory}/${formatSegmentName(tail.segment)}`;
  const copy = keepCopy(disk, directory, path);
  const file = disk.open(path, 'read-write');
  try {
    // Bytes behind the cut must be gone, not only overwritten by and by: they would follow the next record.
    file.truncate(tail.offset);
    file.sync();
  } finally {
    file.close();
  }
  return copy;
}

/** Writes [from, to) of a file to it once more. */
export function writeAgain(file: DiskFile, from: number, to: number): void {
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, to - from));
  for (let at = from; at < to; at += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, to - at));
    file.read(part, at);
    file.write(part, at);
  }
}

function keepCopy(disk: Disk, directory: string, path: string): string {
  const bytes = readWhole(disk, path);
  let copy = `${path}.broken`;
  for (let n = 1; disk.stat(copy) !== undefined; n++) copy = `${path}.${n}.broken`;
  const file = disk.open(copy, 'create');
  try {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const end = Math.min(at + CHUNK_BYTES, bytes.length);
      // Zeros of a segment not yet written need no space in its copy.
      if (end === bytes.length || !isZero(bytes, at, end)) file.write(bytes.subarray(at, end), at);
    }
    file.sync();
  } finally {
    file.close();
  }
  disk.syncDirectory(directory);
  return copy;
}
