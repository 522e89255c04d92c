import type { Clock } from '../../base/clock.ts';
import type { LoadClient } from '../../client/load/index.ts';
import { grpcJsLoadClient, leanLoadClient } from '../../client/load/index.ts';
import { tcpNetwork } from '../../wire/index.ts';
import type { ConnectOptions } from './protocol.ts';

/** The client that was asked for. */
export function connect(options: ConnectOptions, clock: Clock): LoadClient {
  const { client, ...rest } = options;
  return client === 'grpc-js' ? grpcJsLoadClient(rest) : leanLoadClient(rest, clock, tcpNetwork());
}
