/**
 * How an apiserver says that it is there: every ten seconds a new lease of 15 s for its own key, and a look at the others and
 * at what is published of them. Source: recorded from kube-apiserver 1.34.4, in this order.
 */
import type { LeaseSlot, Script } from '../call.ts';
import { getCall, grantCall, listCall } from '../requests.ts';
import type { ModelContext, Subject } from './context.ts';
import { once } from './reads.ts';
import { sequence } from './sequence.ts';
import { updateObject } from './writes.ts';

const TTL_S = 15;

export function renewMasterlease(context: ModelContext, subject: Subject): Script {
  const { space, key } = subject;
  const slot: LeaseSlot = { id: undefined, failed: false };
  const get = (path: string): Script => once(getCall(space.classes.get, path));
  const published = `${context.keyspace.prefix}/services/endpoints/default/kubernetes`;
  const slices = `${context.keyspace.prefix}/endpointslices/default/kubernetes`;
  return sequence(
    [
      () => get(key),
      () => grantInto(slot),
      () => updateObject(subject, 0, slot),
      () => get(published),
      () => once(listCall(space.classes.list, space.resourcePrefix, space.resourcePrefix, 0, 0)),
      () => get(slices),
    ].map((start) => ({ afterMs: 0, start })),
  );
}

function grantInto(slot: LeaseSlot): Script {
  const grant = once(grantCall(TTL_S));
  return {
    next: (reply, intendedMs) => {
      if (reply !== undefined) slot.id = reply.leaseId;
      return grant.next(reply, intendedMs);
    },
  };
}
