/** TLS connections of the client, on which the server must agree to HTTP/2. */
import { isIP } from 'node:net';
import type { TcpSocketConnectOpts } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { errorCode, OperationError } from '../../base/errors.ts';
import type { Address, Duplex, Network } from '../../base/network.ts';
import { SocketDuplex } from './socket-duplex.ts';
import { readClientTls } from './tls-files.ts';
import type { ClientTlsFiles } from './tls-files.ts';

const READ_BYTES = 65_536;

/** Reads the files once. Throws OperationError or UsageError when they cannot be used. */
export function tlsNetwork(files: ClientTlsFiles): Pick<Network, 'connect'> {
  const secureContext = files.secureContext ?? readClientTls(files);
  return {
    connect: (address: Address, onConnected: () => void): Duplex => {
      let duplex: SocketDuplex | undefined = undefined;
      const name = files.serverName ?? address.host;
      // Node passes `onread` on to the socket; its types do not say so.
      const options: ConnectionOptions & Pick<TcpSocketConnectOpts, 'onread'> = {
        host: address.host,
        port: address.port,
        secureContext,
        ALPNProtocols: ['h2'],
        rejectUnauthorized: files.insecureSkipVerify !== true,
        // SNI carries names only (RFC 6066); an address is checked against the certificate by node itself.
        ...(isIP(name) === 0 ? { servername: name } : {}),
        onread: {
          buffer: Buffer.allocUnsafeSlow(READ_BYTES),
          callback: (bytes: number, buffer: Uint8Array) => {
            duplex?.takeRead(buffer.subarray(0, bytes));
            return true;
          },
        },
      };
      const socket: TLSSocket = connect(options);
      socket.setNoDelay(true);
      socket.on('secureConnect', () => {
        if (socket.alpnProtocol === 'h2') onConnected();
        else socket.destroy(new OperationError('the server speaks TLS but not HTTP/2 (no ALPN h2)'));
      });
      duplex = new SocketDuplex(socket, explainTlsError);
      return duplex;
    },
  };
}

/** OpenSSL's words for a server that does not speak TLS are of its parser, not of the mistake. */
function explainTlsError(error: Error): Error {
  const isPlain = errorCode(error) === 'EPROTO' && error.message.includes('wrong version number');
  return isPlain ? new OperationError('the server does not speak TLS, the client does') : error;
}
