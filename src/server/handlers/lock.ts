/** v3lockpb.Lock: the owner of the oldest key under `<name>/` holds the lock. */
import { createRevisionOf, METHODS } from '../../core/api/index.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { plainError, serveSteps } from './concurrency.ts';
import { createdAt, oldestUnder, ownCreateRevision, ownershipKey, queuePrefix } from './ownership.ts';
import type { StoreServices } from './store-steps.ts';

export function registerLock(server: GrpcServer, services: StoreServices): void {
  serveSteps(server, services, METHODS.lock, (steps, { name, lease }, reply) => {
    const prefix = queuePrefix(name);
    steps.lease(lease, (id) => {
      const key = ownershipKey(name, id);
      const owner = { requestRange: oldestUnder(prefix) };
      const enter = {
        compare: [createdAt(key, 0)],
        success: [{ requestPut: { key, lease: id } }, owner],
        failure: [{ requestRange: { key } }, owner],
      };
      steps.txn(enter, (response, revision) => {
        const mine = ownCreateRevision(response, revision);
        const [oldest] = response.responses[1]!.responseRange!.kvs;
        if (oldest === undefined || createRevisionOf(oldest) === mine) {
          reply(revision, { key });
          return;
        }
        steps.undoWith(() => steps.delete(key, () => undefined));
        steps.awaitOlder(prefix, mine, () => {
          // The lease may have ended meanwhile, and the key with it: then the lock is another's. etcd looks since 3.5.
          steps.read({ key }, ({ kvs }, readRevision) => {
            if (kvs.length === 0) throw plainError('mutex: session is expired');
            reply(readRevision, { key });
          });
        });
      });
    });
  });

  serveSteps(server, services, METHODS.unlock, (steps, { key }, reply) => {
    steps.delete(key, (revision) => reply(revision, {}));
  });
}
