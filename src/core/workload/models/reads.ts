/** Reads and the plain calls of load tools: get, list in pages, count, mixed Puts and Ranges. */
import { DONE } from '../call.ts';
import type { Call, Reply, Script, Step } from '../call.ts';
import type { ObjectSpace } from '../keyspace.ts';
import type { Operation } from '../plan.ts';
import type { Source } from '../profile.ts';
import { countCall, getCall, listCall } from '../requests.ts';
import { nextValue, subjectOf } from './context.ts';
import type { ModelContext, Subject } from './context.ts';

/** One call and no more. */
export function once(call: (intendedMs: number) => Call): Script {
  let sent = false;
  return {
    next: (_reply, intendedMs) => {
      if (sent) return DONE;
      sent = true;
      return { kind: 'send', call: call(intendedMs) };
    },
  };
}

/** Pages at the revision of the first, each from behind the last key of the one before. */
export function listPages(space: ObjectSpace, page: number): Script {
  const kind = space.classes.list;
  let revision = 0;
  let started = false;
  return {
    next: (reply) => {
      if (!started || reply === undefined) {
        started = true;
        return { kind: 'send', call: listCall(kind, space.resourcePrefix, space.resourcePrefix, page, 0) };
      }
      if (!reply.more) return DONE;
      if (revision === 0) revision = reply.revision;
      return { kind: 'send', call: listCall(kind, space.resourcePrefix, `${reply.lastKey}\0`, page, revision) };
    },
  };
}

export function countObjects(space: ObjectSpace): Script {
  return once(() => countCall(space.classes.count, space.resourcePrefix));
}

export function mixedCall(
  context: ModelContext,
  source: Extract<Source, { model: 'mixed' }>,
  space: ObjectSpace,
  operation: Operation,
): Script {
  const subject = subjectOf(context, space, operation, operation.object);
  return operation.chance < source.reads ? once(() => getCall('range', subject.key)) : new PlainPut(subject);
}

/** An object and not a closure over others: tools that compare servers send nothing but these, as fast as they can. */
class PlainPut implements Script {
  /** Until it is sent. */
  private subject: Subject | undefined;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  next(_reply: Reply | undefined, intendedMs: number): Step {
    const { subject } = this;
    if (subject === undefined) return DONE;
    this.subject = undefined;
    const { key, space, object } = subject;
    return {
      kind: 'send',
      call: {
        class: 'put',
        method: 'put',
        request: { key, value: nextValue(subject, 0, intendedMs) },
        write: { kind: 'put', space: space.number, object },
      },
    };
  }
}
