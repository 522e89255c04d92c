/** The plain HTTP endpoints beside gRPC on a member's client port. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TlsOptions } from '../client/control/index.ts';

/** More than any /metrics of etcd. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** GET; rejects when it is not answered within `timeoutMs`. */
export function httpGet(url: string, timeoutMs: number, tls?: TlsOptions): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const secure = url.startsWith('https:');
    const identity = {
      ca: tls?.ca,
      cert: tls?.cert,
      key: tls?.key,
      rejectUnauthorized: tls?.insecureSkipVerify !== true,
    };
    const options = secure ? { ...identity, agent: false } : { agent: false };
    const request = (secure ? httpsRequest : httpRequest)(url, { ...options, signal: AbortSignal.timeout(timeoutMs) });
    request.once('error', reject);
    request.once('response', (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > MOST_BYTES) request.destroy(new Error(`${url} answers with more than ${MOST_BYTES} bytes`));
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }),
      );
    });
    request.end();
  });
}
