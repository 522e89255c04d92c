/** Servers and clients on real sockets of the loopback, closed when the test ends. */
import { onTestFinished } from 'vitest';
import type { RequestListener } from 'node:http';
import { realClock } from '../../../src/platform/clock.ts';
import { ClientPool, GrpcServer, listen, tcpNetwork, tlsNetwork, whenReady } from '../../../src/wire/index.ts';
import type { ClientTlsFiles, PoolOptions, Port, PortOptions, ServerOptions } from '../../../src/wire/index.ts';

export interface LiveServer {
  readonly server: GrpcServer;
  readonly port: Port;
  /** 127.0.0.1:port. */
  readonly endpoint: string;
}

/** `/t.T/Echo` answers with its request, `/t.T/Chat` with every message of a stream. */
export async function liveServer(
  options: Partial<PortOptions> & { server?: Partial<ServerOptions> } = {},
): Promise<LiveServer> {
  const server = new GrpcServer({ clock: realClock(), ...options.server });
  server.unary('/t.T/Echo', (call) => call.respond(call.request));
  server.unary('/t.T/Who', (call) => call.respond(Buffer.from(call.peer.commonName ?? 'nobody')));
  server.stream('/t.T/Chat', (call) => {
    call.onMessage((message) => call.send(message));
    call.onHalfClose(() => call.end());
  });
  const http: RequestListener = (request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.end(`${request.method} ${request.url} ${bytes}`));
  };
  const port = await listen({ host: '127.0.0.1', port: 0, grpc: server, http, ...options });
  onTestFinished(() => port.destroy());
  return { server, port, endpoint: `127.0.0.1:${port.port}` };
}

export function livePool(port: number, options: Partial<PoolOptions> & { tls?: ClientTlsFiles } = {}): ClientPool {
  const { tls, ...rest } = options;
  const pool = new ClientPool({
    endpoints: [{ host: '127.0.0.1', port }],
    connections: 1,
    clock: realClock(),
    network: tls === undefined ? tcpNetwork() : tlsNetwork(tls),
    secure: tls !== undefined,
    ...rest,
  });
  onTestFinished(() => pool.close());
  return pool;
}

export async function readyPool(
  port: number,
  options: Partial<PoolOptions> & { tls?: ClientTlsFiles } = {},
): Promise<ClientPool> {
  const pool = livePool(port, options);
  await whenReady(pool);
  return pool;
}
