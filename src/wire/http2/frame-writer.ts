/** Frames into the output, each kind by name. DATA with a payload is `SendFlow`'s, since it needs window. */
import { DEFAULT_MAX_FRAME_BYTES, Flag, FRAME_HEADER_BYTES, FrameType } from './constants.ts';
import { writeFrameHeader, writeUint32 } from './frame-header.ts';
import type { Output } from './output.ts';
import { encodeSettings } from './settings.ts';

export class FrameWriter {
  private readonly output: Output;

  constructor(output: Output) {
    this.output = output;
  }

  preface(bytes: Buffer): void {
    const offset = this.output.reserve(bytes.length);
    bytes.copy(this.output.buffer, offset);
    this.output.commit(offset + bytes.length);
  }

  settings(settings: readonly (readonly [setting: number, value: number])[]): void {
    this.frame(FrameType.Settings, 0, 0, encodeSettings(settings));
  }

  settingsAck(): void {
    this.frame(FrameType.Settings, Flag.Ack, 0, undefined);
  }

  ping(payload: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(payload);
    this.frame(FrameType.Ping, 0, 0, bytes);
  }

  pingAck(payload: Buffer): void {
    this.frame(FrameType.Ping, Flag.Ack, 0, payload);
  }

  goaway(lastStreamId: number, code: number, reason: string): void {
    const payload = Buffer.alloc(8 + reason.length);
    writeUint32(payload, writeUint32(payload, 0, lastStreamId), code);
    payload.write(reason, 8, 'latin1');
    this.frame(FrameType.Goaway, 0, 0, payload);
  }

  resetStream(streamId: number, code: number): void {
    this.number(FrameType.RstStream, streamId, code);
  }

  windowUpdate(streamId: number, bytes: number): void {
    this.number(FrameType.WindowUpdate, streamId, bytes);
  }

  /** HEADERS, continued where the block exceeds a frame. */
  headers(streamId: number, block: Buffer, endStream: boolean): void {
    let flags = endStream ? Flag.EndStream : 0;
    if (block.length <= DEFAULT_MAX_FRAME_BYTES) {
      this.frame(FrameType.Headers, flags | Flag.EndHeaders, streamId, block);
      return;
    }
    for (let start = 0; start < block.length; start += DEFAULT_MAX_FRAME_BYTES) {
      const end = Math.min(block.length, start + DEFAULT_MAX_FRAME_BYTES);
      if (end === block.length) flags |= Flag.EndHeaders;
      const type = start === 0 ? FrameType.Headers : FrameType.Continuation;
      this.frame(type, flags, streamId, block.subarray(start, end));
      flags = 0;
    }
  }

  /** An empty DATA frame that ends its stream. */
  endStream(streamId: number): void {
    this.frame(FrameType.Data, Flag.EndStream, streamId, undefined);
  }

  private number(type: number, streamId: number, value: number): void {
    const offset = this.output.reserve(FRAME_HEADER_BYTES + 4);
    const payload = writeFrameHeader(this.output.buffer, offset, 4, type, 0, streamId);
    this.output.commit(writeUint32(this.output.buffer, payload, value));
  }

  private frame(type: number, flags: number, streamId: number, payload: Buffer | undefined): void {
    const bytes = payload === undefined ? 0 : payload.length;
    const start = this.output.reserve(FRAME_HEADER_BYTES + bytes);
    const offset = writeFrameHeader(this.output.buffer, start, bytes, type, flags, streamId);
    if (payload !== undefined) copyInto(this.output.buffer, offset, payload);
    this.output.commit(offset + bytes);
  }
}

/** A native copy costs more than a loop over the few bytes that most blocks have. */
function copyInto(into: Buffer, offset: number, bytes: Buffer): void {
  if (bytes.length > 32) bytes.copy(into, offset);
  else for (let i = 0; i < bytes.length; i++) into[offset + i] = bytes[i]!;
}
