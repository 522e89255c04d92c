/**
 * Cuts a byte stream into frames. A frame that lies whole in a chunk is handed on in place; only one that a chunk's end
 * cuts in two is put together in a buffer of its own, never larger than the frame limit.
 */
import { ConnectionError, ErrorCode, FRAME_HEADER_BYTES } from './constants.ts';
import { readUint31 } from './frame-header.ts';

export interface FrameSink {
  /** The payload is `bytes[start, end)`, valid during the call. False stops the reader for good. */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean;
}

export class FrameReader {
  private readonly sink: FrameSink;
  private readonly maxFrameBytes: number;
  /** A frame begun in an earlier chunk: `partialBytes` of it are here. */
  private partial: Buffer = Buffer.alloc(0);
  private partialBytes = 0;
  private stopped = false;

  constructor(sink: FrameSink, maxFrameBytes: number) {
    this.sink = sink;
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Throws ConnectionError for a frame above the limit, and whatever the sink throws. */
  push(chunk: Buffer, from = 0): void {
    let offset = from;
    if (this.partialBytes > 0) offset = this.completePartial(chunk, offset);
    while (!this.stopped && chunk.length - offset >= FRAME_HEADER_BYTES) {
      const end = offset + FRAME_HEADER_BYTES + this.payloadBytes(chunk, offset);
      if (end > chunk.length) break;
      this.deliver(chunk, offset, end);
      offset = end;
    }
    if (!this.stopped && offset < chunk.length) this.keep(chunk, offset);
  }

  private deliver(bytes: Buffer, start: number, end: number): void {
    const id = readUint31(bytes, start + 5);
    const more = this.sink.onFrame(bytes[start + 3]!, bytes[start + 4]!, id, bytes, start + FRAME_HEADER_BYTES, end);
    if (!more) this.stopped = true;
  }

  private payloadBytes(bytes: Buffer, start: number): number {
    const length = (bytes[start]! << 16) | (bytes[start + 1]! << 8) | bytes[start + 2]!;
    if (length > this.maxFrameBytes) {
      throw new ConnectionError(ErrorCode.FrameSizeError, `frame of ${length} bytes above ${this.maxFrameBytes}`);
    }
    return length;
  }

  /** Fills the partial frame from the chunk; returns the offset behind what was taken. */
  private completePartial(chunk: Buffer, offset: number): number {
    offset = this.fillTo(FRAME_HEADER_BYTES, chunk, offset);
    if (this.partialBytes < FRAME_HEADER_BYTES) return offset;
    const frameBytes = FRAME_HEADER_BYTES + this.payloadBytes(this.partial, 0);
    offset = this.fillTo(frameBytes, chunk, offset);
    if (this.partialBytes < frameBytes) return offset;
    const frame = this.partial;
    this.partial = Buffer.alloc(0);
    this.partialBytes = 0;
    this.deliver(frame, 0, frameBytes);
    return offset;
  }

  private fillTo(target: number, chunk: Buffer, offset: number): number {
    const take = Math.min(target - this.partialBytes, chunk.length - offset);
    if (take <= 0) return offset;
    if (this.partial.length < target) {
      const larger = Buffer.allocUnsafe(target);
      this.partial.copy(larger, 0, 0, this.partialBytes);
      this.partial = larger;
    }
    chunk.copy(this.partial, this.partialBytes, offset, offset + take);
    this.partialBytes += take;
    return offset + take;
  }

  private keep(chunk: Buffer, offset: number): void {
    const bytes = chunk.length - offset;
    const known = bytes >= FRAME_HEADER_BYTES;
    const capacity = known ? FRAME_HEADER_BYTES + this.payloadBytes(chunk, offset) : FRAME_HEADER_BYTES;
    this.partial = Buffer.allocUnsafe(capacity);
    chunk.copy(this.partial, 0, offset);
    this.partialBytes = bytes;
  }
}

/** The same bytes as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? (bytes as Buffer) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
