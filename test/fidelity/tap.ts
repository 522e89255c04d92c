/** A proxy that hands every byte on unchanged, both ways, and reads along. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Conversation } from './conversation.ts';
import type { Listener } from './conversation.ts';

export interface Tap {
  /** host:port to give to the client in place of the server's. */
  readonly endpoint: string;
  /** What could not be read; nothing after it on that connection was. */
  readonly faults: readonly Error[];
  stop(): Promise<void>;
}

/** Stands before `host:port`. The listener hears of all connections. */
export async function startTap(endpoint: string, listener: Listener): Promise<Tap> {
  const [host = '', port = ''] = endpoint.split(/:(?=\d+$)/);
  const faults: Error[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host, port: Number(port), noDelay: true });
    const conversation = new Conversation(listener);
    let readable = true;
    const read = (chunk: Buffer, said: (chunk: Buffer) => void): void => {
      if (!readable) return;
      try {
        said(chunk);
      } catch (error) {
        readable = false;
        faults.push(error as Error);
      }
    };
    client.on('data', (chunk) => read(chunk, (bytes) => conversation.clientSaid(bytes)));
    upstream.on('data', (chunk) => read(chunk, (bytes) => conversation.serverSaid(bytes)));
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    } // prettier-ignore
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
