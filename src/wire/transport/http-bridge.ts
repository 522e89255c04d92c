/**
 * Serves an HTTP/2 request that is not gRPC with a node http.Server, by speaking HTTP/1.1 to it over two ends of memory:
 * the listener sees an ordinary request, whatever brought it.
 */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Duplex } from 'node:stream';
import type { PeerInfo } from '../grpc/call.ts';
import type { PlainExchange, PlainHandler } from '../grpc/plain-exchange.ts';

/** Fields of HTTP/1.1 that must not appear in HTTP/2 (RFC 9113 section 8.2.2). */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

export function bridgeToHttp(server: HttpServer, peer: PeerInfo): PlainHandler {
  return (exchange) => {
    const [near, far] = streamPair(peer);
    server.emit('connection', far);
    forward(exchange, near);
  };
}

function forward(exchange: PlainExchange, connection: Duplex): void {
  const { head } = exchange;
  const request = httpRequest({
    createConnection: () => connection,
    method: head.method,
    path: head.path,
    headers: requestHeaders(exchange),
    setHost: false,
  });
  let response: IncomingMessage | undefined;
  request.on('response', (incoming) => {
    response = incoming;
    answer(exchange, incoming);
  });
  request.on('error', () => exchange.abort());
  exchange.listen({
    onBody: (chunk) => {
      const bytes = chunk.length;
      request.write(Buffer.from(chunk), () => exchange.consumed(bytes));
    },
    onBodyEnd: () => request.end(),
    onDrain: () => response?.resume(),
    onCancel: () => connection.destroy(),
  });
}

function requestHeaders({ head }: PlainExchange): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { host: head.authority, connection: 'close' };
  if (head.contentType !== '') headers['content-type'] = head.contentType;
  for (const [name, value] of head.metadata) {
    const known = headers[name];
    headers[name] = known === undefined ? value : [known, value].flat();
  }
  return headers;
}

function answer(exchange: PlainExchange, response: IncomingMessage): void {
  const fields: [string, string][] = [];
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    const name = response.rawHeaders[i]!.toLowerCase();
    if (!HOP_BY_HOP.has(name)) fields.push([name, response.rawHeaders[i + 1]!]);
  }
  exchange.respond(response.statusCode ?? 500, fields);
  response.on('data', (chunk: Buffer) => {
    if (!exchange.write(chunk)) response.pause();
  });
  response.on('end', () => exchange.end());
  response.on('error', () => exchange.abort());
}

/** Two node streams joined back to back; the far one looks enough like a socket for a listener to ask who is there. */
function streamPair(peer: PeerInfo): [Duplex, Duplex] {
  const near = new PairedStream();
  const far = new PairedStream();
  near.other = far;
  far.other = near;
  return [near, Object.assign(far, { remoteAddress: peer.remoteAddress, encrypted: peer.encrypted })];
}

class PairedStream extends Duplex {
  other: PairedStream | undefined;
  private resumeWriting: (() => void) | undefined;

  override _read(): void {
    const resume = this.resumeWriting;
    this.resumeWriting = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    const { other } = this;
    if (other === undefined || other.push(chunk)) callback();
    else other.resumeWriting = callback;
  }

  override _final(callback: () => void): void {
    this.other?.push(null);
    callback();
  }

  override _destroy(_error: Error | null, callback: (error: null) => void): void {
    const { other } = this;
    this.other = undefined;
    // Not inside this one's own end.
    setImmediate(() => other?.destroy());
    callback(null);
  }
}
