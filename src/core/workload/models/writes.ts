/** The writes that models are made of: create, update with its retries, delete, create under a shared lease, apply. */
import { DONE } from '../call.ts';
import type { Reply, Script, Step } from '../call.ts';
import { grantedTtlS } from '../lease-reuse.ts';
import type { LeaseTerms, SharedLeases } from '../lease-reuse.ts';
import { createCall, deleteCall, getCall, updateCall } from '../requests.ts';
import { nextValue } from './context.ts';
import type { Subject } from './context.ts';

/**
 * Conflicts retried before an operation gives up. Source: kubectl apply retries five times (maxPatchRetry); an apiserver
 * retries its own GuaranteedUpdate without end, which a generator must not.
 */
const MOST_RETRIES = 5;

function knownRevision({ context, space, object }: Subject): number {
  return context.ledger.revisionOf(space.number, object);
}

/** One Txn; a conflict (somebody created it before) ends it. */
export function createObject(subject: Subject, step: number, leaseId?: () => bigint | undefined): Script {
  let sent = false;
  return {
    next: (_reply, intendedMs) => {
      if (sent) return DONE;
      sent = true;
      const value = nextValue(subject, step, intendedMs);
      return { kind: 'send', call: createCall(subject.space.classes.create, subject, value, leaseId?.()) };
    },
  };
}

/**
 * Optimistic concurrency: the revision to write against, the one last known at first, then that of the answer as long as
 * others were faster; undefined ends the operation.
 */
function expectedRevision(
  subject: Subject,
  before: number | undefined,
  reply: Reply | undefined,
  sent: number,
): number | undefined {
  if (before === undefined || reply === undefined) return knownRevision(subject);
  return reply.succeeded || reply.modRevision === 0 || sent > MOST_RETRIES ? undefined : reply.modRevision;
}

/** One Txn, and again as long as others were faster. */
export function updateObject(subject: Subject, step: number, leaseId?: () => bigint | undefined): Script {
  let revision: number | undefined;
  let sent = 0;
  return {
    next: (reply, intendedMs) => {
      revision = expectedRevision(subject, revision, reply, sent++);
      if (revision === undefined) return DONE;
      const value = nextValue(subject, step, intendedMs);
      return {
        kind: 'send',
        call: updateCall(subject.space.classes.update, subject, revision, value, leaseId?.()),
      };
    },
  };
}

/** Update where the object is known to be there, create where not. */
export function writeObject(subject: Subject, step: number, leaseId?: () => bigint | undefined): Script {
  const known = knownRevision(subject) > 0;
  return known ? updateObject(subject, step, leaseId) : createObject(subject, step, leaseId);
}

export function deleteObject(subject: Subject): Script {
  let revision: number | undefined;
  let sent = 0;
  return {
    next: (reply) => {
      revision = expectedRevision(subject, revision, reply, sent++);
      if (revision === undefined) return DONE;
      return { kind: 'send', call: deleteCall(subject.space.classes.delete, subject, revision) };
    },
  };
}

/** kubectl apply: Get, then create, update, or nothing where nothing changed. */
export function applyObject(subject: Subject, unchanged: boolean): Script {
  let state: 'start' | 'got' | 'wrote' = 'start';
  let retries = 0;
  const get = (): Step => {
    state = 'got';
    return { kind: 'send', call: getCall(subject.space.classes.get, subject.key) };
  };
  const write = (revision: number, intendedMs: number): Step => {
    state = 'wrote';
    const value = nextValue(subject, retries, intendedMs);
    return revision === 0
      ? { kind: 'send', call: createCall(subject.space.classes.create, subject, value) }
      : { kind: 'send', call: updateCall(subject.space.classes.update, subject, revision, value) };
  };
  return {
    next: (reply, intendedMs) => {
      if (state === 'start' || reply === undefined) return get();
      if (state === 'got') return reply.kvs > 0 && unchanged ? DONE : write(reply.modRevision, intendedMs);
      if (reply.succeeded || retries++ >= MOST_RETRIES) return DONE;
      // A lost update says what is there now; a lost create says nothing.
      return reply.modRevision > 0 ? write(reply.modRevision, intendedMs) : get();
    },
  };
}

/** Leases of one source and the terms that they are shared on. */
export interface LeasePool {
  readonly terms: LeaseTerms;
  readonly shared: SharedLeases;
}

/** A write under a shared lease: whoever comes first grants it, the others wait for that grant. */
export function writeLeased(subject: Subject, step: number, pool: LeasePool, atMs: number): Script {
  const { slot, fresh } = pool.shared.acquire(atMs);
  const write = writeObject(subject, step, () => slot.id);
  let state: 'start' | 'granting' | 'ready' = 'start';
  return {
    next: (reply, intendedMs) => {
      if (state === 'start' && fresh) {
        state = 'granting';
        const ttl = grantedTtlS(pool.terms.ttl);
        return { kind: 'send', call: { class: 'grant lease', method: 'leaseGrant', request: { ttl } } };
      }
      if (state === 'granting' && reply !== undefined) slot.id = reply.leaseId;
      const first = state !== 'ready';
      if (slot.id === undefined) return { kind: 'lease', slot };
      state = 'ready';
      return write.next(first ? undefined : reply, intendedMs);
    },
    failed: () => {
      if (state === 'granting') slot.failed = true;
    },
  };
}
