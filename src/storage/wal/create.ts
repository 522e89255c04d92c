/** A new, empty log. */
import type { Disk } from '../../base/disk.ts';
import { OperationError } from '../../base/errors.ts';
import { RecordEncoder } from './encoder.ts';
import { formatSegmentName, METADATA_RECORD, SEGMENT_BYTES, SNAPSHOT_RECORD, type SegmentName } from './format.ts';
import { encodeMetadata, encodeSnapshotMark, type LogMetadata } from './messages.ts';
import type { RecoveredLog } from './recovery.ts';

/**
 * Makes a log in `directory`, which must be empty or not exist, and gives it as `recoverLog` would. It is made under another
 * name and renamed when it is whole, so that a crash leaves a log or none. Throws OperationError, DiskError.
 */
export function createLog(
  disk: Disk,
  directory: string,
  metadata: LogMetadata,
  segmentBytes: number = SEGMENT_BYTES,
): RecoveredLog {
  if (disk.stat(directory) !== undefined && disk.list(directory).length > 0) {
    throw new OperationError(`cannot create a write-ahead log in ${directory}: it must be empty or not exist`);
  }
  const draft = `${directory}.tmp`;
  disk.makeDirectory(draft);
  for (const leftover of disk.list(draft)) disk.remove(`${draft}/${leftover}`);
  const encoder = new RecordEncoder((capacity) => new Uint8Array(capacity), 256, 0);
  encoder.crcRecord();
  encoder.record(METADATA_RECORD, encodeMetadata(metadata));
  encoder.record(SNAPSHOT_RECORD, encodeSnapshotMark({ index: 0, term: 0, confState: { voters: [], learners: [] } }));
  const segment: SegmentName = { sequence: 0, firstIndex: 0 };
  const file = disk.open(`${draft}/${formatSegmentName(segment)}`, 'create');
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
  return {
    directory,
    metadata,
    hardState: { term: 0, vote: 0n, commit: 0 },
    mark: { index: 0, term: 0, confState: undefined },
    entries: [],
    segments: [segment],
    tail: { segment, offset: encoder.length, crc: encoder.crc, sealedTo: 0 },
    tornSegment: undefined,
  };
}
