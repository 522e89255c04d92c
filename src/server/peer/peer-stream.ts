/**
 * The outgoing stream to one peer: dialled, kept, redialled. Messages to the peer leave on it; answers to our requests
 * and pings come back on it.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex as NodeStream } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import type { Clock, Timer } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../log.ts';
import { hexId } from '../membership/member.ts';
import { requestPeer } from './ask.ts';
import { encodeFrame, FRAME_PING, FRAME_PONG, FRAME_RESPONSE, FrameReader } from './frames.ts';
import type { FaultyLink } from './link-faults.ts';
import type { PeerMetrics } from './peer-metrics.ts';
import { GONE, identityHeaders, STREAM_PATH, UPGRADE_PROTOCOL, type PeerIdentity } from './stream-headers.ts';

/** A peer that reads this much too slowly is treated as unreachable: it must not fill our memory. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
const FIRST_REDIAL_MS = 50;
const LONGEST_REDIAL_MS = 1000;
const DIAL_TIMEOUT_MS = 5000;
const PING_INTERVAL_MS = 1000;
/** Without a pong for so long the connection is dead, though TCP may not know it yet. */
const PONG_TIMEOUT_MS = 5000;

export interface PeerStreamOptions {
  readonly identity: PeerIdentity;
  readonly tls: ConnectionOptions | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: PeerMetrics;
  /** What delays pings, and what comes back, on purpose; frames that are sent have passed it already. */
  readonly link?: FaultyLink | undefined;
  readonly onResponse: (payload: Buffer) => void;
  readonly onConnected: () => void;
  readonly onLost: () => void;
  /** The peer says that this member has been removed. */
  readonly onRemoved: () => void;
}

export class PeerStream {
  readonly #options: PeerStreamOptions;
  #urls: readonly string[];
  #nextUrl = 0;
  #socket: NodeStream | undefined;
  #request: ClientRequest | undefined;
  #redial: Timer | undefined;
  #ping: Timer | undefined;
  #redialMs = FIRST_REDIAL_MS;
  #activeSinceMs: number | undefined;
  #lastPongMs = 0;
  #isCorked = false;
  #isClosed = false;
  #lastFailure = '';

  constructor(urls: readonly string[], options: PeerStreamOptions) {
    this.#urls = urls;
    this.#options = options;
    this.#dial();
  }

  get activeSinceMs(): number | undefined {
    return this.#activeSinceMs;
  }

  /** The URL that is being used, or would be tried next. */
  get url(): string {
    return this.#urls[this.#nextUrl % this.#urls.length] ?? '';
  }

  /** A stream that stands is kept, as etcd keeps it: the peer may yet have to be started again to listen on its new URLs. */
  setUrls(urls: readonly string[]): void {
    if (urls.join() === this.#urls.join()) return;
    this.#urls = urls;
    this.#nextUrl = 0;
    this.#redialMs = FIRST_REDIAL_MS;
  }

  /** The peer has been heard of elsewhere: it is not waited for any longer before the next attempt. */
  hurry(): void {
    if (this.#redial === undefined || this.#isClosed) return;
    this.#redialMs = FIRST_REDIAL_MS;
    this.#dial();
  }

  /** False when the frame was dropped. */
  send(frame: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (socket === undefined || socket.writableLength > MAX_UNSENT_BYTES) {
      this.#options.metrics.sentFailures.value++;
      return false;
    }
    if (!this.#isCorked) {
      this.#isCorked = true;
      socket.cork();
      this.#options.clock.soon(() => this.flush());
    }
    for (const piece of frame) {
      socket.write(piece);
      this.#options.metrics.sentBytes.value += piece.length;
    }
    return true;
  }

  /** What has been sent leaves now, in one system call, and not when the turn ends. */
  flush(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket?.uncork();
  }

  close(): void {
    this.#isClosed = true;
    this.#redial?.cancel();
    this.#ping?.cancel();
    this.#request?.destroy();
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#activeSinceMs = undefined;
    this.#options.metrics.active.value = 0;
  }

  #dial(): void {
    this.#redial?.cancel();
    this.#redial = undefined;
    const { identity, tls } = this.#options;
    const url = new URL(STREAM_PATH, this.url);
    const headers = { ...identityHeaders(identity), Connection: 'Upgrade', Upgrade: UPGRADE_PROTOCOL };
    const request = requestPeer(url, tls, { headers, timeout: DIAL_TIMEOUT_MS });
    this.#request = request;
    request.on('upgrade', (_response, socket, head) => this.#connected(socket, head));
    request.on('response', (response) => this.#refused(response));
    request.on('timeout', () => request.destroy(new Error(`no answer within ${DIAL_TIMEOUT_MS} ms`)));
    request.on('error', (error) => this.#failed(errorMessage(error)));
    request.end();
  }

  #connected(socket: NodeStream, head: Buffer): void {
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    const { clock, log, metrics, identity } = this.#options;
    const reader = new FrameReader((kind, payload) => this.#onFrame(kind, payload));
    const onData = (chunk: Buffer): void => {
      metrics.receivedBytes.value += chunk.length;
      if (!reader.push(chunk)) socket.destroy(new Error('bytes that are no frame'));
    };
    socket.on('data', onData);
    socket.on('error', (error) => this.#onGone(socket, errorMessage(error)));
    socket.on('close', () => this.#onGone(socket, 'the peer closed the stream'));
    if (head.length > 0) onData(head);
    this.#socket = socket;
    this.#isCorked = false;
    this.#activeSinceMs = clock.nowMs();
    this.#lastPongMs = clock.nowMs();
    this.#redialMs = FIRST_REDIAL_MS;
    this.#lastFailure = '';
    metrics.active.value = 1;
    log.info('established TCP streaming connection with remote peer', {
      'remote-peer-id': hexId(identity.to),
      'remote-peer-url': this.url,
    });
    this.#schedulePing();
    this.#options.onConnected();
  }

  #refused(response: IncomingMessage): void {
    if (response.statusCode === GONE) this.#options.onRemoved();
    let reason = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => (reason += text.slice(0, 500)));
    response.on('end', () => this.#failed(`refused with ${response.statusCode}: ${reason.trim()}`));
    response.on('error', (error) => this.#failed(errorMessage(error)));
  }

  #onGone(socket: NodeStream, reason: string): void {
    if (this.#socket === socket) this.#lose(reason);
  }

  #lose(reason: string): void {
    const { metrics, onLost } = this.#options;
    if (this.#socket !== undefined) {
      this.#socket.destroy();
      this.#socket = undefined;
      metrics.disconnected.value++;
      onLost();
    }
    this.#ping?.cancel();
    this.#activeSinceMs = undefined;
    metrics.active.value = 0;
    this.#failed(reason);
  }

  #failed(reason: string): void {
    if (this.#isClosed) return;
    const { clock, log, identity } = this.#options;
    if (reason !== this.#lastFailure) {
      // The same failure every second for hours is said once.
      this.#lastFailure = reason;
      log.warn('peer became inactive (message send to peer failed)', { 'peer-id': hexId(identity.to), error: reason });
    }
    this.#nextUrl++;
    this.#redial?.cancel();
    this.#redial = clock.after(this.#redialMs, () => this.#dial());
    this.#redialMs = Math.min(2 * this.#redialMs, LONGEST_REDIAL_MS);
  }

  #schedulePing(): void {
    const { clock } = this.#options;
    this.#ping?.cancel();
    this.#ping = clock.after(PING_INTERVAL_MS, () => {
      if (clock.nowMs() - this.#lastPongMs > PONG_TIMEOUT_MS) {
        this.#lose(`no pong within ${PONG_TIMEOUT_MS} ms`);
        return;
      }
      const payload = Buffer.allocUnsafe(8);
      payload.writeDoubleLE(clock.nowMs());
      this.#throughLink(() => this.send([encodeFrame(FRAME_PING, payload)]));
      this.#schedulePing();
    });
  }

  #throughLink(deliver: () => void): void {
    const { link } = this.#options;
    if (link === undefined) deliver();
    else link.pass(deliver);
  }

  #onFrame(kind: number, payload: Buffer): boolean {
    this.#throughLink(() => this.#take(kind, payload));
    return true;
  }

  #take(kind: number, payload: Buffer): void {
    if (kind === FRAME_PONG && payload.length === 8) {
      const nowMs = this.#options.clock.nowMs();
      this.#lastPongMs = nowMs;
      this.#options.metrics.roundTripSeconds.observe((nowMs - payload.readDoubleLE()) / 1000);
    } else if (kind === FRAME_RESPONSE) {
      this.#options.onResponse(payload);
    }
  }
}
