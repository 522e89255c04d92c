/** Reads and the plain calls of load tools: get, list in pages, count, mixed Puts and Ranges. */
import { DONE } from '../call.ts';
import type { Call, Script, Step } from '../call.ts';
import type { ObjectSpace } from '../keyspace.ts';
import type { Operation } from '../plan.ts';
import type { Source } from '../profile.ts';
import { countCall, getCall, listCall, resourceRevisionCall } from '../requests.ts';
import type { ModelContext } from './context.ts';
import { plainPuts } from './plain-put.ts';

/** One call and no more. */
export function once(call: Call): Script {
  return new Once(call);
}

class Once implements Script {
  /** Until it is sent. */
  private call: Call | undefined;

  constructor(call: Call) {
    this.call = call;
  }

  next(): Step {
    const { call } = this;
    if (call === undefined) return DONE;
    this.call = undefined;
    return { kind: 'send', call };
  }
}

/** A list that is served from the apiserver's cache: etcd is asked for the revision alone. */
export function cachedList(space: ObjectSpace): Script {
  return once(resourceRevisionCall(space.classes.revision, space.resourcePrefix));
}

/**
 * Pages at the revision of the first, each from behind the last key of the one before. `exact`: the first, too, is at a
 * revision that was learned before, as an apiserver compares its cache with etcd.
 */
export function listPages(space: ObjectSpace, page: number, exact: boolean): Script {
  const kind = space.classes.list;
  let revision = 0;
  let state: 'start' | 'asked' | 'listing' = 'start';
  const first = (): Step => {
    state = 'listing';
    return { kind: 'send', call: listCall(kind, space.resourcePrefix, space.resourcePrefix, page, revision) };
  };
  return {
    next: (reply) => {
      if (state === 'start' || reply === undefined) {
        if (!exact) return first();
        state = 'asked';
        return { kind: 'send', call: resourceRevisionCall(space.classes.revision, space.resourcePrefix) };
      }
      if (state === 'asked') {
        revision = reply.revision;
        return first();
      }
      if (!reply.more) return DONE;
      if (revision === 0) revision = reply.revision;
      return { kind: 'send', call: listCall(kind, space.resourcePrefix, `${reply.lastKey}\0`, page, revision) };
    },
  };
}

export function countObjects(space: ObjectSpace): Script {
  return once(countCall(space.classes.count, space.resourcePrefix));
}

/** Ranges of one key and plain Puts, by chance. */
export function mixed(
  context: ModelContext,
  source: Extract<Source, { model: 'mixed' }>,
  space: ObjectSpace,
): (operation: Operation) => Script {
  const put = plainPuts(context, space);
  return (operation) =>
    operation.chance < source.reads ? once(getCall('range', space.keyOf(operation.object))) : put(operation);
}
