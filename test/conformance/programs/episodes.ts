/** Runs of requests that random ones would hardly meet: each leaves nothing behind but its revisions. */
import { prefixEnd } from '../../../src/base/bytes.ts';
import type { Step } from '../steps.ts';
import { At, Invalid, type Fields, type Value } from '../values.ts';
import type { Choices } from './choices.ts';
import { AT_LIMIT, crowdedRangeRequest, deleteRangeRequest, putRequest } from './kv.ts';
import { call } from './others.ts';

/** No random request names them. */
const LIVING_LEASE = 6000n;
const BRIEF_LEASE = 6001n;
const LEASED_KEYS = ['l/1', 'l/2', 'c/1'] as const;

/** A lease that is granted, used, revoked, used all the same, granted anew under its id and found empty. */
export function leaseLifeSteps(c: Choices): Step[] {
  const id = LIVING_LEASE;
  const grant = (): Step => call('leaseGrant', { id, ttl: c.one<Value>([3600, 8_999_999_999, 9_000_000_000]) });
  const uses = (): Step[] => Array.from({ length: 3 + c.below(6) }, () => leaseUse(c, id));
  const refused = call('leaseGrant', { id, ttl: new Invalid(c.one<Value>([9_000_000_001, (1n << 63n) - 1n])) });
  const briefTtl = c.one<Value>([0, 1, new Invalid(-1), new Invalid(-(1n << 63n))]);
  return [
    ...(c.chance(0.5) ? [refused] : []),
    grant(),
    // Exists; of two reasons to refuse it, one is told.
    c.chance(0.5) ? grant() : refused,
    ...uses(),
    call('leaseRevoke', { id }),
    ...uses(),
    grant(),
    call('leaseTimeToLive', { id, keys: true }, true),
    ...(c.chance(0.5) ? uses() : []),
    call('leaseRevoke', { id }),
    call('leaseRevoke', { id }),
    // The shortest that there is; it goes before its time is over.
    call('leaseGrant', { id: BRIEF_LEASE, ttl: briefTtl }),
    { do: 'keepAlive', request: { id: BRIEF_LEASE } },
    call('leaseRevoke', { id: BRIEF_LEASE }),
    call('deleteRange', { key: 'l/', rangeEnd: 'l0', prevKv: true }),
  ];
}

function leaseUse(c: Choices, id: bigint): Step {
  const key = c.one(LEASED_KEYS);
  const put: Fields = { key, value: c.value(), lease: id, prevKv: c.bool() };
  switch (c.below(9)) {
    case 0:
      return { do: 'keepAlive', request: { id } };
    case 1:
      return call('leaseTimeToLive', { id, keys: c.bool() }, true);
    case 2:
      return call('put', { key, ignoreLease: true, value: c.value(), prevKv: true });
    case 3:
      return call('put', { key, lease: c.chosenLease(), ignoreValue: c.chance(0.5) });
    case 4:
      return call('deleteRange', { key, prevKv: true });
    case 5:
      return call('txn', {
        compare: [{ key, target: 4, result: c.below(4), lease: c.chance(0.5) ? id : 0n }],
        success: [{ requestPut: put }, { requestDeleteRange: { key: 'l/3' } }],
        failure: [{ requestDeleteRange: { key, prevKv: true } }, { requestPut: { ...put, key: 'l/3' } }],
      });
    default:
      return call('put', put);
  }
}

const WIDE_PREFIX = 'w/';
const WIDE_END = prefixEnd(WIDE_PREFIX);

/** Revisions of as many keys as a transaction may write, and one more; reads and comparisons of all of them. */
export function wideTxnSteps(c: Choices): Step[] {
  const keys = Array.from(
    { length: AT_LIMIT + 1 },
    (_, i) => `${WIDE_PREFIX}${String((i * 37) % 129).padStart(3, '0')}`,
  );
  const puts = (count: number): Fields[] =>
    keys.slice(0, count).map((key) => ({ requestPut: { key, value: c.one(['1', '2', '3']), prevKv: c.chance(0.1) } }));
  const reads = (): Step[] =>
    Array.from({ length: 2 + c.below(8) }, () => call('range', crowdedRangeRequest(c, WIDE_PREFIX, WIDE_END), true));
  const write = (compare: readonly Value[]): Step => {
    const isNested = c.chance(0.4);
    const most = isNested ? AT_LIMIT - 1 : AT_LIMIT;
    const count = c.chance(0.2) ? most + 1 : c.chance(0.6) ? most : 13 + c.below(100);
    const branch = c.chance(0.8) ? 'success' : 'failure';
    const inner: Fields[] = isNested ? [{ requestTxn: { compare, [branch]: puts(count) } }] : puts(count);
    const ops = count > most ? new Invalid(inner) : inner;
    return call('txn', isNested ? { success: ops } : { compare, [branch]: ops });
  };
  const all = { key: WIDE_PREFIX, rangeEnd: WIDE_END };
  return [
    write([{ ...all, target: 0, version: 0 }]),
    ...reads(),
    write([
      { ...all, target: c.below(3), result: c.below(4), version: c.below(3), createRevision: new At('current', 0) },
    ]),
    // What is deleted first is gone for the operations that follow, but not for nested conditions.
    call('txn', {
      success: [
        { requestDeleteRange: { key: keys[c.below(60)]!, rangeEnd: `${WIDE_PREFIX}06`, prevKv: c.bool() } },
        { requestRange: crowdedRangeRequest(c, WIDE_PREFIX, WIDE_END) },
        { requestTxn: { compare: [{ ...all, target: 0, result: 1, version: 0 }], success: [{ requestRange: all }] } },
        { requestPut: { ...putRequest(c, false), key: 'x' } },
      ],
    }),
    ...reads(),
    call('deleteRange', c.chance(0.3) ? { ...deleteRangeRequest(c), ...all } : { ...all, prevKv: c.bool() }),
    call('deleteRange', { key: 'x' }),
  ];
}

/** Of an entry of the log; and of a message, which may be so much longer. */
const MAX_REQUEST_BYTES = 1_572_864;
const MAX_MESSAGE_BYTES = MAX_REQUEST_BYTES + 512 * 1024;
/** More than the log adds to a request; ids in it are not of one length on all servers. */
const ENTRY_BYTES = 64;
/** Of a field's tag and of a length below 2 MiB. */
const FIELD_BYTES = 4;

/** Keys and values as long as they may be, and a little longer. */
export function sizeLimitSteps(c: Choices): Step[] {
  const longest = MAX_REQUEST_BYTES - ENTRY_BYTES;
  const message = MAX_MESSAGE_BYTES - FIELD_BYTES;
  const value = (bytes: number): Uint8Array => Buffer.alloc(bytes, 1 + c.below(255));
  const key = (bytes: number): string => 'k'.repeat(bytes);
  const steps: Step[] = [
    call('put', { key: 'k', value: value(longest - 32) }),
    call('put', { key: 'k', value: new Invalid(value(MAX_REQUEST_BYTES)), prevKv: true }),
    call('put', { key: 'k', ignoreValue: true, prevKv: true }),
    call('put', { key: new Invalid(key(longest + ENTRY_BYTES)) }),
    call('deleteRange', { key: key(longest) }),
    call('deleteRange', { key: new Invalid(key(MAX_REQUEST_BYTES)) }),
    call('range', { key: key(message) }, true),
    call('range', { key: new Invalid(key(message + 1)) }, true),
    call('range', { key: 'k', keysOnly: true }, true),
    call('txn', {
      compare: [{ key: 'k', target: 3, result: 2, value: value(700_000) }],
      success: [
        { requestPut: { key: 'k1', value: value(400_000) } },
        { requestPut: { key: 'k2', value: value(400_000) } },
      ],
      failure: [
        { requestPut: { key: 'k2', value: value(400_000) } },
        { requestPut: { key: 'k1', value: value(400_000) } },
      ],
    }),
    call('txn', { success: [{ requestPut: { key: 'k3', value: value(1_300_000), prevKv: true } }] }),
  ];
  for (const bytes of [255, 511, 512, 4096, 65_536, 300_000]) {
    steps.push(call('put', { key: key(bytes), value: 'long', prevKv: true }));
    steps.push(call('range', { key: key(bytes - 1), rangeEnd: key(bytes + 1), keysOnly: c.bool() }, true));
    steps.push(
      call('txn', {
        compare: [{ key: key(bytes), target: 0, version: 1 }],
        success: [{ requestRange: { key: key(bytes) } }],
      }),
    );
  }
  return [...steps, call('deleteRange', { key: 'k', rangeEnd: 'l', prevKv: true })];
}
