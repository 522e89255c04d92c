/** The server's end of a connection: accepts streams, keeps them within their limits, and ends by agreement. */
import type { Timer } from '../../base/clock.ts';
import type { Duplex } from '../../base/network.ts';
import { Connection } from '../http2/connection.ts';
import { ConnectionError, ErrorCode, MAX_STREAM_ID, PREFACE, Setting } from '../http2/constants.ts';
import type { Stream } from '../http2/stream.ts';
import { PreparedBlock } from '../hpack/prepared-block.ts';
import type { EndedCall, PeerInfo } from './call.ts';
import type { Deadlines } from './deadlines.ts';
import type { Metadata } from './metadata.ts';
import { PlainExchange } from './plain-exchange.ts';
import type { PlainHandler } from './plain-exchange.ts';
import { RequestHeadReader } from './request-head.ts';
import type { RequestHead } from './request-head.ts';
import { ServerCall } from './server-call.ts';
import type { GrpcServer } from './server.ts';
import type { StatusCode } from './status.ts';

const NO_BYTES = Buffer.alloc(0);
/** Any value that a keepalive ping does not use. */
const DRAIN_PING = 0xd7a1n;
const KEEPALIVE_PING = 1n;
/** A client that does not answer the drain's ping has its last stream fixed without it. */
const DRAIN_PING_TIMEOUT_MS = 5000;
/** Pings too early before a client is sent away, and the rate allowed without calls: etcd's, through grpc-go. */
const MAX_PING_STRIKES = 2;
const IDLE_PING_INTERVAL_MS = 7_200_000;

export class ServerConnection extends Connection {
  readonly peer: PeerInfo;
  readonly deadlines: Deadlines;
  readonly responseHeaders = new PreparedBlock([
    { name: ':status', value: '200', index: true },
    { name: 'content-type', value: 'application/grpc', index: true },
  ]);
  readonly okTrailers = new PreparedBlock([{ name: 'grpc-status', value: '0', index: true }]);
  private readonly server: GrpcServer;
  private readonly heads: RequestHeadReader;
  private readonly plainHandler: PlainHandler | undefined;
  private readonly onLost: () => void;
  private prefaceSeen = 0;
  private lastStreamId = 0;
  /** Calls that a handler may still work on, whether or not their stream is open. */
  private callsInWork = 0;
  /** Streams above this were opened after the final GOAWAY. */
  private lastAcceptedId = MAX_STREAM_ID;
  private drainTimer: Timer | undefined;
  private isDraining = false;
  private keepaliveTimer: Timer | undefined;
  private lastPingMs = -Infinity;
  private pingStrikes = 0;
  /** DATA frames sent before the last ping. */
  private framesAtPing = 0;
  private answeredSincePing = false;

  constructor(
    server: GrpcServer,
    duplex: Duplex,
    peer: PeerInfo,
    plainHandler: PlainHandler | undefined,
    onLost: () => void,
  ) {
    super(duplex, server.clock, server.limits, true);
    this.server = server;
    this.peer = peer;
    this.plainHandler = plainHandler;
    this.onLost = onLost;
    this.deadlines = server.deadlines;
    this.heads = new RequestHeadReader(this.decoder);
    this.open([[Setting.MaxConcurrentStreams, Math.min(server.limits.maxConcurrentStreams, 0xffff_ffff)]]);
    this.armKeepalive();
    duplex.attach(this);
  }

  protected override takeChunk(chunk: Buffer): void {
    this.reader.push(chunk, this.prefaceSeen < PREFACE.length ? this.takePreface(chunk) : 0);
  }

  /** Refuses a stream that is not to be opened. */
  private refuse(streamId: number, code: number): void {
    this.countReset();
    this.frames.resetStream(streamId, code);
  }

  private takePreface(chunk: Buffer): number {
    const take = Math.min(PREFACE.length - this.prefaceSeen, chunk.length);
    for (let i = 0; i < take; i++) {
      if (chunk[i] !== PREFACE[this.prefaceSeen + i]) {
        throw new ConnectionError(ErrorCode.ProtocolError, 'not an HTTP/2 connection preface');
      }
    }
    this.prefaceSeen += take;
    return take;
  }

  headers(id: number, block: Buffer, start: number, end: number, endStream: boolean): void {
    const head = this.heads.read(block, start, end);
    const stream = this.streams.get(id);
    if (stream !== undefined) {
      this.receiveTrailers(stream, endStream);
      return;
    }
    if (id % 2 === 0) throw new ConnectionError(ErrorCode.ProtocolError, `client stream ${id} is even`);
    if (id <= this.lastStreamId) {
      this.strayFrame(id, undefined);
      return;
    }
    this.lastStreamId = id;
    if (id > this.lastAcceptedId) return;
    if (head.malformed) {
      this.refuse(id, ErrorCode.ProtocolError);
      return;
    }
    const most = this.limits.maxConcurrentStreams;
    if (this.streams.size >= most || this.callsInWork >= most) this.refuse(id, ErrorCode.RefusedStream);
    else if (head.isGrpc || this.plainHandler === undefined) this.beginCall(id, head, endStream);
    else this.beginExchange(id, head, endStream, this.plainHandler);
  }

  forEachCall(visit: (call: ServerCall) => void): void {
    this.streams.forEach((stream) => {
      if (stream instanceof ServerCall) visit(stream);
    });
  }

  private beginCall(id: number, head: RequestHead, endStream: boolean): void {
    const call = new ServerCall(this, head, this.server.method(head.path));
    this.register(call, id);
    this.callsInWork++;
    if (head.timeoutMs !== undefined) {
      call.deadlineMs = this.clock.nowMs() + head.timeoutMs;
      this.deadlines.set(call.deadlineMs);
    }
    call.remoteEnded = endStream;
    call.begin();
    if (endStream) call.receiveData(NO_BYTES, 0, 0, true);
  }

  private beginExchange(id: number, head: RequestHead, endStream: boolean, handler: PlainHandler): void {
    const exchange = new PlainExchange(this, head);
    this.register(exchange, id);
    this.callsInWork++;
    exchange.remoteEnded = endStream;
    handler(exchange);
    if (endStream) exchange.receiveData(NO_BYTES, 0, 0, true);
  }

  private receiveTrailers(call: Stream, endStream: boolean): void {
    if (call.remoteEnded) this.strayFrame(call.id, call);
    else if (!endStream)
      this.resetFaulty(call, ErrorCode.ProtocolError, 'a second header block that does not end its stream');
    else {
      call.remoteEnded = true;
      call.receiveData(NO_BYTES, 0, 0, true);
      if (call.localEnded) this.streams.localEnd(call);
    }
  }

  protected isIdleStream(id: number): boolean {
    return id % 2 === 0 || id > this.lastStreamId;
  }

  protected lastPeerStreamId(): number {
    return this.lastStreamId;
  }

  // ---------------------------------------------------------------- what calls report

  callReleased(): void {
    this.callsInWork--;
  }

  countReceived(path: string, bytes: number): void {
    this.server.receivedBytes += bytes;
    this.server.observer?.received(path);
  }

  countSent(path: string, bytes: number): void {
    this.server.sentBytes += bytes;
    this.server.observer?.sent(path);
  }

  /** What a call of a path that is not served is answered with. */
  unservedPath(path: string): string {
    return this.server.unservedPath(path);
  }

  /** The instant, where calls are timed. */
  reportStart(path: string, metadata: Metadata): number {
    const { observer } = this.server;
    observer?.started(path, metadata);
    return observer?.took === undefined ? 0 : this.clock.nowMs();
  }

  reportEnd(call: EndedCall, code: StatusCode, startedMs: number): void {
    this.answeredSincePing = true;
    const { observer } = this.server;
    observer?.ended(call.path, code);
    observer?.took?.(call, (this.clock.nowMs() - startedMs) / 1000);
  }

  reportHandlerError(error: unknown, path: string): void {
    this.server.reportHandlerError(error, path);
  }

  // ---------------------------------------------------------------- liveness

  /** A client may ping for all that it is sent, each frame of a long answer too: grpc-go measures its window so. */
  protected receivePing(): void {
    const nowMs = this.clock.nowMs();
    const { frames } = this.sending;
    if (this.answeredSincePing || frames !== this.framesAtPing) {
      this.answeredSincePing = false;
      this.framesAtPing = frames;
      this.pingStrikes = 0;
    } else {
      const allowedMs = this.streams.size > 0 ? this.server.keepaliveMinTimeMs : IDLE_PING_INTERVAL_MS;
      if (nowMs - this.lastPingMs < allowedMs) this.pingStrikes++;
    }
    this.lastPingMs = nowMs;
    if (this.pingStrikes > MAX_PING_STRIKES) throw new ConnectionError(ErrorCode.EnhanceYourCalm, 'too_many_pings');
  }

  private armKeepalive(): void {
    const { keepaliveTimeMs, keepaliveTimeoutMs } = this.server;
    if (!Number.isFinite(keepaliveTimeMs)) return;
    this.heard = false;
    this.keepaliveTimer = this.clock.after(keepaliveTimeMs, () => {
      if (this.heard) {
        this.armKeepalive();
        return;
      }
      this.frames.ping(KEEPALIVE_PING);
      this.keepaliveTimer = this.clock.after(keepaliveTimeoutMs, () => {
        if (this.heard) this.armKeepalive();
        else this.finish('the client does not answer pings');
      });
    });
  }

  // ---------------------------------------------------------------- the end

  /** Lets the calls that the client has begun finish, accepts no others, then closes. */
  drain(): void {
    if (this.isDraining || this.ended) return;
    this.isDraining = true;
    // Two steps: what the client sent before it heard the first is still accepted (RFC 9113 section 6.8).
    this.frames.goaway(MAX_STREAM_ID, ErrorCode.NoError, 'graceful_stop');
    this.frames.ping(DRAIN_PING);
    this.drainTimer = this.clock.after(DRAIN_PING_TIMEOUT_MS, () => this.fixLastStream());
  }

  private fixLastStream(): void {
    if (this.lastAcceptedId !== MAX_STREAM_ID) return;
    this.drainTimer?.cancel();
    this.lastAcceptedId = this.lastStreamId;
    this.frames.goaway(this.lastStreamId, ErrorCode.NoError, 'graceful_stop');
    this.closeWhenDrained();
  }

  protected receivePingAck(payload: bigint): void {
    if (this.isDraining && payload === DRAIN_PING) this.fixLastStream();
  }

  protected streamClosed(): void {
    this.closeWhenDrained();
  }

  private closeWhenDrained(): void {
    if (this.lastAcceptedId !== MAX_STREAM_ID && this.streams.size === 0) this.finish('drained');
  }

  /** Ends the connection at once; its calls are cancelled. */
  shutdown(): void {
    this.finish('the server is closing');
  }

  protected receiveSettings(): void {}

  /** The client opens no more streams; it will close when its own are done. */
  protected receiveGoaway(): void {}

  protected lost(): void {
    this.drainTimer?.cancel();
    this.keepaliveTimer?.cancel();
    this.onLost();
  }
}
