/** A lease of its own: granted, bound to a key, kept alive, revoked; as lock holders use them. */
import { DONE } from '../call.ts';
import type { Script, Step } from '../call.ts';
import type { Source } from '../profile.ts';
import { grantCall } from '../requests.ts';
import { nextValue } from './context.ts';
import type { Subject } from './context.ts';

export function leaseLife(source: Extract<Source, { model: 'lease' }>, subject: Subject): Script {
  let id: bigint | undefined;
  let wrote = false;
  let kept = 0;
  let waited = false;
  let revoked = false;
  const send = (call: Extract<Step, { kind: 'send' }>['call']): Step => ({ kind: 'send', call });
  return {
    next: (reply, intendedMs) => {
      if (reply === undefined && id === undefined) {
        const ttl = Math.max(1, Math.round(source.ttl / 1_000));
        return send(grantCall(ttl));
      }
      if (id === undefined) id = reply!.leaseId;
      if (!wrote) {
        wrote = true;
        const { key, space, object } = subject;
        const value = nextValue(subject, 0, intendedMs);
        const request = { key, value, lease: id };
        return send({
          class: 'put',
          method: 'put',
          request,
          write: { kind: 'put', space: space.number, object, lease: id },
        });
      }
      if (kept < source.keepAlives) {
        if (!waited) {
          waited = true;
          return { kind: 'wait', afterMs: (kept + 1) * source.keepAliveEvery };
        }
        waited = false;
        kept++;
        return send({ class: 'keep lease', method: 'leaseKeepAlive', request: { id } });
      }
      if (revoked) return DONE;
      revoked = true;
      return send({
        class: 'revoke lease',
        method: 'leaseRevoke',
        request: { id },
        write: { kind: 'delete', space: subject.space.number, object: subject.object },
      });
    },
  };
}
