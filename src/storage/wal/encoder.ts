/** Records to bytes: frames one after the other into a buffer, with the running CRC. */
import { crc32c } from '../../base/crc32c.ts';
import { varintSize, writeVarint } from '../../core/api/varint.ts';
import type { Entry } from '../../core/raft/types.ts';
import { CRC_RECORD, CRC_TAG, DATA_TAG, ENTRY_RECORD, FRAME_HEADER_BYTES, paddingBytes, TYPE_TAG } from './format.ts';
import { entryBytes, writeEntry } from './messages.ts';

/** Gives a buffer of at least `capacity` bytes; the encoder copies what it had. */
export type AllocateBuffer = (capacity: number) => Uint8Array;

/** A CRC takes five bytes as a varint fifteen times out of sixteen. */
const CRC_BYTES = 5;

export class RecordEncoder {
  private readonly allocate: AllocateBuffer;
  private out: Uint8Array;
  private end = 0;
  private running: number;

  constructor(allocate: AllocateBuffer, capacity: number, crc: number) {
    this.allocate = allocate;
    this.out = allocate(capacity);
    this.running = crc;
  }

  /** CRC of all data so far. */
  get crc(): number {
    return this.running;
  }

  /** Bytes encoded since the last `swap`. */
  get length(): number {
    return this.end;
  }

  /** The buffer, of which the first `length` bytes are encoded. */
  get buffer(): Uint8Array {
    return this.out;
  }

  /** Goes on in another buffer, from its start. */
  swap(buffer: Uint8Array): void {
    this.out = buffer;
    this.end = 0;
  }

  entry(entry: Entry): void {
    const length = entryBytes(entry);
    const at = this.reserve(length);
    writeEntry(this.out, at, entry);
    this.finish(ENTRY_RECORD, at, length);
  }

  record(type: number, data: Uint8Array): void {
    const at = this.reserve(data.length);
    this.out.set(data, at);
    this.finish(type, at, data.length);
  }

  /** States the running CRC: at the head of a segment, and as a sync mark. */
  crcRecord(): void {
    this.grow(FRAME_HEADER_BYTES + 16);
    const start = this.end + FRAME_HEADER_BYTES;
    this.out[start] = TYPE_TAG;
    this.out[start + 1] = CRC_RECORD;
    this.out[start + 2] = CRC_TAG;
    this.close(start, writeVarint(this.running, this.out, start + 3));
  }

  /** Makes room for a record with `length` bytes of data; where the data belong if the CRC takes five bytes. */
  private reserve(length: number): number {
    const head = FRAME_HEADER_BYTES + 2 + 1 + CRC_BYTES + 1 + varintSize(length);
    this.grow(head + length + 8);
    return this.end + head;
  }

  private finish(type: number, dataAt: number, length: number): void {
    const out = this.out;
    const crc = crc32c(out, this.running, dataAt, dataAt + length);
    this.running = crc;
    const start = this.end + FRAME_HEADER_BYTES;
    out[start] = TYPE_TAG;
    out[start + 1] = type;
    out[start + 2] = CRC_TAG;
    let at = writeVarint(crc, out, start + 3);
    out[at++] = DATA_TAG;
    at = writeVarint(length, out, at);
    if (at !== dataAt) out.copyWithin(at, dataAt, dataAt + length);
    this.close(start, at + length);
  }

  /** Writes the frame header and the padding of the record in [start, end). */
  private close(start: number, end: number): void {
    const out = this.out;
    const length = end - start;
    const padding = paddingBytes(length);
    const header = start - FRAME_HEADER_BYTES;
    out[header] = length;
    out[header + 1] = length >>> 8;
    out[header + 2] = length >>> 16;
    out[header + 3] = length >>> 24;
    out[header + 4] = 0;
    out[header + 5] = 0;
    out[header + 6] = 0;
    out[header + 7] = padding === 0 ? 0 : 0x80 | padding;
    for (let i = 0; i < padding; i++) out[end + i] = 0;
    this.end = end + padding;
  }

  private grow(more: number): void {
    if (this.end + more <= this.out.length) return;
    const larger = this.allocate(Math.max(this.end + more, this.out.length * 2));
    larger.set(this.out.subarray(0, this.end));
    this.out = larger;
  }
}
