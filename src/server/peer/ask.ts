/** HTTP requests to a peer's port: over TLS where its URL says so, each over a connection of its own. */
import {
  request as httpRequest,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

export function requestPeer(
  url: URL,
  tls: ConnectionOptions | undefined,
  options: RequestOptions,
  onResponse?: (response: IncomingMessage) => void,
): ClientRequest {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return send(url, { ...options, agent: false, ...tls }, onResponse);
}

export interface PeerQuestion {
  readonly tls: ConnectionOptions | undefined;
  readonly timeoutMs: number;
  /** Sent with the GET, as etcd's members do it. */
  readonly json?: unknown;
}

export interface PeerAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** GET, and its answer whole. Rejects where none comes, or none for `timeoutMs`. */
export function askPeer(url: URL, { tls, timeoutMs, json }: PeerQuestion): Promise<PeerAnswer> {
  return new Promise((resolve, reject) => {
    const request = requestPeer(url, tls, { method: 'GET', timeout: timeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on('error', reject);
    if (json === undefined) {
      request.end();
      return;
    }
    const body = Buffer.from(JSON.stringify(json));
    request.setHeader('Content-Type', 'application/json');
    // A GET has no length unless told.
    request.setHeader('Content-Length', body.length);
    request.end(body);
  });
}
