import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AssertionError } from '../../../src/base/errors.ts';
import { Inflights } from '../../../src/core/raft/inflights.ts';

it('behaves as a queue', () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), by: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant('free' as const), by: fc.nat(30) }),
    fc.record({ kind: fc.constant('reset' as const), by: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(act), (capacity, acts) => {
      const inflights = new Inflights(capacity);
      let queue: number[] = [];
      let last = 0;
      for (const { kind, by } of acts) {
        if (kind === 'add' && queue.length < capacity) {
          last += by;
          inflights.add(last);
          queue.push(last);
        } else if (kind === 'free') {
          const to = last - by;
          inflights.freeTo(to);
          queue = queue.filter((index) => index > to);
        } else if (kind === 'reset') {
          inflights.reset();
          queue = [];
        }
        expect(inflights.count).toBe(queue.length);
        expect(inflights.full).toBe(queue.length === capacity);
      }
    }),
  );
});

it('refuses more than the window holds', () => {
  const inflights = new Inflights(1);
  inflights.add(1);
  expect(() => inflights.add(2)).toThrow(AssertionError);
});
