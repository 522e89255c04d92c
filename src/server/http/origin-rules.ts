/**
 * What etcd checks and adds on every plain HTTP request: CORS headers, and the host whitelist on ports without TLS.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface OriginRules {
  /** Allowed origins; `*` allows all. */
  readonly cors: readonly string[];
  /** Allowed Host names on plain ports; `*` allows all. */
  readonly hostWhitelist: readonly string[];
}

/** Adds the headers; true where the request has been answered (a preflight, or a host that is not allowed). */
export function applyOriginRules(
  rules: OriginRules,
  isSecure: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (!isSecure && !isAllowedHost(rules.hostWhitelist, request.headers.host)) {
    response.writeHead(421, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(`Origin not allowed: ${request.headers.host ?? ''}\n`);
    return true;
  }
  const origin = rules.cors.includes('*') ? '*' : request.headers.origin;
  if (origin !== undefined && (origin === '*' || rules.cors.includes(origin))) {
    response.setHeader('Access-Control-Allow-Methods', 'POST, GET, OPTIONS, PUT, DELETE');
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Headers', 'accept, content-type, authorization');
  }
  if (request.method !== 'OPTIONS') return false;
  response.writeHead(200);
  response.end();
  return true;
}

function isAllowedHost(whitelist: readonly string[], hostHeader: string | undefined): boolean {
  if (whitelist.includes('*')) return true;
  const host = (hostHeader ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return whitelist.includes(host);
}
