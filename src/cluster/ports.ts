/** Free TCP ports on the loopback interface. */
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

/**
 * `count` different ports that nothing listened on a moment ago. All are held open until all are found, so that none comes
 * twice; between here and their use another program may still take one.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(close));
  return ports;
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
