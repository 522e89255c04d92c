/** Requests of the Watch, Lease and Maintenance services. */
import { before, from, type PeerVersion } from '../../support/peer-version.ts';
import type { Step } from '../steps.ts';
import { At, Invalid, Named, type Fields, type Value } from '../values.ts';
import type { Choices } from './choices.ts';

/** Ids that clients choose; below them lie those that the servers give. */
const CHOSEN_WATCH_IDS = [3n, 100n, 101n, 102n, -5n, 1n << 40n];
/** Watches from a negative revision, which versions of etcd treat differently, have ids of their own from here on. */
export const FIRST_NEGATIVE_WATCH_ID = 1_000_000n;

export function isNegativeWatchId(id: bigint): boolean {
  return id >= FIRST_NEGATIVE_WATCH_ID && id < FIRST_NEGATIVE_WATCH_ID + 1_000_000n;
}

export function watchCreateRequest(c: Choices, negativeId: () => bigint): Fields {
  const fields: Fields = {};
  const isCrowded = c.chance(0.25);
  const often = (probability: number): number => (isCrowded ? Math.max(probability, 0.6) : probability);
  c.maybe(fields, 'key', 0.9, () => (c.chance(0.03) ? new Invalid('') : c.key()));
  c.maybe(fields, 'rangeEnd', 0.65, () => c.rangeEnd(fields['key']));
  c.maybe(fields, 'startRevision', often(0.55), () =>
    isCrowded && c.chance(0.5) ? new At('compacted', c.below(3)) : startRevision(c),
  );
  c.maybe(fields, 'progressNotify', often(0.15), () => c.bool());
  c.maybe(fields, 'filters', often(0.3), () =>
    c.chance(0.15)
      ? new Invalid([c.one([2, -1, 77]), c.below(2)])
      : Array.from({ length: c.below(3) }, () => c.below(2)),
  );
  c.maybe(fields, 'prevKv', often(0.45), () => c.bool());
  c.maybe(fields, 'watchId', often(0.25), () => c.one(CHOSEN_WATCH_IDS));
  c.maybe(fields, 'fragment', often(0.15), () => c.bool());
  if (c.chance(0.03)) {
    // Not −1: until something is compacted, etcd 3.4 then forgets the events of all who catch up together with it.
    fields['startRevision'] = new Invalid(c.one<Value>([-2, -3, -(1n << 63n)]));
    fields['watchId'] = negativeId();
  }
  return fields;
}

function startRevision(c: Choices): Value {
  const kind = c.below(20);
  if (kind < 8) return new At('current', -c.below(12));
  if (kind < 11) return new At('current', -c.below(120));
  if (kind < 14) return new At('compacted', c.below(3));
  if (kind < 15) return 0;
  if (kind < 18) return new At('current', 1 + c.below(10));
  return new Invalid(c.one<Value>([new At('compacted', -1), new At('compacted', -5), 1n << 62n]));
}

export function watchCancelRequest(c: Choices): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'watchId', 0.88, () =>
    c.chance(0.1)
      ? new Invalid(c.one([-1n, 9999n, 1n << 62n]))
      : c.chance(0.5)
        ? BigInt(c.below(14))
        : c.one(CHOSEN_WATCH_IDS),
  );
  return fields;
}

/** A grant, and the revocation that must follow where the lease would expire during the program. */
export function grantSteps(c: Choices, shortId: () => bigint): Step[] {
  const isShort = c.chance(0.2);
  const request: Fields = {};
  if (isShort) {
    c.maybe(request, 'ttl', 0.7, () => c.one<Value>([2, 1, 0, new Invalid(-1), new Invalid(-(1n << 63n))]));
    request['id'] = shortId();
    return [call('leaseGrant', request), call('leaseRevoke', { id: request['id'] })];
  }
  request['ttl'] = c.chance(0.1)
    ? new Invalid(c.one<Value>([9_000_000_001, (1n << 63n) - 1n, 1n << 62n]))
    : c.one([3600, 10_000, 86_400, 9_000_000_000]);
  c.maybe(request, 'id', 0.7, () => c.one([0n, 1n, 2n, 3n, 4n, 5n, 1n << 62n, new Invalid(-7n)]));
  const isNamed = request['id'] === undefined || request['id'] === 0n;
  return [{ ...call('leaseGrant', request), ...(isNamed ? { naming: `lease ${c.namedLeases++}` } : {}) }];
}

export function leaseIdRequest(c: Choices): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'id', 0.85, () => c.lease());
  return fields;
}

export function timeToLiveRequest(c: Choices): Fields {
  const fields = leaseIdRequest(c);
  c.maybe(fields, 'keys', 0.6, () => c.bool());
  return fields;
}

export function hashKVRequest(c: Choices): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'revision', 0.8, () => c.revision());
  return fields;
}

/** Where activating an alarm that there is not ends the process. */
function endsByUnknownAlarm(peer: PeerVersion): boolean {
  return from('3.5')(peer) && before('3.6')(peer);
}

/** Requests about alarms that raise none that would refuse anything. */
export function harmlessAlarmRequest(c: Choices, peer: PeerVersion): Fields {
  const fields: Fields = {};
  c.maybe(fields, 'action', 0.6, () => c.one([0, 0, 1, 2]));
  c.maybe(fields, 'memberId', 0.6, () => (c.chance(0.2) ? new Invalid(12_345n) : new Named('member')));
  c.maybe(fields, 'alarm', 0.6, () => (c.chance(0.3) ? new Invalid(c.one([9, -1])) : 0));
  // Activating no alarm at all ends etcd 3.4.
  if (fields['action'] === 1) {
    fields['alarm'] = new Invalid(c.one([9, -1]));
    if (endsByUnknownAlarm(peer)) fields['action'] = 2;
  }
  return fields;
}

type UnaryCall = Extract<Step, { do: 'call' }>;

export function call(method: UnaryCall['method'], request: Fields, isRead = false): UnaryCall {
  return { do: 'call', method, request, isRead };
}
