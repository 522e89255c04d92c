/** Listening on a member's URL. */
import type { Server } from 'node:net';
import { OperationError } from '../base/errors.ts';
import type { MemberUrl } from './config/values.ts';

/** Rejects with one line naming the URL that cannot be listened on. */
export function listenOn(server: Server, { host, port, href }: MemberUrl): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new OperationError(`cannot listen on ${href}: ${error.message}`)));
    server.listen(port, host, resolve);
  });
}
