/** The peer transport over TCP or mutual TLS: one outgoing stream a peer, one listening port for what comes in. */
import type { IncomingMessage, RequestListener } from 'node:http';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { SequenceMap } from '../../base/sequence-map.ts';
import { decodeMessage, encodeMessageParts, type MemberId, type Message } from '../../core/raft/index.ts';
import type { AllowedPeers } from '../config/tls-settings.ts';
import type { MemberUrl } from '../config/values.ts';
import type { Logger } from '../log.ts';
import { hexId } from '../membership/member.ts';
import type { MetricsRegistry } from '../metrics/registry.ts';
import { logRejected } from '../rejected-connections.ts';
import { encodeFrame, encodeFrameParts, FRAME_MESSAGE, FRAME_REQUEST, FRAME_RESPONSE } from './frames.ts';
import { FaultyLink, hasFaults, type LinkFaults } from './link-faults.ts';
import { PeerListener } from './peer-listener.ts';
import { metered, peerMetrics, type PeerMetrics } from './peer-metrics.ts';
import { PeerStream } from './peer-stream.ts';
import { postSnapshot, receiveSnapshot } from './snapshot-transfer.ts';
import type { OutgoingSnapshot, PeerHandlers, PeerTransport } from './transport.ts';

export interface TcpTransportOptions {
  readonly clusterId: bigint;
  readonly id: MemberId;
  readonly listenUrls: readonly MemberUrl[];
  readonly serverTls: TlsOptions | undefined;
  readonly clientTls: ConnectionOptions | undefined;
  readonly allowed: AllowedPeers;
  readonly crlFile: string | undefined;
  readonly faults: LinkFaults;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly registry: MetricsRegistry;
  readonly isRemoved: (id: MemberId) => boolean;
  /** A peer says that this member has been removed: it may never see the entry that says so. */
  readonly onRemoved: () => void;
  /** Answers what else is asked on the peer port. */
  readonly plain: RequestListener;
}

interface Peer {
  readonly stream: PeerStream;
  readonly metrics: PeerMetrics;
  readonly link: FaultyLink | undefined;
}

export class TcpTransport implements PeerTransport {
  readonly #options: TcpTransportOptions;
  readonly #listener: PeerListener;
  readonly #peers = new Map<MemberId, Peer>();
  readonly #waiting = new SequenceMap<(response: Uint8Array | undefined) => void>();
  /** Snapshots on their way must not hold up a stop: the backend stays open for as long as they are read. */
  readonly #stopping = new AbortController();
  #handlers: PeerHandlers | undefined;
  #lastRequest = 0;

  constructor(options: TcpTransportOptions) {
    this.#options = options;
    this.#listener = new PeerListener({
      urls: options.listenUrls,
      tls: options.serverTls,
      allowed: options.allowed,
      crlFile: options.crlFile,
      onRejected: logRejected(options.log, 'peer'),
      own: { clusterId: options.clusterId, id: options.id },
      isRemoved: options.isRemoved,
      onStream: (from) => this.#peers.get(from)?.stream.hurry(),
      onFrame: (from, kind, payload, answer) => this.#onFrame(from, kind, payload, answer),
      onReceivedBytes: (from, bytes) => {
        const peer = this.#peers.get(from);
        if (peer !== undefined) peer.metrics.receivedBytes.value += bytes;
      },
      onUnreadable: (from) => {
        const peer = this.#peers.get(from);
        if (peer !== undefined) peer.metrics.receivedFailures.value++;
      },
      onSnapshot: (from, request) => this.#onSnapshot(from, request),
      plain: options.plain,
    });
  }

  /** Opens the peer port; rejects where it cannot. */
  listen(): Promise<void> {
    return this.#listener.listen();
  }

  start(handlers: PeerHandlers): void {
    this.#handlers = handlers;
  }

  setPeer(id: MemberId, urls: readonly string[]): void {
    const known = this.#peers.get(id);
    if (known !== undefined) {
      known.stream.setUrls(urls);
      return;
    }
    const { clusterId, id: own, clientTls, clock, log, random, registry, faults, onRemoved } = this.#options;
    const metrics = peerMetrics(registry, own, id);
    const link = hasFaults(faults) ? new FaultyLink(faults, clock, random.fork()) : undefined;
    const stream = new PeerStream(urls, {
      identity: { clusterId, from: own, to: id },
      tls: clientTls,
      clock,
      log,
      metrics,
      link,
      onResponse: (payload) => this.#onResponse(payload),
      onConnected: () => this.#handlers?.onReachable(id),
      onLost: () => this.#handlers?.onUnreachable(id),
      onRemoved,
    });
    this.#peers.set(id, { stream, metrics, link });
  }

  removePeer(id: MemberId): void {
    this.#peers.get(id)?.stream.close();
    this.#peers.delete(id);
    // It dials again, and is told then that it is out.
    this.#listener.disconnect(id);
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#sendFrame(message.to, encodeFrameParts(FRAME_MESSAGE, encodeMessageParts(message)));
    }
    // Before the turn goes on: the sync of the leader's own log may be the next thing in it.
    for (const message of messages) this.#peers.get(message.to)?.stream.flush();
  }

  sendSnapshot(to: MemberId, snapshot: OutgoingSnapshot): void {
    const peer = this.#peers.get(to);
    if (peer === undefined) {
      snapshot.close(false);
      return;
    }
    const { clusterId, id, clientTls, clock, log } = this.#options;
    const { signal } = this.#stopping;
    const sent = postSnapshot(peer.stream.url, { clusterId, from: id, to }, clientTls, snapshot, { signal });
    metered(sent, peer.metrics.snapshotSend, clock)
      .then(() => snapshot.close(true))
      .catch((error: unknown) => {
        log.warn('failed to send database snapshot', { 'remote-peer-id': hexId(to), error: errorMessage(error) });
        snapshot.close(false);
      });
  }

  forward(
    to: MemberId,
    request: Uint8Array,
    timeoutMs: number,
    done: (response: Uint8Array | undefined) => void,
  ): void {
    const number = ++this.#lastRequest;
    const payload = Buffer.allocUnsafe(8 + request.length);
    payload.writeDoubleLE(number);
    payload.set(request, 8);
    const timer = this.#options.clock.after(timeoutMs, () => this.#finish(number, undefined));
    this.#waiting.set(number, (response) => {
      timer.cancel();
      done(response);
    });
    if (!this.#sendFrame(to, [encodeFrame(FRAME_REQUEST, payload)])) {
      this.#options.clock.soon(() => this.#finish(number, undefined));
    }
  }

  activeSinceMs(id: MemberId): number | undefined {
    return this.#peers.get(id)?.stream.activeSinceMs;
  }

  stop(done: () => void): void {
    this.#stopping.abort();
    for (const peer of this.#peers.values()) peer.stream.close();
    this.#peers.clear();
    this.#listener.close();
    for (const [number] of this.#waiting.inOrder()) this.#finish(number, undefined);
    done();
  }

  #sendFrame(to: MemberId, frame: readonly Uint8Array[]): boolean {
    const peer = this.#peers.get(to);
    if (peer === undefined) return false;
    if (peer.link !== undefined) {
      peer.link.pass(() => peer.stream.send(frame));
      return true;
    }
    const isSent = peer.stream.send(frame);
    if (!isSent) this.#options.clock.soon(() => this.#handlers?.onUnreachable(to));
    return isSent;
  }

  #onFrame(from: MemberId, kind: number, payload: Buffer, answer: (frame: Buffer) => void): boolean {
    if (this.#handlers === undefined) return true;
    if (kind === FRAME_MESSAGE) return this.#onMessage(from, payload);
    if (kind === FRAME_REQUEST && payload.length >= 8) {
      this.#handlers.onForward(from, payload.subarray(8), (response) => {
        answer(encodeFrame(FRAME_RESPONSE, Buffer.concat([payload.subarray(0, 8), response])));
      });
    }
    return true;
  }

  #onMessage(from: MemberId, payload: Buffer): boolean {
    let message: Message;
    try {
      message = decodeMessage(payload);
    } catch (error) {
      this.#options.log.warn('closed a peer stream that is not to be understood', {
        'remote-peer-id': hexId(from),
        error: errorMessage(error),
      });
      return false;
    }
    // Who speaks was settled when the stream was opened.
    if (message.from === from && message.to === this.#options.id) this.#handlers?.onMessage(message);
    return true;
  }

  #onResponse(payload: Buffer): void {
    if (payload.length >= 8) this.#finish(payload.readDoubleLE(), payload.subarray(8));
  }

  #finish(number: number, response: Uint8Array | undefined): void {
    const done = this.#waiting.get(number);
    this.#waiting.delete(number);
    done?.(response);
  }

  #onSnapshot(from: MemberId, request: IncomingMessage): Promise<void> {
    const handlers = this.#handlers;
    if (handlers === undefined) return Promise.reject(new Error('this member is not ready'));
    const chunks = request as AsyncIterable<Buffer>;
    const received = receiveSnapshot(chunks, (term, mark) => handlers.onSnapshot(from, term, mark));
    const peer = this.#peers.get(from);
    return peer === undefined ? received : metered(received, peer.metrics.snapshotReceive, this.#options.clock);
  }
}
