import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyIntervals } from '../../../src/core/mvcc/key-intervals.ts';
import { key } from './arbitraries.ts';

const intervals = fc.array(fc.tuple(key, key), { maxLength: 8 });

function setOf(all: readonly (readonly [string, string])[]): KeyIntervals {
  const set = new KeyIntervals();
  for (const [start, end] of all) set.add(start, end);
  return set;
}

it('has what lies in one of its intervals', () => {
  fc.assert(
    fc.property(intervals, intervals, key, (some, others, wanted) => {
      const isIn = ([start, end]: readonly [string, string]): boolean => start <= wanted && wanted < end;
      const set = setOf(some);
      expect(set.has(wanted)).toBe(some.some(isIn));
      set.addAll(setOf(others));
      expect(set.has(wanted)).toBe([...some, ...others].some(isIn));
    }),
    { numRuns: 2000 },
  );
});
