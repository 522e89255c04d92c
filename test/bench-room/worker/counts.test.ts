import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounts } from '../../../src/bench/histograms.ts';
import { bucketOf, newCounts, sparse } from '../../../src/bench/worker/counts.ts';
import { DueHeap } from '../../../src/bench/worker/heap.ts';
import { newHistogram } from '../../../src/platform/histogram.ts';

describe('counts', () => {
  it('hold what an HdrHistogram of the same samples holds', () => {
    const ms = fc.oneof(fc.double({ min: 0, max: 5, noNaN: true }), fc.double({ min: 0, max: 2_000_000, noNaN: true }));
    fc.assert(
      fc.property(fc.array(ms, { minLength: 1, maxLength: 200 }), (samples) => {
        const counts = newCounts();
        const expected = newHistogram();
        for (const sample of samples) {
          counts[bucketOf(sample)]!++;
          expected.recordValue(Math.floor(sample * 1_000 + 0.5));
        }
        const actual = addCounts(newHistogram(), sparse(counts));
        expect(actual.totalCount).toBe(expected.totalCount);
        for (const percentile of [0, 50, 90, 99, 100]) {
          expect(actual.getValueAtPercentile(percentile)).toBe(expected.getValueAtPercentile(percentile));
        }
      }),
    );
  });

  it('counts what is out of bounds at the bound', () => {
    const counts = newCounts();
    for (const ms of [-5, 1e12, Infinity]) counts[bucketOf(ms)]!++;
    expect([...sparse(counts)].filter((_, i) => i % 2 === 1)).toEqual([1, 2]);
  });
});

describe('DueHeap', () => {
  it('gives what is due first, and of two at one instant the first that came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (dues) => {
        const heap = new DueHeap<{ due: number; order: number }>();
        dues.forEach((due, order) => heap.push(due, { due, order }));
        const popped: { due: number; order: number }[] = [];
        while (heap.size > 0) {
          expect(heap.nextMs).toBe(
            Math.min(...dues.filter((_, order) => !popped.some((each) => each.order === order))),
          );
          popped.push(heap.pop()!);
        }
        expect(popped).toEqual(popped.toSorted((a, b) => a.due - b.due || a.order - b.order));
        expect(heap.pop()).toBeUndefined();
        expect(heap.nextMs).toBe(Infinity);
      }),
    );
  });
});
