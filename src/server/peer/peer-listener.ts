/**
 * The peer port: one HTTP(S) server. Streams come in by Upgrade, snapshots by POST; the rest is plain HTTP as etcd's peer
 * port has it, from which a member that joins reads the cluster.
 */
import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Duplex as NodeStream } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { errorMessage } from '../../base/errors.ts';
import type { MemberId } from '../../core/raft/index.ts';
import { guardTls, type RejectedConnection } from '../../wire/transport/tls-guard.ts';
import type { AllowedPeers } from '../config/tls-settings.ts';
import type { MemberUrl } from '../config/values.ts';
import { listenOn } from '../listen-on.ts';
import { isAllowed } from './allowed-peers.ts';
import { encodeFrame, FRAME_PING, FRAME_PONG, FrameReader } from './frames.ts';
import { checkIdentity, SNAPSHOT_PATH, STREAM_PATH, UPGRADE_PROTOCOL } from './stream-headers.ts';

export interface PeerListenerOptions {
  readonly urls: readonly MemberUrl[];
  readonly tls: TlsOptions | undefined;
  readonly allowed: AllowedPeers;
  readonly crlFile: string | undefined;
  readonly onRejected: (connection: RejectedConnection) => void;
  readonly own: { readonly clusterId: bigint; readonly id: MemberId };
  readonly isRemoved: (id: MemberId) => boolean;
  /** A member has opened a stream: it runs, and listens. */
  readonly onStream: (from: MemberId) => void;
  /** A frame of a stream, and a way to answer on it; false where it cannot be read, which ends the stream. */
  readonly onFrame: (from: MemberId, kind: number, payload: Buffer, answer: (frame: Buffer) => void) => boolean;
  readonly onReceivedBytes: (from: MemberId, bytes: number) => void;
  /** What came could not be read: the stream has been ended. */
  readonly onUnreadable: (from: MemberId) => void;
  readonly onSnapshot: (from: MemberId, request: IncomingMessage) => Promise<void>;
  /** Answers all other requests. */
  readonly plain: RequestListener;
}

export class PeerListener {
  readonly #options: PeerListenerOptions;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<NodeStream>();
  readonly #streams = new Map<MemberId, Set<NodeStream>>();

  constructor(options: PeerListenerOptions) {
    this.#options = options;
  }

  /** Rejects with one line naming the URL that cannot be listened on. */
  async listen(): Promise<void> {
    for (const url of this.#options.urls) {
      const server = url.secure ? this.#createSecure() : createHttp();
      server.on('request', this.#onRequest);
      server.on('upgrade', this.#onUpgrade);
      server.on('connection', (socket: NodeStream) => {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
      });
      await listenOn(server, url);
      this.#servers.push(server);
    }
  }

  #createSecure(): Server {
    const { tls = {}, allowed, crlFile, onRejected } = this.#options;
    const server = createHttps(tls);
    guardTls(server, {
      crlFile,
      refuse: (socket) =>
        isAllowed(socket, allowed) ? undefined : new Error('client certificate authentication failed'),
      onRejected,
    });
    return server;
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends the streams of a member; whether it may open new ones is asked then. */
  disconnect(from: MemberId): void {
    for (const socket of this.#streams.get(from) ?? []) socket.destroy();
  }

  readonly #onRequest: RequestListener = (request, response) => {
    if (request.url !== SNAPSHOT_PATH || request.method !== 'POST') {
      this.#options.plain(request, response);
      return;
    }
    const caller = checkIdentity(request.headers, this.#options.own, this.#options.isRemoved);
    if (!('from' in caller)) {
      response.writeHead(caller.status).end(`${caller.reason}\n`);
      return;
    }
    this.#options
      .onSnapshot(caller.from, request)
      .then(() => response.writeHead(204).end())
      .catch((error: unknown) => response.writeHead(500).end(`${errorMessage(error)}\n`));
  };

  readonly #onUpgrade = (request: IncomingMessage, socket: NodeStream, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    if (request.url !== STREAM_PATH || request.headers.upgrade !== UPGRADE_PROTOCOL) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const caller = checkIdentity(request.headers, this.#options.own, this.#options.isRemoved);
    if (!('from' in caller)) {
      const body = `${caller.reason}\n`;
      socket.end(
        `HTTP/1.1 ${caller.status} Refused\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      return;
    }
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${UPGRADE_PROTOCOL}\r\n\r\n`);
    this.#read(caller.from, socket, head);
    this.#options.onStream(caller.from);
  };

  #read(from: MemberId, socket: NodeStream, head: Buffer): void {
    const { onFrame, onReceivedBytes, onUnreadable } = this.#options;
    const streams = this.#streams.get(from) ?? new Set();
    this.#streams.set(from, streams.add(socket));
    socket.once('close', () => streams.delete(socket));
    const answer = (frame: Buffer): void => {
      if (!socket.destroyed) socket.write(frame);
    };
    const reader = new FrameReader((kind, payload) => {
      if (kind !== FRAME_PING) return onFrame(from, kind, payload, answer);
      answer(encodeFrame(FRAME_PONG, payload));
      return true;
    });
    const onData = (chunk: Buffer): void => {
      onReceivedBytes(from, chunk.length);
      if (reader.push(chunk)) return;
      socket.destroy();
      onUnreadable(from);
    };
    socket.on('data', onData);
    socket.on('end', () => socket.end());
    if (head.length > 0) onData(head);
  }
}
