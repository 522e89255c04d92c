/** A start whose ports are taken is refused before anything is written: a first log says for good who the member is. */
import { createServer } from 'node:net';
import type { MemberUrl } from '../config/values.ts';
import { listenOn } from '../listen-on.ts';

/** Rejects with one line naming the URL that cannot be listened on. Another process may still take a port after this. */
export async function assertPortsFree(urls: readonly MemberUrl[]): Promise<void> {
  for (const url of urls) {
    const server = createServer();
    await listenOn(server, url);
    await new Promise((resolve) => server.close(resolve));
  }
}
