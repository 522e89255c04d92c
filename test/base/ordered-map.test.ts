import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderedMap } from '../../src/base/ordered-map.ts';
import { seededRandom } from '../../src/base/random.ts';

/** What the map must be equal to: sorted pairs in one array. */
class SortedPairs {
  pairs: [string, number][] = [];

  set(key: string, value: number): number | undefined {
    const found = this.pairs.find((pair) => pair[0] === key);
    if (found === undefined) {
      this.pairs.push([key, value]);
      this.pairs.sort((a, b) => (a[0] < b[0] ? -1 : 1));
      return undefined;
    }
    const before = found[1];
    found[1] = value;
    return before;
  }

  delete(key: string): number | undefined {
    const at = this.pairs.findIndex((pair) => pair[0] === key);
    return at < 0 ? undefined : this.pairs.splice(at, 1)[0]![1];
  }

  range(start: string, end: string | undefined): [string, number][] {
    return this.pairs.filter(([key]) => key >= start && (end === undefined || key < end));
  }
}

function collect(map: OrderedMap<number>, start: string, end: string | undefined): [string, number][] {
  const found: [string, number][] = [];
  map.scan(start, end, (key, value) => {
    found.push([key, value]);
  });
  return found;
}

function walk(map: OrderedMap<number>, start: string): [string, number][] {
  const found: [string, number][] = [];
  for (const cursor = map.seek(start); cursor.key !== undefined; cursor.advance())
    found.push([cursor.key, cursor.value]);
  return found;
}

const key = fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\xff'), maxLength: 5 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('set' as const), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), key) },
);

describe('OrderedMap', () => {
  it('behaves as sorted pairs do', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 400, size: 'max' }),
        key,
        fc.option(key, { nil: undefined }),
        (steps, start, end) => {
          const map = new OrderedMap<number>();
          const model = new SortedPairs();
          steps.forEach(([what, k], i) => {
            if (what === 'set') expect(map.set(k, i)).toBe(model.set(k, i));
            else expect(map.delete(k)).toBe(model.delete(k));
          });
          expect(map.size).toBe(model.pairs.length);
          expect(collect(map, '', undefined)).toEqual(model.pairs);
          expect(collect(map, start, end)).toEqual(model.range(start, end));
          expect(walk(map, start)).toEqual(model.range(start, undefined));
          expect(map.countRange(start, end)).toBe(model.range(start, end).length);
          expect(map.rank(start)).toBe(model.pairs.length - model.range(start, undefined).length);
          expect(map.get(start)).toBe(model.range(start, start + '\0')[0]?.[1]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(['ascending', 'descending', 'shuffled'])('grows over several levels and shrinks to nothing, %s', (order) => {
    const random = seededRandom(7);
    const keys = Array.from({ length: 20_000 }, (_, i) => String(i).padStart(6, '0'));
    const arranged =
      order === 'shuffled'
        ? keys.toSorted(() => random.float() - 0.5)
        : order === 'descending'
          ? keys.toReversed()
          : keys;
    const map = new OrderedMap<number>();
    arranged.forEach((k) => map.set(k, Number(k)));
    expect(walk(map, '').map(([k]) => k)).toEqual(keys);
    for (let i = 0; i < keys.length; i += 997) expect(map.rank(keys[i]!)).toBe(i);
    arranged.forEach((k, i) => {
      expect(map.delete(k)).toBe(Number(k));
      if (i % 4001 === 0) {
        const left = keys.length - i - 1;
        expect(map.size).toBe(left);
        expect(map.countRange('', undefined)).toBe(left);
        expect(walk(map, '')).toHaveLength(left);
      }
    });
    expect(map.size).toBe(0);
    expect(walk(map, '')).toEqual([]);
  });

  it('stops a scan when told to', () => {
    const map = new OrderedMap<number>();
    for (let i = 0; i < 500; i++) map.set(String(i).padStart(4, '0'), i);
    const seen: number[] = [];
    map.scan('0100', undefined, (_, value) => {
      seen.push(value);
      return seen.length < 3;
    });
    expect(seen).toEqual([100, 101, 102]);
  });

  it('can be emptied', () => {
    const map = new OrderedMap<number>();
    map.set('a', 1);
    map.clear();
    expect(map.size).toBe(0);
    expect(map.get('a')).toBeUndefined();
  });
});
