/**
 * Free TCP ports on the loopback interface. They are drawn from below the range from which systems give ports to outgoing
 * connections (Linux: 32768 to 60999), so that between here and their use only another server can take one.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { errorCode, OperationError } from '../base/errors.ts';

const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;
/** Draws for one port; more misses mean that something is wrong with the machine. */
const MOST_DRAWS = 200;

/** `count` different ports that nothing listened on a moment ago. All are held until all are found, so that none comes twice. */
export async function freePorts(count: number): Promise<number[]> {
  const held: { readonly server: Server; readonly port: number }[] = [];
  try {
    while (held.length < count) held.push(await hold());
  } finally {
    await Promise.all(held.map(({ server }) => close(server)));
  }
  return held.map(({ port }) => port);
}

async function hold(): Promise<{ server: Server; port: number }> {
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    const server = await listen(port);
    if (server !== undefined) return { server, port };
  }
  throw new OperationError(`no free port between ${FIRST_PORT} and ${LAST_PORT} in ${MOST_DRAWS} draws`);
}

/** Undefined where the port is taken. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (errorCode(error) === 'EADDRINUSE' || errorCode(error) === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
