import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Slab } from '../../src/base/slab.ts';

const SIZES = { slabBytes: 64, largestPieceBytes: 16 };

it('cuts pieces of the lengths asked for, no two of which share a byte, from few allocations', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 24 }), { maxLength: 60 }), (lengths) => {
      const allocated: number[] = [];
      const slab = new Slab(SIZES, (bytes) => {
        allocated.push(bytes);
        return Buffer.alloc(bytes);
      });
      expect(allocated).toEqual([0]);
      const pieces = lengths.map((length, i) => slab.take(length).fill(i));
      expect(pieces.map(({ length }) => length)).toEqual(lengths);
      pieces.forEach((piece, i) => expect(piece.every((byte) => byte === i)).toBe(true));
      const large = lengths.filter((length) => length > SIZES.largestPieceBytes);
      const small = lengths.filter((length) => length <= SIZES.largestPieceBytes);
      const slabs = allocated.filter((bytes) => bytes === SIZES.slabBytes).length;
      expect(allocated.length - 1 - slabs).toBe(large.length);
      // Less than a largest piece is left at the end of each slab but the last.
      const full = SIZES.slabBytes - SIZES.largestPieceBytes;
      expect(slabs).toBeLessThanOrEqual(1 + small.reduce((sum, length) => sum + length, 0) / full);
    }),
  );
});
