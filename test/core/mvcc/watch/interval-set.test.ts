import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntervalSet, type Interval } from '../../../../src/core/mvcc/watch/interval-set.ts';

const key = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\0'), maxLength: 3 });
const interval = fc.record({ start: key, end: fc.option(key, { nil: undefined }) });

describe('IntervalSet', () => {
  it('finds exactly the intervals that hold a key', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(interval, fc.nat(5), key), { maxLength: 400, size: 'max' }), (steps) => {
        const set = new IntervalSet<Interval>();
        const model: Interval[] = [];
        for (const [added, chance, probe] of steps) {
          if (chance < 2 && model.length > 0) {
            const [removed] = model.splice((chance * 7919) % model.length, 1);
            set.remove(removed!);
          } else {
            model.push(added);
            set.add(added);
          }
          const found = new Set<Interval>();
          set.stab(probe, (hit) => {
            if (found.has(hit)) expect.unreachable();
            found.add(hit);
          });
          const expected = model.filter(({ start, end }) => start <= probe && (end === undefined || probe < end));
          expect(found.size === expected.length && expected.every((hit) => found.has(hit))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});
