/** Whom a TLS server turns away: in the handshake, by the list of revoked certificates, or by a rule of its own. */
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { remoteAddressOf } from './tcp-network.ts';
import { revokedOf, revokedSerials } from './revocation.ts';

/** A connection that was turned away. */
export interface RejectedConnection {
  /** `host:port`; the port is 0 where the other end has gone. */
  readonly remoteAddress: string;
  /** The name that the client asked for, or empty. */
  readonly serverName: string;
  readonly error: Error;
}

export interface TlsGuardOptions {
  readonly crlFile?: string | undefined;
  /** Why a client that has shown what it is asked for is refused all the same; undefined where it is let in. */
  readonly refuse?: (socket: TLSSocket) => Error | undefined;
  readonly onRejected: (connection: RejectedConnection) => void;
}

/** To be set before the listeners that serve: a socket that is turned away is destroyed when they get it. */
export function guardTls(server: TlsServer, options: TlsGuardOptions): void {
  const reject = (socket: TLSSocket, error: Error): void => {
    options.onRejected({ remoteAddress: remoteAddressOf(socket), serverName: nameAskedFor(socket), error });
    socket.destroy();
  };
  server.on('tlsClientError', (error, socket) => reject(socket, error));
  server.on('secureConnection', (socket) => {
    const error = revocation(socket, options.crlFile) ?? options.refuse?.(socket);
    if (error !== undefined) reject(socket, error);
  });
}

/** The file is read for every connection: what is added to it holds at once. One that cannot be read lets nobody in. */
function revocation(socket: TLSSocket, crlFile: string | undefined): Error | undefined {
  if (crlFile === undefined) return undefined;
  try {
    const serial = revokedOf(socket, revokedSerials(crlFile));
    return serial === undefined ? undefined : new Error(`certificate ${serial} is revoked`);
  } catch (error) {
    return error as Error;
  }
}

function nameAskedFor(socket: TLSSocket): string {
  // Node types it as always there, and has `false` for a client that named none.
  const { servername } = socket as { servername?: string | false | null };
  return typeof servername === 'string' ? servername : '';
}
