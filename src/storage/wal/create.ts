/** A new, empty log. */
import type { Disk } from '../../base/disk.ts';
import { OperationError } from '../../base/errors.ts';
import { RecordEncoder } from './encoder.ts';
import { formatSegmentName, METADATA_RECORD, SEGMENT_BYTES, SNAPSHOT_RECORD } from './format.ts';
import { encodeMetadata, encodeSnapshotMark, type LogMetadata } from './messages.ts';

/**
 * Makes a log in `directory`, which must not exist. It is made under another name and renamed when it is whole, so that a
 * crash leaves a log or none.
 */
export function createLog(
  disk: Disk,
  directory: string,
  metadata: LogMetadata,
  segmentBytes: number = SEGMENT_BYTES,
): void {
  if (disk.stat(directory) !== undefined) throw new OperationError(`cannot create a log in ${directory}: it exists`);
  const draft = `${directory}.tmp`;
  disk.makeDirectory(draft);
  for (const leftover of disk.list(draft)) disk.remove(`${draft}/${leftover}`);
  const encoder = new RecordEncoder((capacity) => new Uint8Array(capacity), 256, 0);
  encoder.crcRecord();
  encoder.record(METADATA_RECORD, encodeMetadata(metadata));
  encoder.record(SNAPSHOT_RECORD, encodeSnapshotMark({ index: 0, term: 0, confState: { voters: [], learners: [] } }));
  const file = disk.open(`${draft}/${formatSegmentName({ sequence: 0, firstIndex: 0 })}`, 'create');
  try {
    file.preallocate(segmentBytes);
    file.write(encoder.buffer.subarray(0, encoder.length), 0);
    file.sync();
  } finally {
    file.close();
  }
  disk.syncDirectory(draft);
  disk.rename(draft, directory);
  disk.syncDirectory(directory.slice(0, Math.max(1, directory.lastIndexOf('/'))));
}
