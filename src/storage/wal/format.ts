/**
 * The write-ahead log on disk: etcd's own format, so that etcd and its tools read it.
 * Source: etcd 3.4–3.7, server/storage/wal (file format) and walpb, raftpb (messages).
 *
 * Directory  Segments named `<sequence>-<first raft index>.wal`, both as 16 lower-case hex digits, the sequence without
 *            gaps. Beside them may lie `.tmp` files (the next segment, prepared ahead; removed at start) and `.broken`
 *            files (a copy of a segment as it was before its torn tail was cut off).
 * Segment    Frames, then zeros up to 64,000,000 bytes. A segment ends with the record that passes that size: it is then
 *            cut to its true length, and the next one, complete with its head, is renamed into place.
 * Frame      8 bytes little-endian, then the record, then zeros up to a multiple of 8. The low 56 bits are the length of
 *            the record; where there is padding, the top byte is 0x80 | its length (1–7), else 0.
 * Record     proto2 { 1 type · 2 crc · 3 data }, in this order. `crc` is the CRC-32C of all `data` so far, over records
 *            and segments. A crc record has no data and states the running value.
 * Types      1 metadata { 1 node id · 2 cluster id } · 2 entry raftpb.Entry · 3 state raftpb.HardState · 4 crc ·
 *            5 snapshot { 1 index · 2 term · 3 raftpb.ConfState, for index > 0 }
 * Head       crc, metadata; then in the first segment a snapshot { 0, 0 }, in later ones the last state.
 * Sync mark  A crc record further on: this writer puts one before the first record of a write when everything before it
 *            has been synced. To etcd it is one more check; to us it says that no record before it may be torn.
 *
 * What a crash can leave, and what becomes of it:
 * - Only the last segment, and in it only what follows the last sync mark, may hold a write that was never synced. Its
 *   512-byte sectors may each have reached the disk or not; those that did not still are zeros, or lie past the end of
 *   the file. Such a torn tail is cut off after a copy is kept. None of it was ever acknowledged.
 * - Everything else is damage: a bad record before a sync mark, in an earlier segment, or without a missing sector. It is
 *   refused by segment and offset. Without sync marks (a log that etcd wrote) the missing sector alone decides.
 */

/** Bytes at which a segment is full: decimal megabytes. Source: etcd server/storage/wal, SegmentSizeBytes. */
export const SEGMENT_BYTES = 64_000_000;

/** The unit that a disk writes whole or not at all. */
export const SECTOR_BYTES = 512;

export const METADATA_RECORD = 1;
export const ENTRY_RECORD = 2;
export const STATE_RECORD = 3;
export const CRC_RECORD = 4;
export const SNAPSHOT_RECORD = 5;

export const FRAME_HEADER_BYTES = 8;

/** Record tags: field number and wire type. */
export const TYPE_TAG = 0x08;
export const CRC_TAG = 0x10;
export const DATA_TAG = 0x1a;

export interface SegmentName {
  readonly sequence: number;
  /** The raft index of the first entry that the segment may hold. */
  readonly firstIndex: number;
}

export function formatSegmentName({ sequence, firstIndex }: SegmentName): string {
  return formatPair(sequence, firstIndex, '.wal');
}

/** Undefined for any other file name. */
export function parseSegmentName(text: string): SegmentName | undefined {
  const [sequence, firstIndex] = parsePair(text, '.wal') ?? [];
  return sequence === undefined || firstIndex === undefined ? undefined : { sequence, firstIndex };
}

/** Two numbers as etcd names its files by them: 16 hex digits each, so that text order is theirs. */
export function formatPair(first: number, second: number, ending: string): string {
  return `${hex16(first)}-${hex16(second)}${ending}`;
}

/** Undefined for any other file name. */
export function parsePair(text: string, ending: string): [first: number, second: number] | undefined {
  const match = /^([0-9a-f]{16})-([0-9a-f]{16})(\.\w+)$/.exec(text);
  if (match?.[3] !== ending) return undefined;
  const [first, second] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)];
  return Number.isSafeInteger(first) && Number.isSafeInteger(second) ? [first, second] : undefined;
}

function hex16(value: number): string {
  return value.toString(16).padStart(16, '0');
}

/** Zeros after a record of `length` bytes. */
export function paddingBytes(length: number): number {
  return -length & 7;
}
