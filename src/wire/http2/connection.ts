/**
 * An HTTP/2 connection over a byte duplex, the half that client and server have in common: frames in and out, settings,
 * both levels of flow control, and an end that is either agreed on (GOAWAY, drain) or enforced (`abort`).
 *
 * A frame is handled in place, in the chunk that the duplex delivered. What the peer may do wrong ends the stream or the
 * connection with RFC 9113's code and never throws out of `onData`.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Duplex, DuplexHandler } from '../../base/network.ts';
import { HpackDecoder } from '../hpack/decoder.ts';
import { HpackEncoder } from '../hpack/encoder.ts';
import { AssemblyBudget } from './assembly-budget.ts';
import {
  ConnectionError,
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  ErrorCode,
  errorCodeName,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  MAX_STREAM_ID,
  MAX_WINDOW_BYTES,
  Setting,
} from './constants.ts';
import { readUint31, readUint32, writeFrameHeader, writeUint32 } from './frame-header.ts';
import { FrameReader } from './frame-reader.ts';
import type { FrameSink } from './frame-reader.ts';
import { HeaderAssembler } from './header-assembler.ts';
import type { ConnectionLimits } from './limits.ts';
import { Output } from './output.ts';
import { RateLimit } from './rate-limit.ts';
import { SenderList } from './sender-list.ts';
import { encodeSettings, PeerSettings } from './settings.ts';
import type { Stream } from './stream.ts';

/** A peer that does not read its GOAWAY is cut off after this. */
const LINGER_MS = 1000;
/** A peer must have sent its settings by then; chosen as grpc-go's connection timeout is of that order. */
const HANDSHAKE_TIMEOUT_MS = 20_000;
const HPACK_TABLE_BYTES = 4096;

export abstract class Connection implements DuplexHandler, FrameSink {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  readonly output: Output;
  readonly encoder = new HpackEncoder();
  protected readonly decoder: HpackDecoder;
  protected readonly streams = new Map<number, Stream>();
  protected readonly peerSettings = new PeerSettings();
  protected readonly reader: FrameReader;
  protected readonly resets: RateLimit;
  protected readonly duplex: Duplex;
  private readonly headers: HeaderAssembler;
  private readonly budget: AssemblyBudget;
  private readonly senders = new SenderList();
  private readonly settingsFrames: RateLimit;
  private readonly pings: RateLimit;
  private readonly idleFrames: RateLimit;
  private readonly draining: Stream[] = [];
  private handshake: Timer | undefined;
  private linger: Timer | undefined;
  private sendWindow = DEFAULT_WINDOW_BYTES;
  private receiveWindow: number;
  private reading = true;
  /** A stream that holds bytes of the chunk at hand. */
  private borrower: Stream | undefined;
  protected settingsReceived = false;
  /** Bytes have come since this was last cleared: the peer lives. */
  protected heard = false;
  /** We are finished: nothing more is taken in. */
  protected ended = false;

  constructor(duplex: Duplex, clock: Clock, limits: ConnectionLimits) {
    this.duplex = duplex;
    this.clock = clock;
    this.limits = limits;
    this.output = new Output(duplex, clock);
    this.decoder = new HpackDecoder(HPACK_TABLE_BYTES, limits.maxHeaderListBytes);
    this.headers = new HeaderAssembler(limits.maxHeaderListBytes);
    this.reader = new FrameReader(this, DEFAULT_MAX_FRAME_BYTES);
    this.budget = new AssemblyBudget(Math.max(limits.assemblyBudgetBytes, limits.maxMessageBytes), (stream, bytes) => {
      stream.grantedBytes += bytes;
      this.openWindow(stream, bytes);
    });
    this.receiveWindow = limits.connectionWindowBytes;
    this.settingsFrames = new RateLimit(clock, limits.settingsRate, 'SETTINGS');
    this.pings = new RateLimit(clock, limits.pingRate, 'PINGs');
    this.resets = new RateLimit(clock, limits.resetRate, 'stream resets');
    this.idleFrames = new RateLimit(clock, limits.idleFrameRate, 'frames without effect');
    this.handshake = clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      this.abort(new ConnectionError(ErrorCode.SettingsTimeout, 'no SETTINGS from the peer'));
    });
  }

  /** A whole header block arrived: `block[start, end)`, valid during the call. It must be decoded. */
  protected abstract receiveHeaders(
    streamId: number,
    block: Buffer,
    start: number,
    end: number,
    endStream: boolean,
  ): void;
  /** True when a frame on this stream, which is not open, is one that the peer may not have sent. */
  protected abstract isIdleStream(streamId: number): boolean;
  protected abstract receiveGoaway(lastStreamId: number, code: number, reason: string): void;
  protected abstract receivePing(): void;
  protected abstract receivePingAck(payload: bigint): void;
  /** The peer's settings changed. */
  protected abstract receiveSettings(): void;
  /** A stream was opened or closed. */
  protected abstract streamsChanged(): void;
  /** The duplex is gone; every stream has been told. */
  protected abstract lost(reason: string): void;
  /** Streams take turns (server), or each sends all it can before the next, which keeps requests in order (client). */
  protected abstract readonly sendersTakeTurns: boolean;
  /** The highest stream id of the peer's that was or will be acted on, for GOAWAY. */
  protected abstract lastPeerStreamId(): number;

  // ---------------------------------------------------------------- in

  onData(chunk: Uint8Array): void {
    if (this.ended) return;
    this.heard = true;
    const bytes = asBuffer(chunk);
    try {
      this.takeChunk(bytes);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.abort(error);
    } finally {
      this.settleBorrower();
    }
    this.limitPendingOutput();
  }

  /** What a chunk is made of; the server looks for the preface first. */
  protected takeChunk(chunk: Buffer): void {
    this.reader.push(chunk);
  }

  onDrain(): void {
    this.output.blocked = false;
    this.pump();
    if (!this.reading) {
      this.reading = true;
      this.duplex.resume();
    }
  }

  onEnd(): void {
    this.fail('the peer closed the connection');
  }

  onClose(error: Error | undefined): void {
    this.linger?.cancel();
    this.fail(error === undefined ? 'the connection was closed' : error.message);
  }

  onFrame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): boolean {
    if (!this.settingsReceived) this.expectSettingsFirst(type, flags);
    if (this.headers.streamId !== 0) this.continueHeaders(type, flags, id, bytes, start, end);
    else if (type === FrameType.Data) this.onDataFrame(flags, id, bytes, start, end);
    else if (type === FrameType.Headers) this.onHeadersFrame(flags, id, bytes, start, end);
    else if (type === FrameType.WindowUpdate) this.onWindowUpdate(id, bytes, start, end);
    else if (type === FrameType.RstStream) this.onRstStream(id, bytes, start, end);
    else if (type === FrameType.Settings) this.onSettings(flags, id, bytes, start, end);
    else if (type === FrameType.Ping) this.onPing(flags, id, bytes, start, end);
    else if (type === FrameType.Goaway) this.onGoaway(id, bytes, start, end);
    else if (type === FrameType.Priority) this.onPriority(id, start, end);
    else if (type === FrameType.Continuation) throw protocolError('CONTINUATION without HEADERS');
    else if (type === FrameType.PushPromise) throw protocolError('PUSH_PROMISE');
    else this.idleFrames.count();
    return !this.ended;
  }

  private onDataFrame(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolError('DATA on stream 0');
    const frameBytes = end - start;
    this.creditConnection(frameBytes);
    const stream = this.streams.get(id);
    if (stream === undefined || stream.remoteEnded) {
      this.strayFrame(id, stream);
      return;
    }
    const endStream = (flags & Flag.EndStream) !== 0;
    if (frameBytes === 0 && !endStream) this.idleFrames.count();
    stream.receiveWindow -= frameBytes;
    if (stream.receiveWindow < 0) {
      this.resetFaulty(stream, ErrorCode.FlowControlError, 'DATA beyond the stream window');
      return;
    }
    if ((flags & Flag.Padded) !== 0) {
      const padding = paddingBytes(bytes, start, end);
      start++;
      end -= padding;
      this.credit(stream, padding + 1);
    }
    if (endStream) {
      stream.remoteEnded = true;
      stream.receiveData(bytes, start, end, true);
      if (stream.localEnded) this.close(stream);
    } else {
      stream.receiveData(bytes, start, end, false);
    }
  }

  private onHeadersFrame(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolError('HEADERS on stream 0');
    if ((flags & Flag.Padded) !== 0) {
      end -= paddingBytes(bytes, start, end);
      start++;
    }
    if ((flags & Flag.Priority) !== 0) start += 5;
    if (start > end) throw new ConnectionError(ErrorCode.ProtocolError, 'HEADERS shorter than its padding or priority');
    const endStream = (flags & Flag.EndStream) !== 0;
    if ((flags & Flag.EndHeaders) !== 0) this.receiveHeaders(id, bytes, start, end, endStream);
    else this.headers.begin(id, endStream, bytes, start, end);
  }

  private continueHeaders(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (type !== FrameType.Continuation || id !== this.headers.streamId) {
      throw protocolError('a header block interrupted by another frame');
    }
    this.headers.append(bytes, start, end);
    if ((flags & Flag.EndHeaders) === 0) return;
    const { endStream } = this.headers;
    const block = this.headers.finish();
    this.receiveHeaders(id, block, 0, block.length, endStream);
  }

  private onWindowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw new ConnectionError(ErrorCode.FrameSizeError, 'WINDOW_UPDATE of a wrong size');
    const increment = readUint31(bytes, start);
    if (id === 0) {
      if (increment === 0) throw protocolError('WINDOW_UPDATE by 0');
      this.sendWindow += increment;
      if (this.sendWindow > MAX_WINDOW_BYTES) {
        throw new ConnectionError(ErrorCode.FlowControlError, 'connection window above 2^31-1');
      }
      this.pump();
      return;
    }
    const stream = this.streams.get(id);
    if (stream === undefined) {
      if (this.isIdleStream(id)) throw protocolError('WINDOW_UPDATE on an idle stream');
      return;
    }
    if (increment === 0) this.resetFaulty(stream, ErrorCode.ProtocolError, 'WINDOW_UPDATE by 0');
    else if (stream.sendWindow + increment > MAX_WINDOW_BYTES) {
      this.resetFaulty(stream, ErrorCode.FlowControlError, 'stream window above 2^31-1');
    } else this.widen(stream, increment);
  }

  private onRstStream(id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolError('RST_STREAM on stream 0');
    if (end - start !== 4) throw new ConnectionError(ErrorCode.FrameSizeError, 'RST_STREAM of a wrong size');
    if (this.isIdleStream(id)) throw protocolError('RST_STREAM on an idle stream');
    this.countReset();
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    const code = readUint32(bytes, start);
    this.close(stream);
    stream.receiveReset(code, `stream reset by the peer: ${errorCodeName(code)}`);
  }

  /** The server counts resets; a client's server may end as many of its streams as it likes. */
  protected countReset(): void {
    this.resets.count();
  }

  private onSettings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocolError('SETTINGS on a stream');
    this.settingsFrames.count();
    if ((flags & Flag.Ack) !== 0) {
      if (end !== start) throw new ConnectionError(ErrorCode.FrameSizeError, 'SETTINGS acknowledgement with a payload');
      return;
    }
    const windowBefore = this.peerSettings.initialWindowBytes;
    this.peerSettings.apply(bytes, start, end);
    this.encoder.setTableLimit(this.peerSettings.headerTableBytes);
    const widened = this.peerSettings.initialWindowBytes - windowBefore;
    if (widened !== 0) this.widenAll(widened);
    this.writeFrame(FrameType.Settings, Flag.Ack, 0, undefined);
    this.receiveSettings();
  }

  private onPing(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocolError('PING on a stream');
    if (end - start !== 8) throw new ConnectionError(ErrorCode.FrameSizeError, 'PING of a wrong size');
    this.pings.count();
    if ((flags & Flag.Ack) !== 0) {
      this.receivePingAck(bytes.readBigUInt64BE(start));
      return;
    }
    this.writeFrame(FrameType.Ping, Flag.Ack, 0, bytes.subarray(start, end));
    this.receivePing();
  }

  private onGoaway(id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocolError('GOAWAY on a stream');
    if (end - start < 8) throw new ConnectionError(ErrorCode.FrameSizeError, 'GOAWAY of a wrong size');
    this.idleFrames.count();
    const reason = bytes.toString('latin1', start + 8, Math.min(end, start + 8 + 256));
    this.receiveGoaway(readUint31(bytes, start), readUint32(bytes, start + 4), reason);
  }

  private onPriority(id: number, start: number, end: number): void {
    if (id === 0) throw protocolError('PRIORITY on stream 0');
    if (end - start !== 5) throw new ConnectionError(ErrorCode.FrameSizeError, 'PRIORITY of a wrong size');
    this.idleFrames.count();
  }

  /** A frame for a stream that is closed or half-closed: the peer may not know yet, so only many of them are an offence. */
  protected strayFrame(id: number, stream: Stream | undefined): void {
    if (this.isIdleStream(id)) throw protocolError(`frame on idle stream ${id}`);
    this.idleFrames.count();
    if (stream === undefined) this.writeReset(id, ErrorCode.StreamClosed);
    else this.resetFaulty(stream, ErrorCode.StreamClosed, 'frame on a stream that its sender had ended');
  }

  private expectSettingsFirst(type: number, flags: number): void {
    if (type !== FrameType.Settings || (flags & Flag.Ack) !== 0) throw protocolError('the first frame is not SETTINGS');
    this.settingsReceived = true;
    this.handshake?.cancel();
    this.handshake = undefined;
  }

  // ---------------------------------------------------------------- windows for what comes in

  /** The connection's window is given back on arrival: memory is bounded by the streams' windows and the budget. */
  private creditConnection(bytes: number): void {
    this.receiveWindow -= bytes;
    if (this.receiveWindow < 0)
      throw new ConnectionError(ErrorCode.FlowControlError, 'DATA beyond the connection window');
    const owed = this.limits.connectionWindowBytes - this.receiveWindow;
    if (owed < this.limits.connectionWindowBytes / 2) return;
    this.receiveWindow += owed;
    this.writeWindowUpdate(0, owed);
  }

  /** Bytes of this stream are used up and its window may be opened again by as much. */
  credit(stream: Stream, bytes: number): void {
    stream.uncreditedBytes += bytes;
    if (stream.uncreditedBytes < this.limits.streamWindowBytes / 2 || stream.remoteEnded || stream.closed) return;
    const owed = stream.uncreditedBytes;
    stream.uncreditedBytes = 0;
    this.openWindow(stream, owed);
  }

  /** Asks for window beyond the initial one, which comes when the budget allows it. */
  requestGrant(stream: Stream, bytes: number): void {
    this.budget.request(stream, bytes);
  }

  /** The large message is complete, with or without the window it asked for. */
  returnGrant(stream: Stream): void {
    this.budget.forget(stream);
    if (stream.grantedBytes === 0) return;
    const bytes = stream.grantedBytes;
    stream.grantedBytes = 0;
    this.budget.release(bytes);
  }

  private openWindow(stream: Stream, bytes: number): void {
    stream.receiveWindow += bytes;
    this.writeWindowUpdate(stream.id, bytes);
  }

  /** `stream` holds bytes of the chunk at hand and will be told to `settle` before it goes. */
  borrow(stream: Stream): void {
    if (this.borrower !== stream) this.settleBorrower();
    this.borrower = stream;
  }

  settleBorrower(): void {
    this.borrower?.settle();
    this.borrower = undefined;
  }

  // ---------------------------------------------------------------- out

  /** Our part of the handshake. */
  protected open(preface: Buffer | undefined, settings: readonly (readonly [number, number])[]): void {
    const { limits } = this;
    if (preface !== undefined) {
      const offset = this.output.reserve(preface.length);
      preface.copy(this.output.buffer, offset);
      this.output.commit(offset + preface.length);
    }
    const payload = encodeSettings([
      [Setting.InitialWindowSize, limits.streamWindowBytes],
      [Setting.MaxHeaderListSize, limits.maxHeaderListBytes],
      ...settings,
    ]);
    this.writeFrame(FrameType.Settings, 0, 0, payload);
    this.writeWindowUpdate(0, limits.connectionWindowBytes - DEFAULT_WINDOW_BYTES);
  }

  protected register(stream: Stream, id: number): void {
    stream.id = id;
    stream.sendWindow = this.peerSettings.initialWindowBytes;
    stream.receiveWindow = this.limits.streamWindowBytes;
    this.streams.set(id, stream);
  }

  /** HEADERS, continued where the block exceeds a frame. */
  writeHeaders(stream: Stream, block: Buffer, endStream: boolean): void {
    let flags = endStream ? Flag.EndStream : 0;
    if (block.length <= DEFAULT_MAX_FRAME_BYTES) {
      this.writeFrame(FrameType.Headers, flags | Flag.EndHeaders, stream.id, block);
      return;
    }
    for (let start = 0; start < block.length; start += DEFAULT_MAX_FRAME_BYTES) {
      const end = Math.min(block.length, start + DEFAULT_MAX_FRAME_BYTES);
      if (end === block.length) flags |= Flag.EndHeaders;
      const type = start === 0 ? FrameType.Headers : FrameType.Continuation;
      this.writeFrame(type, flags, stream.id, block.subarray(start, end));
      flags = 0;
    }
  }

  /**
   * Room for one DATA frame of `bytes` in the output: the offset at which to write its payload, or -1 when it must be
   * queued. Follow with `endData`.
   */
  beginData(stream: Stream, bytes: number): number {
    if (
      bytes > DEFAULT_MAX_FRAME_BYTES ||
      bytes > stream.sendWindow ||
      bytes > this.sendWindow ||
      stream.queuedBytes > 0 ||
      this.output.blocked ||
      this.senders.first !== undefined
    ) {
      return -1;
    }
    return this.output.reserve(FRAME_HEADER_BYTES + bytes) + FRAME_HEADER_BYTES;
  }

  /** Sends the frame whose payload was written at `offset`. */
  endData(stream: Stream, offset: number, bytes: number, endStream: boolean): void {
    const flags = endStream ? Flag.EndStream : 0;
    writeFrameHeader(this.output.buffer, offset - FRAME_HEADER_BYTES, bytes, FrameType.Data, flags, stream.id);
    stream.sendWindow -= bytes;
    this.sendWindow -= bytes;
    this.output.commit(offset + bytes);
  }

  /** Queues bytes that the connection may keep and sends what the windows allow. */
  queueData(stream: Stream, bytes: Buffer): void {
    if (stream.queuedBytes === 0) stream.queue = [];
    stream.queue.push(bytes);
    stream.queuedBytes += bytes.length;
    if (stream.sendWindow > 0) this.senders.add(stream);
    this.pump();
  }

  /** An empty DATA frame with END_STREAM. */
  writeEndStream(stream: Stream): void {
    this.writeFrame(FrameType.Data, Flag.EndStream, stream.id, undefined);
  }

  /** Sends what waits, as far as the windows and the duplex allow. */
  private pump(): void {
    while (this.senders.first !== undefined && this.sendWindow > 0 && !this.output.blocked)
      this.sendSome(this.senders.first);
    for (let stream = this.draining.pop(); stream !== undefined; stream = this.draining.pop()) stream.notifyDrain();
  }

  private sendSome(stream: Stream): void {
    const bytes = Math.min(DEFAULT_MAX_FRAME_BYTES, stream.queuedBytes, stream.sendWindow, this.sendWindow);
    const offset = this.output.reserve(FRAME_HEADER_BYTES + bytes) + FRAME_HEADER_BYTES;
    takeQueued(stream, this.output.buffer, offset, bytes);
    this.endData(stream, offset, bytes, false);
    if (stream.queuedBytes === 0) {
      this.senders.remove(stream);
      if (stream.endsAfterQueue) stream.sendEnd();
    } else if (stream.sendWindow <= 0) this.senders.remove(stream);
    else if (this.sendersTakeTurns) this.senders.rotate(stream);
    if (stream.wantsDrain && stream.queuedBytes <= this.limits.sendHighWaterBytes / 2) {
      stream.wantsDrain = false;
      this.draining.push(stream);
    }
  }

  private widen(stream: Stream, bytes: number): void {
    stream.sendWindow += bytes;
    if (stream.sendWindow <= 0) this.senders.remove(stream);
    else if (stream.queuedBytes > 0) {
      this.senders.add(stream);
      this.pump();
    }
  }

  private widenAll(bytes: number): void {
    for (const stream of this.streams.values()) {
      if (stream.sendWindow + bytes > MAX_WINDOW_BYTES) {
        throw new ConnectionError(ErrorCode.FlowControlError, 'stream window above 2^31-1');
      }
      this.widen(stream, bytes);
    }
  }

  private writeWindowUpdate(streamId: number, bytes: number): void {
    if (bytes <= 0) return;
    const offset = this.output.reserve(FRAME_HEADER_BYTES + 4);
    const payload = writeFrameHeader(this.output.buffer, offset, 4, FrameType.WindowUpdate, 0, streamId);
    this.output.commit(writeUint32(this.output.buffer, payload, bytes));
  }

  private writeReset(streamId: number, code: number): void {
    const offset = this.output.reserve(FRAME_HEADER_BYTES + 4);
    const payload = writeFrameHeader(this.output.buffer, offset, 4, FrameType.RstStream, 0, streamId);
    this.output.commit(writeUint32(this.output.buffer, payload, code));
  }

  protected writePing(payload: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(payload);
    this.writeFrame(FrameType.Ping, 0, 0, bytes);
  }

  protected writeGoaway(lastStreamId: number, code: number, reason: string): void {
    const payload = Buffer.alloc(8 + reason.length);
    writeUint32(payload, writeUint32(payload, 0, lastStreamId), code);
    payload.write(reason, 8, 'latin1');
    this.writeFrame(FrameType.Goaway, 0, 0, payload);
  }

  private writeFrame(type: number, flags: number, streamId: number, payload: Buffer | undefined): void {
    const bytes = payload === undefined ? 0 : payload.length;
    let offset = this.output.reserve(FRAME_HEADER_BYTES + bytes);
    offset = writeFrameHeader(this.output.buffer, offset, bytes, type, flags, streamId);
    if (payload !== undefined) copyInto(this.output.buffer, offset, payload);
    this.output.commit(offset + bytes);
  }

  /** A peer that makes us answer but does not read is not read either, so its answers cannot pile up. */
  protected limitPendingOutput(): void {
    if (!this.output.blocked || !this.reading || this.output.pendingBytes < this.limits.maxPendingOutputBytes) return;
    this.reading = false;
    this.duplex.pause();
  }

  // ---------------------------------------------------------------- ends

  /** We ended our direction; when the peer has ended its own the stream is over. */
  localEnd(stream: Stream): void {
    stream.localEnded = true;
    if (stream.remoteEnded) this.close(stream);
  }

  /** Ends a stream at once and tells the peer. The stream itself is not told. */
  reset(stream: Stream, code: number): void {
    if (stream.closed) return;
    this.writeReset(stream.id, code);
    this.close(stream);
  }

  /** Ends a stream through its peer's fault. */
  protected resetFaulty(stream: Stream, code: number, reason: string): void {
    this.countReset();
    this.reset(stream, code);
    stream.receiveReset(code, reason);
  }

  /** Refuses a stream that was never registered. */
  protected refuse(streamId: number, code: number): void {
    this.countReset();
    this.writeReset(streamId, code);
  }

  private close(stream: Stream): void {
    if (stream.closed) return;
    this.detach(stream);
    this.streams.delete(stream.id);
    this.streamsChanged();
  }

  private detach(stream: Stream): void {
    stream.closed = true;
    this.senders.remove(stream);
    if (stream.queuedBytes > 0) {
      stream.queuedBytes = 0;
      stream.queue = [];
    }
    this.returnGrant(stream);
  }

  /** Ends the connection over what the peer did; it is told why. */
  protected abort(error: ConnectionError): void {
    if (this.ended) return;
    this.writeGoaway(this.lastPeerStreamId(), error.code, error.message);
    this.finish(`connection ended: ${error.message}`);
  }

  /** Flushes what was written, then closes the duplex; every stream still open is told. */
  protected finish(reason: string): void {
    if (this.ended) return;
    this.output.flush();
    this.duplex.end();
    this.linger = this.clock.after(LINGER_MS, () => this.duplex.destroy());
    this.fail(reason);
  }

  /** The end, whatever its cause. */
  private fail(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.handshake?.cancel();
    this.output.discard();
    this.duplex.end();
    const orphans = [...this.streams.values()];
    this.streams.clear();
    for (const stream of orphans) {
      this.detach(stream);
      stream.receiveLoss(reason);
    }
    this.lost(reason);
  }

  /** True while another stream may be opened with an id we choose. */
  protected static hasIdsLeft(nextId: number): boolean {
    return nextId <= MAX_STREAM_ID;
  }
}

function protocolError(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.ProtocolError, what);
}

function paddingBytes(bytes: Buffer, start: number, end: number): number {
  const padding = start < end ? bytes[start]! : 0;
  if (start + 1 + padding > end) throw protocolError('padding longer than its frame');
  return padding;
}

/** A native copy costs more than a loop over the few bytes that most blocks have. */
function copyInto(into: Buffer, offset: number, bytes: Buffer): void {
  if (bytes.length > 32) bytes.copy(into, offset);
  else for (let i = 0; i < bytes.length; i++) into[offset + i] = bytes[i]!;
}

/** Moves the first `bytes` of a stream's queue to `offset` of `into`. */
function takeQueued(stream: Stream, into: Buffer, offset: number, bytes: number): void {
  stream.queuedBytes -= bytes;
  const { queue } = stream;
  let taken = 0;
  while (bytes > 0) {
    const head = queue[taken]!;
    const take = Math.min(bytes, head.length - stream.queueOffset);
    head.copy(into, offset, stream.queueOffset, stream.queueOffset + take);
    offset += take;
    bytes -= take;
    stream.queueOffset += take;
    if (stream.queueOffset === head.length) {
      taken++;
      stream.queueOffset = 0;
    }
  }
  if (taken > 0) queue.splice(0, taken);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? (bytes as Buffer) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
