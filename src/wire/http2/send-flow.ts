/**
 * DATA on its way out: at once where both windows and the duplex allow it, else queued in its stream and sent as they
 * open. Source: RFC 9113 section 5.2.
 */
import { freeParts, giveBlock, type OutgoingPart } from '../blocks.ts';
import {
  ConnectionError,
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  ErrorCode,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  MAX_WINDOW_BYTES,
} from './constants.ts';
import { writeFrameHeader } from './frame-header.ts';
import type { Output } from './output.ts';
import { SenderList } from './sender-list.ts';
import type { Stream } from './stream.ts';

export class SendFlow {
  private readonly output: Output;
  private readonly senders = new SenderList();
  private readonly highWaterBytes: number;
  private readonly takeTurns: boolean;
  private readonly drained: Stream[] = [];
  private window = DEFAULT_WINDOW_BYTES;
  /** What waits in all streams together. */
  queuedBytes = 0;
  /** DATA frames handed to the output so far. */
  frames = 0;

  /**
   * With `takeTurns` each waiting stream sends a frame at a time (server); without, each sends all it can before the
   * next, which keeps requests in order (client).
   */
  constructor(output: Output, highWaterBytes: number, takeTurns: boolean) {
    this.output = output;
    this.highWaterBytes = highWaterBytes;
    this.takeTurns = takeTurns;
  }

  /**
   * Room for one DATA frame of `bytes` in the output: the offset at which to write its payload, or -1 when it must be
   * queued. Follow with `end`.
   */
  begin(stream: Stream, bytes: number): number {
    if (
      bytes > DEFAULT_MAX_FRAME_BYTES ||
      bytes > stream.sendWindow ||
      bytes > this.window ||
      stream.queuedBytes > 0 ||
      this.output.blocked ||
      this.senders.first !== undefined
    ) {
      return -1;
    }
    return this.output.reserve(FRAME_HEADER_BYTES + bytes) + FRAME_HEADER_BYTES;
  }

  /** Sends the frame whose payload was written at `offset`. */
  end(stream: Stream, offset: number, bytes: number, endStream: boolean): void {
    const flags = endStream ? Flag.EndStream : 0;
    writeFrameHeader(this.output.buffer, offset - FRAME_HEADER_BYTES, bytes, FrameType.Data, flags, stream.id);
    stream.sendWindow -= bytes;
    this.window -= bytes;
    this.frames++;
    this.output.commit(offset + bytes);
  }

  /** Queues bytes that are kept until they are sent, part after part, and sends what the windows allow. */
  queue(stream: Stream, parts: readonly OutgoingPart[]): void {
    if (stream.queuedBytes === 0) stream.queue = [];
    for (const part of parts) {
      stream.queue.push(part);
      stream.queuedBytes += part.bytes.length;
      this.queuedBytes += part.bytes.length;
    }
    if (stream.sendWindow > 0) this.senders.add(stream);
    this.pump();
  }

  /** The stream sends no more. */
  drop(stream: Stream): void {
    this.senders.remove(stream);
    if (stream.queuedBytes === 0) return;
    this.queuedBytes -= stream.queuedBytes;
    stream.queuedBytes = 0;
    freeParts(stream.queue);
    stream.queue = [];
  }

  widenConnection(bytes: number): void {
    this.window += bytes;
    if (this.window > MAX_WINDOW_BYTES) {
      throw new ConnectionError(ErrorCode.FlowControlError, 'connection window above 2^31-1');
    }
    this.pump();
  }

  /** The peer has changed its initial window; `bytes` is negative when it made it smaller. */
  widenAll(streams: readonly Stream[], bytes: number): void {
    for (const stream of streams) {
      if (stream.sendWindow + bytes > MAX_WINDOW_BYTES) {
        throw new ConnectionError(ErrorCode.FlowControlError, 'stream window above 2^31-1');
      }
      this.widen(stream, bytes);
    }
  }

  widen(stream: Stream, bytes: number): void {
    stream.sendWindow += bytes;
    if (stream.sendWindow <= 0) this.senders.remove(stream);
    else if (stream.queuedBytes > 0) {
      this.senders.add(stream);
      this.pump();
    }
  }

  /** Sends what waits, as far as the windows and the duplex allow. */
  pump(): void {
    while (this.senders.first !== undefined && this.window > 0 && !this.output.blocked) {
      this.sendSome(this.senders.first);
    }
    for (let stream = this.drained.pop(); stream !== undefined; stream = this.drained.pop()) stream.notifyDrain();
  }

  private sendSome(stream: Stream): void {
    const bytes = Math.min(DEFAULT_MAX_FRAME_BYTES, stream.queuedBytes, stream.sendWindow, this.window);
    const offset = this.output.reserve(FRAME_HEADER_BYTES + bytes) + FRAME_HEADER_BYTES;
    takeQueued(stream, this.output.buffer, offset, bytes);
    this.queuedBytes -= bytes;
    this.end(stream, offset, bytes, false);
    if (stream.queuedBytes === 0) {
      this.senders.remove(stream);
      if (stream.endsAfterQueue) stream.sendEnd();
    } else if (stream.sendWindow <= 0) this.senders.remove(stream);
    else if (this.takeTurns) this.senders.rotate(stream);
    if (stream.wantsDrain && stream.queuedBytes <= this.highWaterBytes / 2) {
      stream.wantsDrain = false;
      this.drained.push(stream);
    }
  }
}

/** Moves the first `bytes` of a stream's queue to `offset` of `into`; memory that this empties can be used again. */
function takeQueued(stream: Stream, into: Buffer, offset: number, bytes: number): void {
  stream.queuedBytes -= bytes;
  const { queue } = stream;
  let taken = 0;
  while (bytes > 0) {
    const { bytes: head, block } = queue[taken]!;
    const take = Math.min(bytes, head.length - stream.queueOffset);
    head.copy(into, offset, stream.queueOffset, stream.queueOffset + take);
    offset += take;
    bytes -= take;
    stream.queueOffset += take;
    if (stream.queueOffset === head.length) {
      if (block !== undefined) giveBlock(block);
      taken++;
      stream.queueOffset = 0;
    }
  }
  if (taken > 0) queue.splice(0, taken);
}
