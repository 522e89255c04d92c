/**
 * Free TCP ports on the loopback interface. They are drawn from below the range from which systems give ports to outgoing
 * connections (Linux: 32768 to 60999), so that between here and their use only another server can take one. On Linux no
 * other process that draws here can either: each port is claimed until this process ends, also while its member is down.
 */
import { randomInt } from 'node:crypto';
import { createServer, type ListenOptions, type Server } from 'node:net';
import { errorCode, OperationError } from '../base/errors.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const RANGE: PortRange = { first: 15_000, last: 32_000 };
/** Draws for one port; more misses mean that something is wrong with the machine. */
const MOST_DRAWS = 200;

interface Held {
  readonly port: number;
  readonly server: Server;
}

/**
 * `count` different ports that nothing listened on a moment ago, and that no earlier call in a process that lives was given.
 * Throws an OperationError where none is found.
 */
export async function freePorts(count: number, range: PortRange = RANGE): Promise<number[]> {
  const held: Held[] = [];
  try {
    while (held.length < count) held.push(await hold(range));
  } finally {
    await Promise.all(held.map(({ server }) => close(server)));
  }
  return held.map(({ port }) => port);
}

async function hold({ first, last }: PortRange): Promise<Held> {
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const port = randomInt(first, last + 1);
    const release = await claim(port);
    if (release === undefined) continue;
    const server = await listen({ port, host: '127.0.0.1' });
    if (server !== undefined) return { port, server };
    release();
  }
  throw new OperationError(`no free port between ${first} and ${last} in ${MOST_DRAWS} draws`);
}

/**
 * A socket of Linux's abstract names: it has no file, belongs to the network namespace as ports do, and goes with the
 * process, however that ends. Undefined where another process has the port's name.
 */
async function claim(port: number): Promise<(() => void) | undefined> {
  if (process.platform !== 'linux') return () => undefined;
  const server = await listen({ path: `\0etcdmark-port-${port}` });
  server?.unref();
  return server && (() => void server.close());
}

/** Undefined where the address is taken. */
function listen(address: ListenOptions): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (errorCode(error) === 'EADDRINUSE' || errorCode(error) === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
