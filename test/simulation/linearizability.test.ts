import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from './history.ts';
import { checkKeys, checkRegister } from './linearizability.ts';
import { checkRevisionOrder } from './revision-order.ts';

type Short = readonly [
  kind: Operation['kind'],
  value: string | undefined,
  invoked: number,
  answered: number | undefined,
];

/** A compare-and-swap; without an instant of its answer it stays open. */
function cas(
  expected: string | undefined,
  value: string,
  invoked: number,
  answered: number | undefined,
  changed: boolean,
  seen?: string,
): Operation {
  const [operation] = operationsOf([['cas', value, invoked, answered]]);
  return { ...operation!, expected, changed, seen };
}

function operationsOf(list: readonly Short[], key = 'k'): Operation[] {
  return list.map(([kind, value, invoked, answered], client) => ({
    client,
    request: client,
    kind,
    key,
    value,
    expected: undefined,
    seen: undefined,
    changed: kind === 'put',
    invoked,
    answered: answered ?? Infinity,
    outcome: answered === undefined ? 'unknown' : 'ok',
    revision: 0,
    modRevision: 0,
  }));
}

/** Every order of the answered operations with any of the open ones: slow, and plainly right. */
function isLinearizable(left: readonly Operation[], state: string | undefined): boolean {
  if (left.every(({ outcome }) => outcome !== 'ok')) return true;
  return left.some((next) => {
    // Nothing that was answered before `next` was asked for may come after it.
    if (left.some((other) => other !== next && other.answered < next.invoked)) return false;
    const isOk = next.outcome === 'ok';
    if (next.kind === 'get' && (!isOk || next.value !== state)) return false;
    if (next.kind === 'cas') {
      const hits = state === next.expected;
      if (isOk ? hits !== next.changed || (!hits && state !== next.seen) : !hits) return false;
    }
    const isRead = next.kind === 'get' || (next.kind === 'cas' && isOk && !next.changed);
    const after = isRead ? state : next.kind === 'delete' ? undefined : next.value;
    return isLinearizable(
      left.filter((other) => other !== next),
      after,
    );
  });
}

describe('the search over one register', () => {
  it.each<{ name: string; history: readonly Short[]; verdict: string }>([
    { name: 'nothing at all', history: [], verdict: 'ok' },
    {
      name: 'a read of what was written',
      history: [
        ['put', 'a', 0, 1],
        ['get', 'a', 2, 3],
      ],
      verdict: 'ok',
    },
    {
      name: 'a stale read',
      history: [
        ['put', 'a', 0, 1],
        ['put', 'b', 2, 3],
        ['get', 'a', 4, 5],
      ],
      verdict: 'illegal',
    },
    {
      name: 'a lost write',
      history: [
        ['put', 'a', 0, 1],
        ['get', undefined, 2, 3],
      ],
      verdict: 'illegal',
    },
    {
      name: 'a read during a write, of either value',
      history: [
        ['put', 'a', 0, 3],
        ['get', undefined, 1, 2],
      ],
      verdict: 'ok',
    },
    {
      name: 'a read that goes back',
      history: [
        ['put', 'a', 0, 9],
        ['get', 'a', 1, 2],
        ['get', undefined, 3, 4],
      ],
      verdict: 'illegal',
    },
    {
      name: 'a write without an answer that took effect late',
      history: [
        ['put', 'a', 0, undefined],
        ['get', undefined, 1, 2],
        ['get', 'a', 3, 4],
      ],
      verdict: 'ok',
    },
    { name: 'a value nobody wrote', history: [['get', 'ghost', 0, 1]], verdict: 'illegal' },
    {
      name: 'a delete',
      history: [
        ['put', 'a', 0, 1],
        ['delete', undefined, 2, 3],
        ['get', undefined, 4, 5],
      ],
      verdict: 'ok',
    },
  ])('$name is $verdict', ({ history, verdict }) => {
    expect(checkRegister(operationsOf(history))).toBe(verdict);
  });

  it.each<{ name: string; history: Operation[]; verdict: string }>([
    {
      name: 'a swap of what is there',
      history: [...operationsOf([['put', 'a', 0, 1]]), cas('a', 'b', 2, 3, true)],
      verdict: 'ok',
    },
    { name: 'a swap of what is not there', history: [cas('a', 'b', 2, 3, true)], verdict: 'illegal' },
    {
      name: 'a swap that missed what is there',
      history: [...operationsOf([['put', 'a', 0, 1]]), cas('a', 'b', 2, 3, false, 'a')],
      verdict: 'illegal',
    },
    {
      name: 'two swaps of the same',
      history: [...operationsOf([['put', 'a', 0, 1]]), cas('a', 'b', 2, 9, true), cas('a', 'c', 3, 8, true)],
      verdict: 'illegal',
    },
    {
      name: 'a failed swap that saw what is there',
      history: [...operationsOf([['put', 'a', 0, 1]]), cas('x', 'b', 2, 3, false, 'a')],
      verdict: 'ok',
    },
    {
      name: 'an open swap that took effect late',
      history: [
        cas(undefined, 'b', 0, undefined, false),
        ...operationsOf([
          ['get', undefined, 1, 2],
          ['get', 'b', 3, 4],
        ]),
      ],
      verdict: 'ok',
    },
  ])('$name is $verdict', ({ history, verdict }) => {
    expect(checkRegister(history)).toBe(verdict);
  });

  it('agrees with trying every order', () => {
    const kind = fc.constantFrom<Operation['kind']>('put', 'get', 'delete', 'cas');
    const value = fc.constantFrom('a', 'b', undefined);
    const operation = fc.tuple(kind, value, fc.nat(12), fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }));
    const swap = fc.record({ expected: value, changed: fc.boolean(), seen: value });
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 6 }),
        fc.array(swap, { minLength: 6, maxLength: 6 }),
        (list, swaps) => {
          const operations = operationsOf(
            list.map(([what, written, invoked, took], i) => [
              what,
              what === 'put' || what === 'cas' ? (written ?? 'c') : what === 'get' ? written : undefined,
              invoked + i / 100,
              took === undefined ? undefined : invoked + took + i / 100 + 0.005,
            ]),
          ).map((one, i) => (one.kind === 'cas' ? { ...one, ...swaps[i] } : one));
          expect(checkRegister(operations)).toBe(isLinearizable(operations, undefined) ? 'ok' : 'illegal');
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('says unknown when it gives up, never ok', () => {
    const history = Array.from({ length: 12 }, (_, i): Short => ['put', `v${i}`, i, 100 + i]);
    expect(checkRegister(operationsOf([...history, ['get', 'ghost', 200, 201]]), 50)).toBe('unknown');
  });

  it('judges every key alone', () => {
    const operations = [
      ...operationsOf(
        [
          ['put', 'a', 0, 1],
          ['get', 'a', 2, 3],
        ],
        'good',
      ),
      ...operationsOf([['get', 'ghost', 0, 1]], 'bad'),
    ];
    expect(checkKeys(operations)).toEqual([
      { key: 'good', verdict: 'ok' },
      { key: 'bad', verdict: 'illegal' },
    ]);
  });
});

describe('the order that revisions claim', () => {
  const put = (revision: number, invoked: number, answered: number): Operation => ({
    ...operationsOf([['put', `v${revision}`, invoked, answered]])[0]!,
    request: invoked,
    revision,
  });
  const get = (modRevision: number, revision: number, invoked: number, answered: number): Operation => ({
    ...operationsOf([['get', modRevision === 0 ? undefined : `v${modRevision}`, invoked, answered]])[0]!,
    revision,
    modRevision,
  });

  it('holds for writes and reads in order', () => {
    expect(checkRevisionOrder([put(2, 0, 1), put(3, 2, 3), get(3, 3, 4, 5)])).toBeUndefined();
  });

  it.each([
    { name: 'two writes of one revision', history: [put(2, 0, 1), put(2, 2, 3)], why: 'have one revision' },
    { name: 'a later write of a lower revision', history: [put(3, 0, 1), put(2, 2, 3)], why: 'came after' },
    { name: 'a read at an old revision', history: [put(2, 0, 1), put(3, 2, 3), get(2, 2, 4, 5)], why: 'came after' },
    { name: 'a read that missed a write', history: [put(2, 0, 1), put(3, 2, 3), get(2, 3, 4, 5)], why: 'missed' },
    {
      name: 'a read of another value',
      history: [put(2, 0, 1), { ...get(2, 2, 2, 3), value: 'other' }],
      why: 'did not write',
    },
  ])('is refused for $name', ({ history, why }) => {
    expect(checkRevisionOrder(history)).toContain(why);
  });
});
