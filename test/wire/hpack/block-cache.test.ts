import { describe, expect, it } from 'vitest';
import { BlockCache } from '../../../src/wire/hpack/block-cache.ts';

describe('block cache', () => {
  const block = Buffer.from('....abcdef....');
  const find = (cache: BlockCache<string>, version: number, bytes = block): string | undefined =>
    cache.find(bytes, 4, 10, version);

  it('finds the same bytes at the same version, wherever they lie', () => {
    const cache = new BlockCache<string>();
    cache.store(block, 4, 10, 1, 'first');
    expect(find(cache, 1)).toBe('first');
    expect(cache.find(Buffer.from('abcdef'), 0, 6, 1)).toBe('first');
  });

  it('does not find other bytes, or another version of the table', () => {
    const cache = new BlockCache<string>();
    cache.store(block, 4, 10, 1, 'first');
    expect(find(cache, 2)).toBeUndefined();
    for (let i = 4; i < 10; i++) {
      const other = Buffer.from(block);
      other[i]! ^= 1;
      expect(find(cache, 1, other), `byte ${i}`).toBeUndefined();
    }
    expect(cache.find(block, 4, 9, 1)).toBeUndefined();
  });

  it('keeps its own copy', () => {
    const cache = new BlockCache<string>();
    const source = Buffer.from(block);
    cache.store(source, 4, 10, 1, 'first');
    source.fill(0);
    expect(find(cache, 1)).toBe('first');
  });
});
