/** The log line of a connection that TLS turned away, as etcd has it: a client may see no more of it than a closed socket. */
import type { RejectedConnection } from '../wire/transport/tls-guard.ts';
import type { Logger } from './log.ts';

export function logRejected(log: Logger, endpoint: 'client' | 'peer'): (connection: RejectedConnection) => void {
  return ({ remoteAddress, serverName, error }) =>
    log.warn(`rejected connection on ${endpoint} endpoint`, {
      'remote-addr': remoteAddress,
      'server-name': serverName,
      error: error.message,
    });
}
