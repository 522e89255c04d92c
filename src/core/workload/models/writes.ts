/** The writes that models are made of: create, update with its retries, delete, create under a shared lease, apply. */
import { DONE } from '../call.ts';
import type { Call, LeaseSlot, Reply, Script, Step } from '../call.ts';
import { grantedTtlS } from '../lease-reuse.ts';
import type { LeaseTerms, SharedLeases } from '../lease-reuse.ts';
import { createCall, deleteCall, getCall, grantCall, updateCall } from '../requests.ts';
import { nextValue } from './context.ts';
import type { Subject } from './context.ts';
import { once } from './reads.ts';
import { sequence } from './sequence.ts';

/**
 * Conflicts retried before an operation gives up. Source: kubectl apply retries five times (maxPatchRetry); an apiserver
 * retries its own GuaranteedUpdate without end, which a generator must not.
 */
const MOST_RETRIES = 5;

function knownRevision({ context, space, object }: Subject): number {
  return context.ledger.revisionOf(space.number, object);
}

/** One Txn; a conflict (somebody created it before) ends it. `lease`: where its id is, when it is sent. */
export function createObject(subject: Subject, step: number, lease?: LeaseSlot): Script {
  return new Create(subject, step, lease);
}

/** From the revision last known: one Txn, and again from the revision in the answer as long as others were faster. */
export function updateObject(subject: Subject, step: number, lease?: LeaseSlot): Script {
  return new Update(subject, step, lease);
}

/** A Get, then one Txn, and again from the revision in the answer as long as others were faster. */
export function deleteObject(subject: Subject): Script {
  return afterGet(subject, new Delete(subject));
}

/** An update of what no cache holds, such as an event: a Get first. */
export function updateUncached(subject: Subject, step: number, lease?: LeaseSlot): Script {
  return afterGet(subject, updateObject(subject, step, lease));
}

function afterGet(subject: Subject, script: Script): Script {
  return sequence([
    { afterMs: 0, start: () => once(getCall(subject.space.classes.get, subject.key)) },
    { afterMs: 0, start: () => script },
  ]);
}

// Classes and not closures: one of them lives as long as each request of a run.

class Create implements Script {
  private readonly subject: Subject;
  private readonly step: number;
  private readonly lease: LeaseSlot | undefined;
  private sent = false;

  constructor(subject: Subject, step: number, lease: LeaseSlot | undefined) {
    this.subject = subject;
    this.step = step;
    this.lease = lease;
  }

  next(_reply: Reply | undefined, intendedMs: number): Step {
    if (this.sent) return DONE;
    this.sent = true;
    const { subject, step, lease } = this;
    const value = nextValue(subject, step, intendedMs);
    return { kind: 'send', call: createCall(subject.space.classes.create, subject, value, lease?.id) };
  }
}

/** A Txn on the object's revision. */
abstract class Conditional implements Script {
  protected readonly subject: Subject;
  private revision: number | undefined = undefined;
  private retries = 0;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  protected abstract call(revision: number, intendedMs: number): Call;

  next(reply: Reply | undefined, intendedMs: number): Step {
    if (this.revision === undefined || reply === undefined) {
      this.revision = knownRevision(this.subject);
    } else if (reply.succeeded || reply.modRevision === 0 || this.retries++ >= MOST_RETRIES) {
      return DONE;
    } else {
      this.revision = reply.modRevision;
    }
    return { kind: 'send', call: this.call(this.revision, intendedMs) };
  }
}

class Update extends Conditional {
  private readonly step: number;
  private readonly lease: LeaseSlot | undefined;

  constructor(subject: Subject, step: number, lease: LeaseSlot | undefined) {
    super(subject);
    this.step = step;
    this.lease = lease;
  }

  protected call(revision: number, intendedMs: number): Call {
    const { subject, step, lease } = this;
    const value = nextValue(subject, step, intendedMs);
    return updateCall(subject.space.classes.update, subject, revision, value, lease?.id);
  }
}

class Delete extends Conditional {
  protected call(revision: number): Call {
    return deleteCall(this.subject.space.classes.delete, this.subject, revision);
  }
}

/** Update where the object is known to be there, create where not. `cached`: whether a writer knows it without a Get. */
export function writeObject(subject: Subject, step: number, lease?: LeaseSlot, cached = true): Script {
  if (knownRevision(subject) === 0) return createObject(subject, step, lease);
  return cached ? updateObject(subject, step, lease) : updateUncached(subject, step, lease);
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

/** A write under a shared lease, as of events: whoever comes first grants it, the others wait for that grant. */
export function writeLeased(subject: Subject, step: number, pool: LeasePool, atMs: number): Script {
  const { slot, fresh } = pool.shared.acquire(atMs);
  const write = writeObject(subject, step, slot, false);
  let state: 'start' | 'granting' | 'ready' = 'start';
  return {
    next: (reply, intendedMs) => {
      if (state === 'start' && fresh) {
        state = 'granting';
        return { kind: 'send', call: grantCall(grantedTtlS(pool.terms.ttl)) };
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
