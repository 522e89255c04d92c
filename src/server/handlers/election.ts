/** v3electionpb.Election: the owner of the oldest key under `<name>/` leads, and the key's value is what it proclaims. */
import { equalBytes } from '../../base/bytes.ts';
import { METHODS, valueOf, type Message } from '../../core/api/index.ts';
import type { GrpcServer } from '../../wire/grpc/server.ts';
import { plainError, serveSteps } from './concurrency.ts';
import { createdAt, oldestUnder, ownCreateRevision, ownershipKey, queuePrefix } from './ownership.ts';
import type { StoreServices, StoreSteps } from './store-steps.ts';

type LeaderKey = Omit<Message<'LeaderKey'>, 'name'>;

export function registerElection(server: GrpcServer, services: StoreServices): void {
  serveSteps(server, services, METHODS.campaign, (steps, { name, lease, value }, reply) => {
    // The request's bytes live only in this turn.
    const candidature = Uint8Array.from(value);
    steps.lease(lease, (id) => {
      const key = ownershipKey(name, id);
      const enter = {
        compare: [createdAt(key, 0)],
        success: [{ requestPut: { key, value: candidature, lease: id } }],
        failure: [{ requestRange: { key } }],
      };
      steps.txn(enter, (response, revision) => {
        const leader: LeaderKey = { key, rev: ownCreateRevision(response, revision), lease: id };
        steps.undoWith(() => resign(steps, leader, () => undefined));
        const awaitTurn = (): void =>
          steps.awaitOlder(queuePrefix(name), leader.rev, () => reply(revision, { leader: { name, ...leader } }));
        const before = response.succeeded ? undefined : response.responses[0]!.responseRange!.kvs[0]!;
        if (before === undefined || equalBytes(valueOf(before), candidature)) awaitTurn();
        else proclaim(steps, leader, candidature, awaitTurn);
      });
    });
  });

  serveSteps(server, services, METHODS.proclaim, (steps, { leader, value }, reply) => {
    const proclaimed = Uint8Array.from(value);
    withSession(steps, leader, (key) => proclaim(steps, key, proclaimed, (revision) => reply(revision, {})));
  });

  serveSteps(server, services, METHODS.resign, (steps, { leader }, reply) => {
    withSession(steps, leader, (key) => resign(steps, key, (revision) => reply(revision, {})));
  });

  serveSteps(server, services, METHODS.leader, (steps, { name }, reply) => {
    steps.read(oldestUnder(queuePrefix(name)), ({ kvs: [kv] }, revision) => {
      if (kv === undefined) throw plainError('election: no leader');
      reply(revision, { kv });
    });
  });
}

/** etcd opens a session for these calls too, and with it a lease where the leader names none. */
function withSession(
  steps: StoreSteps,
  leader: Message<'LeaderKey'> | undefined,
  next: (key: LeaderKey) => void,
): void {
  if (leader === undefined) throw plainError('"leader" field must be provided');
  steps.lease(leader.lease, (lease) => next({ ...leader, lease }));
}

function proclaim(
  steps: StoreSteps,
  { key, rev, lease }: LeaderKey,
  value: Uint8Array,
  next: (revision: number) => void,
): void {
  const success = [{ requestPut: { key, value, lease } }];
  steps.txn({ compare: [createdAt(key, rev)], success }, ({ succeeded }, revision) => {
    if (!succeeded) throw plainError('election: not leader');
    next(revision);
  });
}

/** Whoever does not lead resigns without effect. */
function resign(steps: StoreSteps, { key, rev }: LeaderKey, next: (revision: number) => void): void {
  const success = [{ requestDeleteRange: { key } }];
  steps.txn({ compare: [createdAt(key, rev)], success }, (_response, revision) => next(revision));
}
