/**
 * One port for gRPC and HTTP/1.1, as etcd has it. A plain connection is told apart by its first bytes, a TLS connection
 * by ALPN; on request a TLS port serves plain connections too.
 *
 * Over TLS an HTTP/2 request that is not gRPC goes to the HTTP listener (`curl https://…/health` speaks HTTP/2); over
 * plain HTTP/2 everything is gRPC.
 */
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener, Server as HttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { Server as TcpServer, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { errorMessage, OperationError } from '../../base/errors.ts';
import { PREFACE } from '../http2/constants.ts';
import type { PeerInfo } from '../grpc/call.ts';
import type { GrpcServer } from '../grpc/server.ts';
import { bridgeToHttp } from './http-bridge.ts';
import { SocketDuplex } from './socket-duplex.ts';
import { remoteAddressOf } from './tcp-network.ts';
import { readServerTls, serverTlsOptions } from './tls-files.ts';
import type { ServerTlsFiles } from './tls-files.ts';
import { guardTls } from './tls-guard.ts';
import type { RejectedConnection } from './tls-guard.ts';

export interface PortOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly grpc: GrpcServer;
  readonly http: RequestListener;
  readonly tls?: ServerTlsFiles;
  /** With `tls`: serve plain connections on the same port as well. */
  readonly alsoPlain?: boolean;
  /** Told of clients that TLS turned away. */
  readonly onRejected?: (connection: RejectedConnection) => void;
}

/** A client that connects must say something by then; node's own limit for HTTP headers. */
const FIRST_BYTES_TIMEOUT_MS = 60_000;
const TLS_HANDSHAKE_RECORD = 0x16;
const ALPN_PROTOCOLS = ['h2', 'http/1.1'];

/** Listens. Rejects with OperationError when the port cannot be had or the TLS files cannot be used. */
export function listen(options: PortOptions): Promise<Port> {
  return new Promise((resolve, reject) => {
    const port = new Port(options);
    port.start(() => resolve(port), reject);
  });
}

export class Port {
  private readonly options: PortOptions;
  private readonly tcp: TcpServer;
  private readonly http: HttpServer;
  private readonly tls: TlsServer | undefined;
  /** Connections that are not gRPC's to close. */
  private readonly sockets = new Set<Socket>();

  constructor(options: PortOptions) {
    this.options = options;
    this.http = createHttpServer(options.http);
    this.tls = options.tls === undefined ? undefined : this.createTls(options.tls);
    this.tcp = createTcpServer({ noDelay: true }, (socket) => this.accept(socket));
  }

  /** The port bound. */
  get port(): number {
    const address = this.tcp.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  start(onListening: () => void, onError: (error: Error) => void): void {
    const { host, port } = this.options;
    this.tcp.once('error', (error) =>
      onError(new OperationError(`cannot listen on ${host}:${port}: ${errorMessage(error)}`)),
    );
    this.tcp.listen(port, host, () => {
      // This server never listens itself; the event starts its check for clients that stall.
      this.http.emit('listening');
      onListening();
    });
  }

  /** Reads the TLS files again; connections made from now on see what they say. Throws and keeps the old ones on failure. */
  reloadTls(): void {
    if (this.options.tls !== undefined) this.tls?.setSecureContext(readServerTls(this.options.tls));
  }

  /** Accepts no more, and ends HTTP connections that are idle. gRPC's are the GrpcServer's to drain. */
  close(): void {
    this.tcp.close();
    this.http.close();
  }

  /** Accepts no more and ends every connection at once, gRPC's too. */
  destroy(): void {
    this.close();
    this.options.grpc.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private createTls(files: ServerTlsFiles): TlsServer {
    const server = createTlsServer({ ...serverTlsOptions(files), ALPNProtocols: ALPN_PROTOCOLS });
    guardTls(server, { ...files, onRejected: this.options.onRejected ?? (() => undefined) });
    server.on('secureConnection', (socket: TLSSocket) => {
      if (!socket.destroyed) this.acceptSecure(socket);
    });
    return server;
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (this.tls !== undefined && this.options.alsoPlain !== true) this.tls.emit('connection', socket);
    else this.sniff(socket);
  }

  /** Looks at the first bytes, puts them back and hands the socket to whom they are for. */
  private sniff(socket: Socket): void {
    socket.setTimeout(FIRST_BYTES_TIMEOUT_MS, () => socket.destroy());
    let seen = Buffer.alloc(0);
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      seen = Buffer.concat([seen, chunk]);
      const isTls = this.tls !== undefined && seen[0] === TLS_HANDSHAKE_RECORD;
      const compared = Math.min(seen.length, PREFACE.length);
      const isHttp2 = seen.subarray(0, compared).equals(PREFACE.subarray(0, compared));
      if (isHttp2 && compared < PREFACE.length) return;
      socket.off('readable', look);
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      socket.unshift(seen);
      if (isTls) this.tls?.emit('connection', socket);
      else if (isHttp2) this.serve(socket, { remoteAddress: remoteAddressOf(socket), encrypted: false });
      else this.http.emit('connection', socket);
    };
    socket.on('readable', look);
  }

  private acceptSecure(socket: TLSSocket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (socket.alpnProtocol !== 'h2') {
      this.http.emit('connection', socket);
      return;
    }
    const commonName = socket.authorized ? commonNameOf(socket) : undefined;
    const remoteAddress = remoteAddressOf(socket);
    const peer: PeerInfo = { remoteAddress, encrypted: true, ...(commonName === undefined ? {} : { commonName }) };
    this.serve(socket, peer);
  }

  private serve(socket: Socket, peer: PeerInfo): void {
    const other = peer.encrypted ? bridgeToHttp(this.http, peer) : undefined;
    this.options.grpc.serve(new SocketDuplex(socket), peer, other);
  }
}

function commonNameOf(socket: TLSSocket): string | undefined {
  // Node types the subject as always there; without a client certificate the object is empty.
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[] } };
  const name = subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}
