import { createSecureContext } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { LoadClient } from '../../client/load/index.ts';
import { grpcJsLoadClient, leanLoadClient } from '../../client/load/index.ts';
import { tcpNetwork, tlsNetwork } from '../../wire/index.ts';
import type { ConnectOptions } from './protocol.ts';

/** The client that was asked for. */
export function connect(options: ConnectOptions, clock: Clock): LoadClient {
  const { client, ...rest } = options;
  if (client === 'grpc-js') return grpcJsLoadClient(rest);
  const { tls } = rest;
  if (tls === undefined) return leanLoadClient(rest, clock, tcpNetwork());
  const { ca, cert, key, insecureSkipVerify } = tls;
  // What went through another process has become plain bytes.
  const pem = (part: Uint8Array | undefined): Buffer | undefined =>
    part === undefined ? undefined : Buffer.from(part);
  const secureContext = createSecureContext({ ca: pem(ca), cert: pem(cert), key: pem(key) });
  return leanLoadClient(
    rest,
    clock,
    tlsNetwork({ secureContext, ...(insecureSkipVerify === true ? { insecureSkipVerify } : {}) }),
  );
}
