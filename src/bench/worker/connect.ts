import type { LoadClient } from '../../client/load/index.ts';
import { grpcJsLoadClient } from '../../client/load/index.ts';
import type { ConnectOptions } from './protocol.ts';

/** The client that was asked for. */
export function connect(options: ConnectOptions): LoadClient {
  const { client, ...rest } = options;
  return client === 'grpc-js' ? grpcJsLoadClient(rest) : grpcJsLoadClient(rest);
}
