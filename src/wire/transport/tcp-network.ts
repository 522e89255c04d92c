/** Plain TCP. */
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { errorMessage } from '../../base/errors.ts';
import type { Address, Duplex, Listener, Network } from '../../base/network.ts';
import { SocketDuplex } from './socket-duplex.ts';

const READ_BYTES = 65_536;

export function tcpNetwork(): Network {
  return { connect: connectTcp, listen: listenTcp };
}

function connectTcp(address: Address, onConnected: () => void): Duplex {
  let duplex: SocketDuplex | undefined = undefined;
  const socket = connect({
    host: address.host,
    port: address.port,
    noDelay: true,
    // One buffer for all reads: what arrives is used up, or copied, before the next.
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (bytes: number, buffer: Uint8Array) => {
        duplex?.takeRead(buffer.subarray(0, bytes));
        return true;
      },
    },
  });
  socket.on('connect', onConnected);
  duplex = new SocketDuplex(socket);
  return duplex;
}

function listenTcp(
  address: Address,
  onConnection: (duplex: Duplex, remoteAddress: string) => void,
  onReady: (bound: Address | Error) => void,
): Listener {
  const server = createServer({ noDelay: true }, (socket) => {
    onConnection(new SocketDuplex(socket), remoteAddressOf(socket));
  });
  server.on('error', (error) => onReady(new Error(`${address.host}:${address.port}: ${errorMessage(error)}`)));
  server.listen(address.port, address.host, () => {
    const bound = server.address();
    if (bound !== null && typeof bound === 'object') onReady({ host: bound.address, port: bound.port });
  });
  return { close: () => void server.close() };
}

/** `host:port`, with brackets around an IPv6 host. */
export function remoteAddressOf(socket: Socket): string {
  const host = socket.remoteAddress ?? '';
  return host.includes(':') ? `[${host}]:${socket.remotePort ?? 0}` : `${host}:${socket.remotePort ?? 0}`;
}
