/** Where the records of the last segment stop: a clean end, a torn tail, or damage (see the head of format.ts). */
import { findSyncMark, isZero, type SegmentEnd } from './decoder.ts';
import { FRAME_HEADER_BYTES, SECTOR_BYTES } from './format.ts';

export type TailVerdict = { readonly kind: 'clean' | 'torn' } | { readonly kind: 'damaged'; readonly reason: string };

/** Judges the end of the last segment, whose whole content is `bytes`. */
export function judgeTail(bytes: Uint8Array, end: SegmentEnd): TailVerdict {
  if (end.kind === 'end' && isZero(bytes, end.offset, bytes.length)) return { kind: 'clean' };
  const mark = findSyncMark(bytes, end.offset);
  if (mark !== undefined) {
    const what = end.kind === 'bad' ? end.reason : 'the records stop';
    return { kind: 'damaged', reason: `${what}, although what follows at byte ${mark} was written after its sync` };
  }
  if (end.kind === 'end') {
    // A length of zero with bytes behind it: the sector of the length was not written, or the length was overwritten.
    const sectorEnd = (Math.floor(end.offset / SECTOR_BYTES) + 1) * SECTOR_BYTES;
    if (isZero(bytes, end.offset, sectorEnd)) return { kind: 'torn' };
    return { kind: 'damaged', reason: 'a length of zero stands before bytes that are not zero' };
  }
  if (!end.malformed && isIncomplete(bytes, end.offset, end.frameEnd)) return { kind: 'torn' };
  return { kind: 'damaged', reason: end.reason };
}

/** Whether a part of the frame never reached the disk: it lies past the end of the file, or is a whole sector of zeros. */
function isIncomplete(bytes: Uint8Array, offset: number, frameEnd: number): boolean {
  if (frameEnd > bytes.length) return true;
  for (let start = offset + FRAME_HEADER_BYTES; start < frameEnd;) {
    const sectorEnd = (Math.floor(start / SECTOR_BYTES) + 1) * SECTOR_BYTES;
    if (isZero(bytes, start, Math.min(sectorEnd, frameEnd))) return true;
    start = sectorEnd;
  }
  return false;
}
