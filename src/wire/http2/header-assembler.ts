/**
 * A header block spread over HEADERS and CONTINUATION frames, put together within a limit: a peer that continues without
 * end (CVE-2024-27316) is stopped by its bytes, or by the count of its frames when they are empty.
 */
import { ConnectionError, ErrorCode } from './constants.ts';

const MAX_CONTINUATIONS = 64;

export class HeaderAssembler {
  private readonly maxBytes: number;
  private parts: Buffer[] = [];
  private bytes = 0;
  /** The stream whose block is open; 0 when none is. */
  streamId = 0;
  /** The block's HEADERS frame had END_STREAM. */
  endStream = false;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  begin(streamId: number, endStream: boolean, source: Buffer, start: number, end: number): void {
    this.streamId = streamId;
    this.endStream = endStream;
    this.append(source, start, end);
  }

  append(source: Buffer, start: number, end: number): void {
    this.bytes += end - start;
    if (this.bytes > this.maxBytes || this.parts.length > MAX_CONTINUATIONS) {
      throw new ConnectionError(ErrorCode.EnhanceYourCalm, 'a header block of too many bytes or CONTINUATION frames');
    }
    this.parts.push(Buffer.from(source.subarray(start, end)));
  }

  finish(): Buffer {
    const block = Buffer.concat(this.parts, this.bytes);
    this.parts = [];
    this.bytes = 0;
    this.streamId = 0;
    return block;
  }
}
