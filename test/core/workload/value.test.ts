import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStamp } from '../../../src/core/workload/index.ts';
import type { Stamp, Values } from '../../../src/core/workload/index.ts';
import type { ObjectKind } from '../../../src/core/workload/profile.ts';
import { STAMP_BYTES, valuesOf } from '../../../src/core/workload/value.ts';

const KIND: ObjectKind = {
  resource: 'pods',
  namespaces: 0,
  count: 0,
  preload: 0,
  size: { p50: 4096, p99: 20480, max: 71680 },
  entropy: 0.35,
  growth: 100,
};
/** As a request carries it: behind other bytes, and before more. */
function written(values: Values, stamp: Stamp): Uint8Array {
  const value = values.make(stamp);
  const message = new Uint8Array(7 + value.length + 5).fill(0xee);
  value.writeTo(message, 7);
  expect(message.subarray(0, 7)).toEqual(new Uint8Array(7).fill(0xee));
  expect(message.subarray(7 + value.length)).toEqual(new Uint8Array(5).fill(0xee));
  return message.slice(7, 7 + value.length);
}

const stamp = { intendedMs: 123_456.789, object: 5, sequence: 77, source: 2, step: 3, writes: 1 };

describe('values', () => {
  it('open with a stamp that can be read back', () => {
    const value = written(valuesOf(KIND, 1), stamp);
    expect(readStamp(value)).toEqual(stamp);
    expect(String.fromCharCode(...value.subarray(0, 4))).toBe('k8s\0');
  });

  it('are none of ours without it', () => {
    expect(readStamp(new Uint8Array(100))).toBeUndefined();
    expect(readStamp(new Uint8Array(STAMP_BYTES - 1))).toBeUndefined();
  });

  it('are known to be damaged wherever a byte of the body is another', () => {
    const values = valuesOf(KIND, 1);
    fc.assert(
      fc.property(
        fc.nat({ max: 5_000 }),
        fc.nat({ max: 50 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (object, writes, place) => {
          const value = written(values, { ...stamp, object, writes });
          expect(value.length).toBe(values.sizeOf(object, writes));
          expect(values.isIntact(value)).toBe(true);
          const at = STAMP_BYTES + Math.floor(place * (value.length - STAMP_BYTES));
          value[at]! ^= 1;
          expect(values.isIntact(value)).toBe(false);
          value[at]! ^= 1;
          expect(values.isIntact(value.subarray(0, -1))).toBe(false);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('have the sizes asked for: median, p99 and most', () => {
    const values = valuesOf(KIND, 1);
    const sizes = Array.from({ length: 5_000 }, (_, object) => values.sizeOf(object, 0)).sort((a, b) => a - b);
    expect(sizes[2_500]! / 4096).toBeCloseTo(1, 1);
    expect(sizes[4_950]! / 20480).toBeGreaterThan(0.8);
    expect(sizes[4_950]! / 20480).toBeLessThan(1.2);
    expect(sizes.at(-1)).toBeLessThanOrEqual(71680);
  });

  it('grow with each write of the object, up to a bound', () => {
    const fixed = valuesOf({ ...KIND, size: 1_000 }, 1);
    expect([0, 1, 2, 100].map((writes) => fixed.sizeOf(9, writes))).toEqual([1_000, 1_100, 1_200, 2_000]);
  });

  it('compress as much as their entropy lets them', () => {
    const ratio = (entropy: number) => {
      const values = valuesOf({ ...KIND, size: 10_000, entropy }, 1);
      const all = Array.from({ length: 20 }, (_, object) => gzipSync(written(values, { ...stamp, object })).length);
      return all.reduce((sum, size) => sum + size, 0) / (20 * 10_000);
    };
    expect(ratio(0)).toBeLessThan(0.02);
    expect(ratio(0.35)).toBeGreaterThan(0.4);
    expect(ratio(0.35)).toBeLessThan(0.7);
    expect(ratio(1)).toBeGreaterThan(0.99);
  });

  it('are the same each time that they are written, whatever was made meanwhile', () => {
    const values = valuesOf(KIND, 1);
    const value = values.make(stamp);
    const before = new Uint8Array(value.length);
    value.writeTo(before, 0);
    for (const object of [5, 5 + 1_024, 6]) written(values, { ...stamp, object, writes: 3 });
    const after = new Uint8Array(value.length);
    value.writeTo(after, 0);
    expect(after).toEqual(before);
  });

  it('differ little from version to version, as updates of real objects do', () => {
    const values = valuesOf({ ...KIND, growth: 0 }, 1);
    const [first, second] = [written(values, stamp), written(values, { ...stamp, sequence: 78, writes: 2 })];
    const different = first.filter((byte, i) => byte !== second[i]).length;
    expect(first.length).toBe(second.length);
    expect(different).toBeLessThan(STAMP_BYTES);
  });
});
