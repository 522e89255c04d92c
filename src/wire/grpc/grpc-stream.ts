/**
 * A stream that carries gRPC messages: the five-byte prefix on the way out, whole messages on the way in, and a pause
 * that lets the peer's window fill up. What a message means is for the calls of server and client.
 */
import { AssertionError } from '../../base/errors.ts';
import { ownPart, type OutgoingPart } from '../blocks.ts';
import { Stream } from '../http2/stream.ts';
import type { MessageWriter } from './call.ts';
import { decompressed, refusalOfFlag, type MessageEncoding } from './compression.ts';
import { MessageAssembler, PREFIX_BYTES } from './message-assembler.ts';
import type { AssemblerOwner } from './message-assembler.ts';
import type { DeadlineEntry } from './deadlines.ts';
import { StatusCode } from './status.ts';

export abstract class GrpcStream extends Stream implements AssemblerOwner, DeadlineEntry {
  deadlineMs: number | undefined = undefined;

  private assembler: MessageAssembler | undefined = undefined;
  private paused = false;
  private resuming = false;
  /** What arrived while paused: at most a window of it. */
  private held: Buffer[] | undefined = undefined;
  private endPending = false;
  /** Takes nothing more in: the call has been answered or ended. */
  protected deaf = false;
  /** How the peer's messages may be compressed. */
  protected encoding: MessageEncoding = 'identity';
  /** The message that is being taken in is compressed. */
  private compressed = false;

  abstract deadlinePassed(): void;
  /** A whole message: `bytes[start, end)`, valid during the call. */
  protected abstract receiveMessage(bytes: Buffer, start: number, end: number): void;
  /** The peer will send no more; what it sent last has been delivered. */
  protected abstract receiveEnd(): void;
  /** The peer sent what cannot be taken as a message. */
  protected abstract refuseMessage(code: StatusCode, message: string): void;

  // ---------------------------------------------------------------- in

  receiveData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.deaf) return;
    if (this.paused) {
      if (start < end) (this.held ??= []).push(Buffer.from(bytes.subarray(start, end)));
      if (endStream) this.endPending = true;
      return;
    }
    if (start < end) this.takeMessages(bytes, start, end);
    if (endStream) this.endReceiving();
  }

  /** The peer has ended its direction: say so once everything before it has been delivered. */
  protected endReceiving(): void {
    if (this.paused) this.endPending = true;
    else this.finishReceiving();
  }

  private takeMessages(bytes: Buffer, start: number, end: number): void {
    if (this.assembler === undefined) {
      // The common case: one payload is one message, and nothing need be remembered.
      if (end - start >= PREFIX_BYTES && bytes[start] === 0) {
        const length = bytes.readUInt32BE(start + 1);
        if (length === end - start - PREFIX_BYTES && length <= this.connection.limits.maxMessageBytes) {
          this.deliver(bytes, start + PREFIX_BYTES, end);
          return;
        }
      }
      this.assembler = new MessageAssembler(this);
    }
    const taken = this.assembler.push(bytes, start, end);
    if (taken < end && !this.deaf) (this.held ??= []).unshift(Buffer.from(bytes.subarray(taken, end)));
  }

  private finishReceiving(): void {
    if (this.deaf) return;
    if (this.assembler !== undefined && !this.assembler.isEmpty) {
      this.refuseMessage(StatusCode.Internal, 'the stream ended inside a message');
      return;
    }
    this.receiveEnd();
  }

  get granted(): boolean {
    return this.grantedBytes > 0;
  }

  announce(flag: number, messageBytes: number): boolean {
    const { limits } = this.connection;
    const refusal = refusalOfFlag(flag, this.encoding);
    if (refusal !== undefined) {
      this.refuseMessage(refusal.code, refusal.message);
      return false;
    }
    this.compressed = flag !== 0;
    if (messageBytes > limits.maxMessageBytes) {
      const text = `grpc: received message larger than max (${messageBytes} vs. ${limits.maxMessageBytes})`;
      this.refuseMessage(StatusCode.ResourceExhausted, text);
      return false;
    }
    const bytes = messageBytes + PREFIX_BYTES;
    if (this.isLarge(bytes) && !this.remoteEnded) this.connection.receiving.requestGrant(this, bytes);
    return true;
  }

  /** Less than half a window may be open, so more than that must be asked for. */
  private isLarge(bytes: number): boolean {
    return bytes * 2 > this.connection.limits.streamWindowBytes;
  }

  deliver(bytes: Buffer, start: number, end: number): boolean {
    if (this.compressed) this.receiveCompressed(bytes.subarray(start, end));
    else this.receiveMessage(bytes, start, end);
    if (!this.closed) {
      const bytes = end - start + PREFIX_BYTES;
      this.connection.receiving.credit(this, bytes - this.grantedBytes);
      if (this.isLarge(bytes)) this.connection.receiving.returnGrant(this);
    }
    return !this.paused && !this.deaf;
  }

  private receiveCompressed(bytes: Buffer): void {
    const message = decompressed(bytes, this.connection.limits.maxMessageBytes);
    if (Buffer.isBuffer(message)) this.receiveMessage(message, 0, message.length);
    else this.refuseMessage(message.code, message.message);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    // Called from a listener that the loop below has called: the loop goes on by itself.
    if (this.resuming) return;
    this.resuming = true;
    while (this.held !== undefined && this.held.length > 0 && !this.paused) {
      const bytes = this.held.shift()!;
      this.takeMessages(bytes, 0, bytes.length);
    }
    this.resuming = false;
    if (this.endPending && !this.paused) {
      this.endPending = false;
      this.finishReceiving();
    }
  }

  settle(): void {}

  // ---------------------------------------------------------------- out

  get bufferedBytes(): number {
    return this.queuedBytes;
  }

  /** Sends one message, copied. `last` says that nothing follows, so that END_STREAM may ride on it. */
  protected writeMessage(message: Uint8Array, last: boolean): void {
    const bytes = PREFIX_BYTES + message.length;
    const offset = this.connection.sending.begin(this, bytes);
    if (offset < 0) {
      const copy = Buffer.allocUnsafe(bytes);
      copy.set(message, writePrefix(copy, 0, message.length));
      this.queueMessage(copy, last);
      return;
    }
    const { buffer } = this.connection.output;
    buffer.set(message, writePrefix(buffer, offset, message.length));
    this.connection.sending.end(this, offset, bytes, last);
    if (last) this.connection.streams.localEnd(this);
  }

  protected writeMessageWith(sizeBytes: number, write: MessageWriter, last: boolean): void {
    const bytes = PREFIX_BYTES + sizeBytes;
    const offset = this.connection.sending.begin(this, bytes);
    if (offset < 0) {
      const copy = Buffer.allocUnsafe(bytes);
      checkWritten(write(copy, writePrefix(copy, 0, sizeBytes)), bytes);
      this.queueMessage(copy, last);
      return;
    }
    const { buffer } = this.connection.output;
    checkWritten(write(buffer, writePrefix(buffer, offset, sizeBytes)), offset + bytes);
    this.connection.sending.end(this, offset, bytes, last);
    if (last) this.connection.streams.localEnd(this);
  }

  private queueMessage(bytes: Buffer, last: boolean): void {
    if (last) this.endsAfterQueue = true;
    this.connection.sending.queue(this, [ownPart(bytes)]);
  }

  /** Sends one message that lies in several parts, which are kept until they are sent. */
  protected writeParts(parts: readonly OutgoingPart[], messageBytes: number): void {
    const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
    writePrefix(prefix, 0, messageBytes);
    this.connection.sending.queue(this, [ownPart(prefix), ...parts]);
  }

  /** False when more waits than the high water mark, and `notifyDrain` will come. */
  protected hasRoom(): boolean {
    if (this.queuedBytes <= this.connection.limits.sendHighWaterBytes) return true;
    this.wantsDrain = true;
    return false;
  }
}

function writePrefix(into: Buffer, offset: number, messageBytes: number): number {
  into[offset] = 0;
  into[offset + 1] = messageBytes >>> 24;
  into[offset + 2] = messageBytes >>> 16;
  into[offset + 3] = messageBytes >>> 8;
  into[offset + 4] = messageBytes;
  return offset + PREFIX_BYTES;
}

function checkWritten(actual: number, expected: number): void {
  if (actual !== expected) throw new AssertionError(`a message writer ended at ${actual}, its size says ${expected}`);
}
