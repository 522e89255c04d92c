/**
 * The client's end of a connection: opens streams in the order of the calls, within what the server allows, and says
 * when it can take no more.
 *
 * Order: a unary request that fits the server's stream window (65,535 bytes unless it says otherwise) leaves whole before
 * any that was called later on the same connection.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Duplex } from '../../base/network.ts';
import { Connection } from '../http2/connection.ts';
import { ConnectionError, ErrorCode, errorCodeName, MAX_STREAM_ID, PREFACE, Setting } from '../http2/constants.ts';
import type { ConnectionLimits } from '../http2/limits.ts';
import { PreparedBlock } from '../hpack/prepared-block.ts';
import { UnaryClientCall } from './client-call.ts';
import type { ClientCall } from './client-call.ts';
import type { Deadlines } from './deadlines.ts';
import { metadataFields } from './prepared-method.ts';
import { ResponseHeadReader } from './response-head.ts';
import { formatTimeout } from './timeout.ts';

/** Streams opened before the server's settings say how many it allows; what RFC 9113 recommends as the least. */
const STREAMS_BEFORE_SETTINGS = 100;
const KEEPALIVE_PING = 1n;

export interface ClientConnectionOptions {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  readonly deadlines: Deadlines;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly keepaliveTimeMs: number;
  readonly keepaliveTimeoutMs: number;
  /** The server's settings have arrived: it is there and speaks HTTP/2. */
  readonly onReady: () => void;
  /** No more calls: the server is going away, or stream ids have run out. Calls begun go on. */
  readonly onRetired: () => void;
  /** The connection is gone, and every call on it has been told. */
  readonly onLost: (reason: string) => void;
}

/** A method's header block with a timeout behind it. */
interface TimedBlock {
  readonly common: Buffer;
  readonly timeoutMs: number;
  readonly bytes: Buffer;
}

export class ClientConnection extends Connection {
  readonly deadlines: Deadlines;
  private readonly options: ClientConnectionOptions;
  private readonly heads: ResponseHeadReader;
  private readonly blocks: (PreparedBlock | undefined)[] = [];
  /** Calls for which the server allows no stream yet. */
  private readonly waiting = new Set<ClientCall>();
  private nextStreamId = 1;
  private retired = false;
  private keepaliveTimer: Timer | undefined;
  private readonly timedBlocks: (TimedBlock | undefined)[] = [];

  constructor(duplex: Duplex, options: ClientConnectionOptions) {
    super(duplex, options.clock, options.limits, false);
    this.options = options;
    this.deadlines = options.deadlines;
    this.heads = new ResponseHeadReader(this.decoder);
    this.frames.preface(PREFACE);
    this.open([[Setting.EnablePush, 0]]);
    this.armKeepalive();
    duplex.attach(this);
  }

  protected override takeChunk(chunk: Buffer): void {
    if (!this.settingsReceived) refuseStranger(chunk);
    super.takeChunk(chunk);
  }

  /** The server never said a word, so no call can have been acted on. */
  get neverConnected(): boolean {
    return !this.settingsReceived;
  }

  /** New calls are taken. */
  get isOpen(): boolean {
    return !this.retired && !this.ended;
  }

  get activeCalls(): number {
    return this.streams.size + this.waiting.size;
  }

  /** Opens the call's stream, or lets it wait its turn. Only while `isOpen`. `nowMs` as in CallOptions. */
  start(call: ClientCall, nowMs: number | undefined): void {
    if (call.deadlineMs !== undefined) this.deadlines.set(call.deadlineMs);
    if (this.waiting.size === 0 && this.mayOpen()) {
      this.openStream(call, nowMs);
      return;
    }
    if (call instanceof UnaryClientCall) call.holdRequest();
    this.waiting.add(call);
  }

  forEachCall(visit: (call: ClientCall) => void): void {
    this.streams.forEach((stream) => visit(stream as ClientCall));
    this.waiting.forEach(visit);
  }

  /** The call ended before its stream was opened. */
  withdraw(call: ClientCall): void {
    this.waiting.delete(call);
  }

  private mayOpen(): boolean {
    const most = this.settingsReceived ? this.peerSettings.maxConcurrentStreams : STREAMS_BEFORE_SETTINGS;
    return this.streams.size < most;
  }

  private openStream(call: ClientCall, nowMs: number | undefined): void {
    this.register(call, this.nextStreamId);
    this.nextStreamId += 2;
    this.frames.headers(call.id, this.headerBlock(call, nowMs), false);
    call.opened();
    if (this.nextStreamId > MAX_STREAM_ID) this.retire();
  }

  private headerBlock(call: ClientCall, nowMs: number | undefined): Buffer {
    const { method, ownMetadata, deadlineMs } = call;
    let prepared = this.blocks[method.id];
    if (prepared === undefined) {
      prepared = new PreparedBlock(method.fields(this.options.scheme, this.options.authority));
      this.blocks[method.id] = prepared;
    }
    const common = prepared.encoded(this.encoder);
    const block =
      deadlineMs === undefined
        ? common
        : this.withTimeout(method.id, common, deadlineMs - (nowMs ?? this.clock.nowMs()));
    if (ownMetadata === undefined) return block;
    // What the encoder returned lasts until its next use.
    return Buffer.concat([Buffer.from(block), this.encoder.encode(metadataFields(ownMetadata, false))]);
  }

  /** Calls of a method that are made with one timeout share the whole block: a timeout does not touch the table. */
  private withTimeout(methodId: number, common: Buffer, leftMs: number): Buffer {
    const timeoutMs = Math.max(1, Math.ceil(leftMs));
    const known = this.timedBlocks[methodId];
    // A prepared block is one and the same Buffer for as long as it holds.
    if (known?.common === common && known.timeoutMs === timeoutMs) return known.bytes;
    const field = { name: 'grpc-timeout', value: formatTimeout(timeoutMs), index: false };
    const bytes = Buffer.concat([Buffer.from(common), this.encoder.encode([field])]);
    this.timedBlocks[methodId] = { common, timeoutMs, bytes };
    return bytes;
  }

  headers(id: number, block: Buffer, start: number, end: number, endStream: boolean): void {
    const head = this.heads.read(block, start, end);
    const call = this.streams.get(id) as ClientCall | undefined;
    if (call === undefined || call.remoteEnded) {
      this.strayFrame(id, call);
      return;
    }
    if (endStream) call.remoteEnded = true;
    call.receiveHead(head, endStream);
    if (endStream && call.localEnded) this.streams.localEnd(call);
  }

  protected isIdleStream(id: number): boolean {
    return id % 2 === 0 || id >= this.nextStreamId;
  }

  /** No server opens streams here: push is off. */
  protected lastPeerStreamId(): number {
    return 0;
  }

  protected override countReset(): void {}

  protected receiveSettings(): void {
    this.options.onReady();
    this.openWaiting();
  }

  protected streamClosed(): void {
    if (this.waiting.size > 0) this.openWaiting();
    if (this.retired && this.activeCalls === 0) this.finish('retired');
  }

  private openWaiting(): void {
    for (const call of this.waiting) {
      if (this.retired || !this.mayOpen()) return;
      this.waiting.delete(call);
      this.openStream(call, undefined);
    }
  }

  // ---------------------------------------------------------------- liveness

  private armKeepalive(): void {
    const { keepaliveTimeMs, keepaliveTimeoutMs } = this.options;
    if (!Number.isFinite(keepaliveTimeMs)) return;
    this.heard = false;
    this.keepaliveTimer = this.clock.after(keepaliveTimeMs, () => {
      // A server sends a client away that pings without calls.
      if (this.heard || this.activeCalls === 0) {
        this.armKeepalive();
        return;
      }
      this.frames.ping(KEEPALIVE_PING);
      this.keepaliveTimer = this.clock.after(keepaliveTimeoutMs, () => {
        if (this.heard) this.armKeepalive();
        else this.abort(new ConnectionError(ErrorCode.NoError, 'the server does not answer pings'));
      });
    });
  }

  protected receivePing(): void {}

  protected receivePingAck(): void {}

  // ---------------------------------------------------------------- the end

  protected receiveGoaway(lastStreamId: number, code: number, reason: string): void {
    this.retire();
    const why = `the server is going away: ${reason === '' ? errorCodeName(code) : reason}`;
    const refused = this.streams.all().filter((stream) => stream.id > lastStreamId) as ClientCall[];
    for (const call of [...refused, ...this.waiting]) call.receiveRefusal(why);
    if (this.activeCalls === 0) this.finish(why);
  }

  /** Takes no more calls. */
  private retire(): void {
    if (this.retired) return;
    this.retired = true;
    this.options.onRetired();
    if (this.activeCalls === 0) this.finish('retired');
  }

  /** Ends the connection at once; its calls fail with Unavailable. */
  shutdown(reason: string): void {
    if (this.ended) return;
    this.frames.goaway(0, ErrorCode.NoError, '');
    this.finish(reason);
  }

  protected lost(reason: string): void {
    this.keepaliveTimer?.cancel();
    for (const call of [...this.waiting]) {
      this.waiting.delete(call);
      call.receiveLoss(reason);
    }
    this.options.onLost(reason);
  }
}

/** What answers may be no HTTP/2 server at all: say what it seems to be. */
function refuseStranger(chunk: Buffer): void {
  const isTls = chunk[0] === 0x15 && chunk[1] === 0x03;
  const isHttp1 = chunk.toString('latin1', 0, 5) === 'HTTP/';
  if (isTls) throw new ConnectionError(ErrorCode.ProtocolError, 'the server speaks TLS, the client does not');
  if (isHttp1) throw new ConnectionError(ErrorCode.ProtocolError, 'the server speaks HTTP/1.1, not HTTP/2');
}
