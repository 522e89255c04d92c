/**
 * An HTTP/2 connection over a byte duplex, the half that client and server have in common: it routes frames to streams
 * and settings to their places, and ends by agreement (`finish`) or by force (`abort`).
 *
 * A frame is handled in place, in the chunk that the duplex delivered. What the peer may do wrong ends the stream or the
 * connection with RFC 9113's code and never throws out of `onData`.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Duplex, DuplexHandler } from '../../base/network.ts';
import { HpackDecoder } from '../hpack/decoder.ts';
import { HpackEncoder } from '../hpack/encoder.ts';
import {
  ConnectionError,
  DEFAULT_MAX_FRAME_BYTES,
  ErrorCode,
  errorCodeName,
  MAX_WINDOW_BYTES,
  Setting,
} from './constants.ts';
import { FrameParser, protocolError } from './frame-parser.ts';
import type { FrameEvents } from './frame-parser.ts';
import { asBuffer, FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import type { ConnectionLimits } from './limits.ts';
import { Output } from './output.ts';
import { PeerConduct } from './peer-conduct.ts';
import { ReceiveFlow } from './receive-flow.ts';
import { SendFlow } from './send-flow.ts';
import { PeerSettings } from './settings.ts';
import type { Stream } from './stream.ts';
import { StreamTable } from './stream-table.ts';

/** A peer that does not read its GOAWAY is cut off after this. */
const LINGER_MS = 1000;
/** A peer must have sent its SETTINGS by then; grpc-go gives a new connection 20 s too. */
const HANDSHAKE_TIMEOUT_MS = 20_000;
const HPACK_TABLE_BYTES = 4096;

export abstract class Connection implements DuplexHandler, FrameEvents {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  readonly output: Output;
  readonly frames: FrameWriter;
  readonly sending: SendFlow;
  readonly receiving: ReceiveFlow;
  readonly encoder = new HpackEncoder();
  protected readonly decoder: HpackDecoder;
  readonly streams: StreamTable;
  protected readonly peerSettings = new PeerSettings();
  protected readonly reader: FrameReader;
  private readonly duplex: Duplex;
  private readonly conduct: PeerConduct;
  private readonly handshake: Timer;
  private linger: Timer | undefined;
  private reading = true;
  /** A stream that holds bytes of the chunk at hand. */
  private borrower: Stream | undefined;
  protected settingsReceived = false;
  /** Bytes have come since this was last cleared: the peer lives. */
  protected heard = false;
  ended = false;

  /** `takeTurns` as `SendFlow` has it. */
  constructor(duplex: Duplex, clock: Clock, limits: ConnectionLimits, takeTurns: boolean) {
    this.duplex = duplex;
    this.clock = clock;
    this.limits = limits;
    this.output = new Output(duplex, clock);
    this.frames = new FrameWriter(this.output);
    this.sending = new SendFlow(this.output, limits.sendHighWaterBytes, takeTurns);
    this.receiving = new ReceiveFlow(this.frames, limits);
    this.streams = new StreamTable(this.frames, this.sending, this.receiving, () => this.streamClosed());
    this.decoder = new HpackDecoder(HPACK_TABLE_BYTES, limits.maxHeaderListBytes);
    this.reader = new FrameReader(new FrameParser(this, limits.maxHeaderListBytes), DEFAULT_MAX_FRAME_BYTES);
    this.conduct = new PeerConduct(clock, limits);
    this.handshake = clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      this.abort(new ConnectionError(ErrorCode.SettingsTimeout, 'no SETTINGS from the peer'));
    });
  }

  /** A whole header block arrived: `bytes[start, end)`, valid during the call. It must be decoded. */
  abstract headers(id: number, bytes: Buffer, start: number, end: number, endStream: boolean): void;
  /** The stream has never been open, so that the peer may not send frames on it other than those that open it. */
  protected abstract isIdleStream(id: number): boolean;
  /** The highest stream of the peer's that was or will be acted on, for GOAWAY. */
  protected abstract lastPeerStreamId(): number;
  protected abstract receivePing(): void;
  protected abstract receivePingAck(payload: bigint): void;
  protected abstract receiveGoaway(lastStreamId: number, code: number, reason: string): void;
  /** The peer's settings are in force. */
  protected abstract receiveSettings(): void;
  /** A stream has closed. */
  protected abstract streamClosed(): void;
  /** The connection is over, and every stream has been told. */
  protected abstract lost(reason: string): void;

  onData(chunk: Uint8Array): void {
    if (this.ended) return;
    this.heard = true;
    try {
      this.takeChunk(asBuffer(chunk));
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.abort(error);
    } finally {
      this.settleBorrower();
    }
    this.limitPendingOutput();
  }

  /** The server looks for the preface first. */
  protected takeChunk(chunk: Buffer): void {
    this.reader.push(chunk);
  }

  onDrain(): void {
    if (this.ended) return;
    this.output.blocked = false;
    this.sending.pump();
    if (this.reading) return;
    this.reading = true;
    this.duplex.resume();
  }

  onEnd(): void {
    this.end('the peer closed the connection');
  }

  onClose(error: Error | undefined): void {
    this.linger?.cancel();
    this.end(error === undefined ? 'the connection was closed' : error.message);
  }

  // ---------------------------------------------------------------- frames

  data(id: number, frameBytes: number, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.receiving.arrived(frameBytes);
    const stream = this.streams.get(id);
    if (stream === undefined || stream.remoteEnded) {
      this.strayFrame(id, stream);
      return;
    }
    if (frameBytes === 0 && !endStream) this.conduct.idleFrames.count();
    stream.receiveWindow -= frameBytes;
    if (stream.receiveWindow < 0) {
      this.resetFaulty(stream, ErrorCode.FlowControlError, 'DATA beyond the stream window');
      return;
    }
    const paddingBytes = frameBytes - (end - start);
    if (paddingBytes > 0) this.receiving.credit(stream, paddingBytes);
    if (endStream) stream.remoteEnded = true;
    stream.receiveData(bytes, start, end, endStream);
    if (endStream && stream.localEnded) this.streams.close(stream);
  }

  resetStream(id: number, code: number): void {
    if (this.isIdleStream(id)) throw protocolError(`RST_STREAM on idle stream ${id}`);
    this.countReset();
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    this.streams.close(stream);
    stream.receiveReset(code, `stream reset by the peer: ${errorCodeName(code)}`);
  }

  /** A client need not count: its server may end as many of the client's streams as it likes. */
  protected countReset(): void {
    this.conduct.resets.count();
  }

  settings(bytes: Buffer, start: number, end: number): void {
    this.conduct.settings.count();
    const widenedBytes = this.peerSettings.apply(bytes, start, end);
    this.encoder.setTableLimit(this.peerSettings.headerTableBytes);
    this.frames.settingsAck();
    if (widenedBytes !== 0) this.sending.widenAll(this.streams.all(), widenedBytes);
    this.settingsReceived = true;
    this.handshake.cancel();
    this.receiveSettings();
  }

  settingsAck(): void {
    this.conduct.settings.count();
  }

  ping(bytes: Buffer, start: number, end: number): void {
    this.conduct.pings.count();
    this.frames.pingAck(bytes.subarray(start, end));
    this.receivePing();
  }

  pingAck(payload: bigint): void {
    this.conduct.pings.count();
    this.receivePingAck(payload);
  }

  goaway(lastStreamId: number, code: number, reason: string): void {
    this.conduct.idleFrames.count();
    this.receiveGoaway(lastStreamId, code, reason);
  }

  windowUpdate(id: number, increment: number): void {
    if (id === 0) {
      if (increment === 0) throw protocolError('WINDOW_UPDATE by 0');
      this.sending.widenConnection(increment);
      return;
    }
    const stream = this.streams.get(id);
    if (stream === undefined) {
      if (this.isIdleStream(id)) throw protocolError(`WINDOW_UPDATE on idle stream ${id}`);
    } else if (increment === 0) {
      this.resetFaulty(stream, ErrorCode.ProtocolError, 'WINDOW_UPDATE by 0');
    } else if (stream.sendWindow + increment > MAX_WINDOW_BYTES) {
      this.resetFaulty(stream, ErrorCode.FlowControlError, 'stream window above 2^31-1');
    } else this.sending.widen(stream, increment);
  }

  ignoredFrame(): void {
    this.conduct.idleFrames.count();
  }

  /** A frame for a stream that is closed or half-closed: the peer may not know yet, so only many of them are an offence. */
  protected strayFrame(id: number, stream: Stream | undefined): void {
    if (this.isIdleStream(id)) throw protocolError(`frame on idle stream ${id}`);
    this.conduct.idleFrames.count();
    if (stream === undefined) this.frames.resetStream(id, ErrorCode.StreamClosed);
    else this.resetFaulty(stream, ErrorCode.StreamClosed, 'frame on a stream that its sender had ended');
  }

  // ---------------------------------------------------------------- streams

  /** Our part of the handshake, settings of its own added. */
  protected open(settings: readonly (readonly [setting: number, value: number])[]): void {
    const { streamWindowBytes, maxHeaderListBytes } = this.limits;
    const common = [
      [Setting.InitialWindowSize, streamWindowBytes],
      [Setting.MaxHeaderListSize, maxHeaderListBytes],
    ] as const;
    this.frames.settings([...common, ...settings]);
    this.receiving.open();
  }

  protected register(stream: Stream, id: number): void {
    this.streams.add(stream, id, this.peerSettings.initialWindowBytes, this.limits.streamWindowBytes);
  }

  /** `stream` holds bytes of the chunk at hand and will be told to `settle` before it goes. */
  borrow(stream: Stream): void {
    if (this.borrower !== stream) this.settleBorrower();
    this.borrower = stream;
  }

  private settleBorrower(): void {
    this.borrower?.settle();
    this.borrower = undefined;
  }

  /** Ends a stream through its peer's fault. */
  protected resetFaulty(stream: Stream, code: number, reason: string): void {
    this.countReset();
    this.streams.reset(stream, code);
    stream.receiveReset(code, reason);
  }

  // ---------------------------------------------------------------- ends

  /** A peer that makes us answer but does not read is not read either, so its answers cannot pile up. */
  protected limitPendingOutput(): void {
    if (!this.output.blocked || !this.reading || this.output.pendingBytes < this.limits.maxPendingOutputBytes) return;
    this.reading = false;
    this.duplex.pause();
  }

  /** Ends the connection over what the peer did; it is told why. */
  protected abort(error: ConnectionError): void {
    if (this.ended) return;
    this.frames.goaway(this.lastPeerStreamId(), error.code, error.message);
    this.finish(`connection ended: ${error.message}`);
  }

  /** Sends what was written, then closes the duplex; every stream still open is told. */
  protected finish(reason: string): void {
    if (this.ended) return;
    this.output.flush();
    this.linger = this.clock.after(LINGER_MS, () => this.duplex.destroy());
    this.end(reason);
  }

  /** The end, whatever its cause. */
  private end(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.handshake.cancel();
    this.output.discard();
    this.duplex.end();
    this.streams.loseAll(reason);
    this.lost(reason);
  }
}
