/** Bytes of one segment to records, up to its end or to the first bytes that are not a record. */
import { crc32c } from '../../base/crc32c.ts';
import { DecodeError } from '../../core/api/decode-error.ts';
import { Reader } from '../../core/api/reader.ts';
import { CRC_RECORD, CRC_TAG, DATA_TAG, FRAME_HEADER_BYTES, paddingBytes, SECTOR_BYTES, TYPE_TAG } from './format.ts';
import { expectTag, readNumber } from './fields.ts';

/** A record of a known type, other than crc, whose CRC is right. */
export interface ReadRecord {
  readonly type: number;
  /** Where its frame starts. */
  readonly offset: number;
  readonly dataStart: number;
  readonly dataEnd: number;
}

export type SegmentEnd =
  | {
      /** The records end at `offset`, by a length of zero or by the end of the file. */
      readonly kind: 'end';
      readonly offset: number;
      readonly crc: number;
      /** The last crc record: all before it has been synced. */
      readonly sealedTo: number;
    }
  | {
      /** What lies at `offset` is not a record. */
      readonly kind: 'bad';
      readonly offset: number;
      /** The running CRC before it. */
      readonly crc: number;
      readonly sealedTo: number;
      readonly reason: string;
      /** Where its frame ends by its own word; past the end of the file where it was cut short. */
      readonly frameEnd: number;
      /** The frame and the record inside state lengths that disagree, or one that cannot be: no write leaves that. */
      readonly malformed: boolean;
    };

/**
 * Calls `visit` for each record in order. `visit` returns why the record cannot stand, or undefined.
 * `crc` is the running value at the start; undefined takes the segment's own word for it.
 */
export function readSegment(
  bytes: Uint8Array,
  crc: number | undefined,
  visit: (record: ReadRecord) => string | undefined,
): SegmentEnd {
  let running = crc;
  let offset = 0;
  let sealedTo = 0;
  const bad = (reason: string, frameEnd: number, malformed: boolean): SegmentEnd => ({
    kind: 'bad',
    offset,
    crc: running ?? 0,
    sealedTo,
    reason,
    frameEnd,
    malformed,
  });
  for (;;) {
    if (bytes.length - offset < FRAME_HEADER_BYTES) {
      if (isZero(bytes, offset, bytes.length)) return { kind: 'end', offset, crc: running ?? 0, sealedTo };
      return bad('the frame is cut short', bytes.length + 1, false);
    }
    const length = frameLength(bytes, offset);
    if (length === 0) return { kind: 'end', offset, crc: running ?? 0, sealedTo };
    if (length < 0) return bad('the frame header is malformed', offset + FRAME_HEADER_BYTES, true);
    const start = offset + FRAME_HEADER_BYTES;
    const end = start + length;
    const frameEnd = end + paddingBytes(length);
    const head = readHead(bytes, start, length);
    if (head.length !== length) {
      // Unless the fields that say so never reached the disk, no crash explains it.
      const trusted = head.end < bytes.length && !endsInEmptySector(bytes, start, head.end, frameEnd);
      const reason = head.length < 0 ? 'the record is malformed' : 'the record has another length than its frame';
      return bad(reason, frameEnd, trusted);
    }
    if (frameEnd > bytes.length) return bad('the record is cut short', frameEnd, false);
    if (!isZero(bytes, end, frameEnd)) return bad('the padding of the record is not zero', frameEnd, false);
    if (head.type === CRC_RECORD) {
      if (head.dataStart !== undefined) return bad('a crc record has data', frameEnd, true);
      if (running !== undefined && running !== head.crc) return bad('the CRC chain is broken', frameEnd, false);
      running = head.crc;
      sealedTo = offset;
    } else {
      if (head.dataStart === undefined) return bad('the record has no data', frameEnd, true);
      if (running === undefined) return bad('the segment does not start with a crc record', frameEnd, true);
      const actual = crc32c(bytes, running, head.dataStart, end);
      if (actual !== head.crc) return bad('the CRC of the record is wrong', frameEnd, false);
      const refusal = visit({ type: head.type, offset, dataStart: head.dataStart, dataEnd: end });
      if (refusal !== undefined) return bad(refusal, frameEnd, true);
      running = actual;
    }
    offset = frameEnd;
  }
}

/** The offsets of crc records, whole and canonical, at or after `from`. */
export function findSyncMark(bytes: Uint8Array, from: number): number | undefined {
  for (let at = (from + 7) & ~7; at + 16 <= bytes.length; at += 8) {
    if (bytes[at + 8] !== TYPE_TAG || bytes[at + 9] !== CRC_RECORD || bytes[at + 10] !== CRC_TAG) continue;
    const length = frameLength(bytes, at);
    // A crc takes one to five bytes.
    if (length < 4 || length > 8) continue;
    const head = readHead(bytes, at + FRAME_HEADER_BYTES, length);
    if (head.length !== length || head.dataStart !== undefined) continue;
    const end = at + FRAME_HEADER_BYTES + length;
    if (isZero(bytes, end, end + paddingBytes(length))) return at;
  }
  return undefined;
}

/** The length a frame header states; −1 for a header that no writer makes. */
function frameLength(bytes: Uint8Array, at: number): number {
  const low = bytes[at]! + bytes[at + 1]! * 0x100 + bytes[at + 2]! * 0x10000 + bytes[at + 3]! * 0x1000000;
  const padding = low === 0 ? 0 : paddingBytes(low);
  const top = padding === 0 ? 0 : 0x80 | padding;
  const zeros = bytes[at + 4]! | bytes[at + 5]! | bytes[at + 6]!;
  return zeros === 0 && bytes[at + 7] === top ? low : -1;
}

interface RecordHead {
  readonly type: number;
  readonly crc: number;
  /** Undefined for a record without data. */
  readonly dataStart: number | undefined;
  /** Where the fields before the data end, or where they stop to make sense. */
  readonly end: number;
  /** Length of the whole record by what its fields say; −1 where they make no sense. */
  readonly length: number;
}

/** What stands before the data of a record. */
function readHead(bytes: Uint8Array, start: number, length: number): RecordHead {
  const limit = Math.min(start + length, bytes.length);
  const fields = new Reader(bytes, start, limit);
  let type = 0;
  let crc = 0;
  try {
    expectTag(fields, TYPE_TAG, 'the type');
    type = readNumber(fields, 'the type');
    expectTag(fields, CRC_TAG, 'the crc');
    crc = readNumber(fields, 'the crc');
    if (crc > 0xffffffff) throw new DecodeError('the crc is above 2^32 - 1');
    if (fields.pos === start + length) return { type, crc, dataStart: undefined, end: fields.pos, length };
    expectTag(fields, DATA_TAG, 'the data');
    const dataLength = readNumber(fields, 'the length');
    return { type, crc, dataStart: fields.pos, end: fields.pos, length: fields.pos + dataLength - start };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // The reader stands before a number that is cut off, which has up to ten bytes.
    return { type, crc, dataStart: undefined, end: Math.min(fields.pos + 10, limit), length: -1 };
  }
}

/** Whether [start, end) reaches into a sector of which the frame's part is all zeros: then its last fields cannot be trusted. */
function endsInEmptySector(bytes: Uint8Array, start: number, end: number, frameEnd: number): boolean {
  const sector = Math.floor((end - 1) / SECTOR_BYTES) * SECTOR_BYTES;
  return sector >= start && isZero(bytes, sector, Math.min(sector + SECTOR_BYTES, frameEnd));
}

/** Whether every byte of [start, end), as far as the file goes, is zero. */
export function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  const stop = Math.min(end, bytes.length);
  let at = start;
  for (; at < stop && (at & 7) !== 0; at++) if (bytes[at] !== 0) return false;
  const words = (stop - at) >>> 2;
  if (words > 16 && (bytes.byteOffset & 3) === 0) {
    const view = new Int32Array(bytes.buffer, bytes.byteOffset + at, words);
    for (let i = 0; i < words; i++) if (view[i] !== 0) return false;
    at += words * 4;
  }
  for (; at < stop; at++) if (bytes[at] !== 0) return false;
  return true;
}
