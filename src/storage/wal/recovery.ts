/** From a log's directory to what raft starts from, with the torn tail of a crash cut off. */
import type { Disk } from '../../base/disk.ts';
import type { Entry, HardState } from '../../core/raft/types.ts';
import { readSegment } from './decoder.ts';
import { LogDamageError, LogIncompleteError } from './errors.ts';
import { formatSegmentName, SEGMENT_BYTES, type SegmentName } from './format.ts';
import { listSegments, readWhole, removePrepared } from './files.ts';
import type { LoggedMark, LogMetadata } from './messages.ts';
import { cutTornTail, writeAgain } from './repair.ts';
import { Replay, type LogStart } from './replay.ts';
import { judgeTail } from './tail.ts';

/** Where the next record goes. */
export interface LogTail {
  readonly segment: SegmentName;
  readonly offset: number;
  readonly crc: number;
  /** What stands before this in the segment is known to have been synced. */
  readonly sealedTo: number;
}

/** A log as read back. */
export interface RecoveredLog {
  readonly directory: string;
  readonly metadata: LogMetadata;
  readonly hardState: HardState;
  /** The snapshot record that the entries follow; { 0, 0 } for the beginning of the log. */
  readonly mark: LoggedMark;
  /** Every entry after `mark`, in order; those after `hardState.commit` are not known to be committed. */
  readonly entries: Entry[];
  readonly segments: readonly SegmentName[];
  readonly tail: LogTail;
  /** Path of the copy kept of a segment whose torn tail was cut off, or would be: undefined where it was whole. */
  readonly tornSegment: string | undefined;
}

const BEGINNING: LogStart = { index: 0, term: 0 };

/** Whether `directory` holds a log. */
export function hasLog(disk: Disk, directory: string): boolean {
  return disk.stat(directory) !== undefined && listSegments(disk, directory).length > 0;
}

/**
 * Reads a log without changing anything, from the newest of `snapshots` (on hand, any order) that the log confirms: its
 * mark was logged and its index is committed. Without one, from the beginning of the log.
 * Throws LogDamageError, LogIncompleteError, DiskError.
 */
export function readLog(disk: Disk, directory: string, snapshots: readonly LogStart[] = []): RecoveredLog {
  const segments = listSegments(disk, directory);
  if (segments.length === 0) throw new LogIncompleteError(directory, 'it has no segment');
  const starts = [...snapshots].sort((a, b) => b.index - a.index);
  if (!starts.some((start) => start.index === 0)) starts.push(BEGINNING);
  for (const start of starts) {
    const recovered = readFrom(disk, directory, segments, start);
    if (recovered) return recovered;
  }
  const oldest = segments[0]!.firstIndex;
  const tried = starts.map((start) => start.index).join(', ');
  throw new LogIncompleteError(
    directory,
    `it starts at index ${oldest} and confirms no snapshot on hand (tried index ${tried})`,
  );
}

/**
 * `readLog`, then makes the log ready for appending: a torn tail is cut off and a copy of the segment kept with the ending
 * `.broken`, the last segment is extended with zeros to its full size, and segments only prepared are removed.
 *
 * What was never known to be synced is written again: after a sync that failed, the system may hold such bytes in memory as
 * if they were on disk, and no later sync would write them.
 */
export function recoverLog(
  disk: Disk,
  directory: string,
  snapshots: readonly LogStart[] = [],
  segmentBytes: number = SEGMENT_BYTES,
): RecoveredLog {
  const recovered = readLog(disk, directory, snapshots);
  removePrepared(disk, directory);
  const path = `${directory}/${formatSegmentName(recovered.tail.segment)}`;
  const copy = recovered.tornSegment === undefined ? undefined : cutTornTail(disk, directory, recovered.tail);
  const file = disk.open(path, 'read-write');
  try {
    if (file.sizeBytes() < segmentBytes) file.preallocate(segmentBytes);
    writeAgain(file, recovered.tail.sealedTo, recovered.tail.offset);
    file.sync();
  } finally {
    file.close();
  }
  return { ...recovered, tornSegment: copy };
}

/** Undefined where the log does not confirm `start`. */
function readFrom(
  disk: Disk,
  directory: string,
  segments: readonly SegmentName[],
  start: LogStart,
): RecoveredLog | undefined {
  const first = segments.findLastIndex((segment) => segment.firstIndex <= start.index);
  if (first < 0) return undefined;
  const replay = new Replay(start);
  // The chain starts at zero; a later segment's own word must do where the ones before it are gone.
  let crc = segments[first]!.sequence === 0 ? 0 : undefined;
  let offset = 0;
  let sealedTo = 0;
  let torn = false;
  for (let i = first; i < segments.length; i++) {
    const name = formatSegmentName(segments[i]!);
    const bytes = readWhole(disk, `${directory}/${name}`);
    replay.beginSegment();
    const end = readSegment(bytes, crc, (record) => replay.accept(bytes, record));
    const verdict = judgeTail(bytes, end);
    if (verdict.kind === 'damaged') throw new LogDamageError(name, end.offset, verdict.reason);
    torn = verdict.kind === 'torn';
    if (torn && i < segments.length - 1) {
      throw new LogDamageError(name, end.offset, 'its records are torn, although a later segment exists');
    }
    if (!replay.hasHead) throw new LogDamageError(name, end.offset, 'the segment has no head');
    crc = end.crc;
    offset = end.offset;
    sealedTo = end.sealedTo;
  }
  const { metadata, hardState, mark, entries, lastIndex } = replay;
  if (!mark || !metadata || start.index > hardState.commit) return undefined;
  if (hardState.commit > lastIndex) {
    throw new LogIncompleteError(directory, `index ${hardState.commit} is committed but the log ends at ${lastIndex}`);
  }
  const segment = segments.at(-1)!;
  return {
    directory,
    metadata,
    hardState,
    mark,
    entries,
    segments,
    tail: { segment, offset, crc: crc ?? 0, sealedTo },
    tornSegment: torn ? `${directory}/${formatSegmentName(segment)}` : undefined,
  };
}
