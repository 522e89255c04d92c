import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FreeList } from '../../src/base/free-list.ts';

describe('a free list', () => {
  it('gives back what it was given, the latest first, and each once', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (gives) => {
        const list = new FreeList<number>();
        const model: number[] = [];
        gives.forEach((give, number) => {
          if (give) {
            list.give(number);
            model.push(number);
          } else expect(list.take()).toBe(model.pop());
        });
      }),
    );
  });
});
