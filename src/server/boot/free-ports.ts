/** A start whose ports are taken is refused before anything is written: a first log says for good who the member is. */
import { createServer } from 'node:net';
import { OperationError } from '../../base/errors.ts';
import type { MemberUrl } from '../config/values.ts';

/** Rejects with one line naming the URL that cannot be listened on. Another process may still take a port after this. */
export async function assertPortsFree(urls: readonly MemberUrl[]): Promise<void> {
  for (const { host, port, href } of urls) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new OperationError(`cannot listen on ${href}: ${error.message}`)));
      server.listen(port, host, () => server.close(() => resolve()));
    });
  }
}
