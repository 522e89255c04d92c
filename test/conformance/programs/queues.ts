/** Requests of the Lock and Election services. All of them answer at once: whoever waits in a queue waits for others. */
import type { Step } from '../steps.ts';
import { At, Invalid, type Fields, type Value } from '../values.ts';
import type { Choices } from './choices.ts';
import { call } from './others.ts';

/** No random request names them. Never none: then the server makes a lease, with an id and so with keys of its own. */
const LEASES = [7001n, -9n] as const;
const NO_LEASE = 7777n;
const NAMES = ['q', 'a', ''] as const;

function ownKey(name: string, lease: bigint): string {
  return `${name}/${lease.toString(16)}`;
}

function withName(c: Choices, name: string, fields: Fields): Fields {
  return name === '' && c.chance(0.85) ? fields : { name, ...fields };
}

/** A lock that is taken, taken again, given back more than once, and asked for with a lease that is gone. */
export function lockSteps(c: Choices): Step[] {
  const [name, lease] = [c.one(NAMES), c.one(LEASES)];
  const key = ownKey(name, lease);
  const lock = call('lock', withName(c, name, { lease }));
  return [
    call('leaseGrant', { id: lease, ttl: 3600 }),
    lock,
    ...(c.chance(0.5) ? [lock] : []),
    call('range', { key: `${name}/`, rangeEnd: `${name}0` }, true),
    call('leaseTimeToLive', { id: lease, keys: true }, true),
    call('lock', withName(c, name, { lease: new Invalid(NO_LEASE) })),
    ...(c.chance(0.7) ? [call('unlock', { key })] : []),
    call('unlock', {}),
    call('unlock', c.chance(0.3) ? {} : { key: c.chance(0.5) ? key : new Invalid('') }),
    call('leaseRevoke', { id: lease }),
    lock,
  ];
}

/** A leader that is elected, proclaims, is taken for another and resigns. */
export function electionSteps(c: Choices): Step[] {
  const [name, lease] = [c.one(NAMES), c.one(LEASES)];
  /** `behind`: how many revisions the election lies behind. */
  const leader = (behind: number): Fields => {
    const fields: Fields = withName(c, name, { key: ownKey(name, lease), rev: new At('current', -behind), lease });
    if (!c.chance(0.4)) return fields;
    const wrong = c.one<readonly [string, Value] | readonly [string]>([
      ['key'],
      ['key'],
      ['key'],
      ['rev'],
      ['rev'],
      ['rev'],
      ['key', new Invalid('nobody')],
      ['rev', new Invalid(-1)],
      ['lease', new Invalid(NO_LEASE)],
    ]);
    if (wrong[1] === undefined) delete fields[wrong[0]];
    else fields[wrong[0]] = wrong[1];
    return fields;
  };
  const campaign = (): Step => {
    const fields: Fields = withName(c, name, { lease });
    c.maybe(fields, 'value', 0.8, () => c.value());
    return call('campaign', fields);
  };
  const proclaim = (behind: number): Step => {
    const fields: Fields = c.chance(0.15) ? {} : { leader: leader(behind) };
    c.maybe(fields, 'value', 0.8, () => c.value());
    return call('proclaim', fields);
  };
  const ask = call('leader', withName(c, name, {}), true);
  return [
    ask,
    call('leaseGrant', { id: lease, ttl: 3600 }),
    campaign(),
    ...(c.chance(0.5) ? [ask] : []),
    proclaim(0),
    ask,
    ...(c.chance(0.3) ? [campaign(), ask] : []),
    proclaim(c.below(3)),
    proclaim(c.below(4)),
    call('campaign', withName(c, name, { lease: new Invalid(NO_LEASE) })),
    call('resign', c.chance(0.65) ? {} : { leader: leader(c.below(4)) }),
    ask,
    call('resign', { leader: leader(0) }),
    call('leaseRevoke', { id: lease }),
    ask,
    campaign(),
    proclaim(0),
  ];
}

/** For requests that are malformed otherwise: never carried out. */
export function queueRequest(method: 'lock' | 'unlock' | 'campaign' | 'proclaim' | 'leader' | 'resign'): Fields {
  const leader: Fields = { name: 'q', key: 'q/1', rev: 1, lease: 1n };
  switch (method) {
    case 'lock':
    case 'campaign':
      return { name: 'q', lease: 1n };
    case 'unlock':
      return { key: 'q/1' };
    case 'leader':
      return { name: 'q' };
    default:
      return { leader };
  }
}
