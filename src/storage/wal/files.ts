/** The files of a log's directory. */
import type { Disk } from '../../base/disk.ts';
import { LogIncompleteError } from './errors.ts';
import { formatSegmentName, parseSegmentName, type SegmentName } from './format.ts';

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

export function readWhole(disk: Disk, path: string): Uint8Array {
  const file = disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(file.sizeBytes());
    const got = file.read(bytes, 0);
    return got === bytes.length ? bytes : bytes.subarray(0, got);
  } finally {
    file.close();
  }
}
