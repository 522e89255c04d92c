/** The files of a log's directory. */
import type { Disk } from '../../base/disk.ts';
import { isZero } from './decoder.ts';
import { LogIncompleteError } from './errors.ts';
import { formatSegmentName, parseSegmentName, type SegmentName } from './format.ts';

const CHUNK_BYTES = 1 << 20;

/** The segments in order of sequence. Throws LogIncompleteError where one is missing between them. */
export function listSegments(disk: Disk, directory: string): SegmentName[] {
  const segments: SegmentName[] = [];
  // Names of equal length: text order is the order of sequence.
  for (const name of disk.list(directory)) {
    const segment = parseSegmentName(name);
    if (!segment) continue;
    const before = segments.at(-1);
    if (before && segment.sequence !== before.sequence + 1) {
      const missing = `between ${formatSegmentName(before)} and ${name} a segment is missing`;
      throw new LogIncompleteError(directory, missing);
    }
    if (before && segment.firstIndex < before.firstIndex) {
      throw new LogIncompleteError(directory, `${name} starts before ${formatSegmentName(before)}`);
    }
    segments.push(segment);
  }
  return segments;
}

/** Removes segments that were prepared ahead and never used. */
export function removePrepared(disk: Disk, directory: string): void {
  for (const name of disk.list(directory)) if (name.endsWith('.tmp')) disk.remove(`${directory}/${name}`);
}

/**
 * The whole content of a file. Chunks of zeros are left as the system gave them, untouched: reading a segment that is mostly
 * unwritten takes no memory for the rest of it.
 */
export function readWhole(disk: Disk, path: string): Uint8Array {
  const file = disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(file.sizeBytes());
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, bytes.length));
    let at = 0;
    for (let got = 1; at < bytes.length && got > 0; at += got) {
      got = file.read(chunk.subarray(0, Math.min(chunk.length, bytes.length - at)), at);
      if (!isZero(chunk, 0, got)) bytes.set(chunk.subarray(0, got), at);
    }
    return at === bytes.length ? bytes : bytes.subarray(0, at);
  } finally {
    file.close();
  }
}
