import { describe, expect, it } from 'vitest';
import { ReadCache } from '../../../src/storage/backend/read-cache.ts';

const bytes = (length: number): Uint8Array => new Uint8Array(length);

describe('ReadCache', () => {
  it('keeps what is read again and drops what is not', () => {
    const cache = new ReadCache(100);
    cache.set('kept', bytes(10));
    for (let i = 0; i < 20; i++) {
      cache.set(i, bytes(10));
      expect(cache.get('kept')).toBeDefined();
    }
    expect(cache.get(0)).toBeUndefined();
    expect(cache.get(19)).toBeDefined();
  });

  it('never holds more than it may', () => {
    const cache = new ReadCache(100);
    for (let i = 0; i < 50; i++) cache.set(i, bytes(7));
    let held = 0;
    for (let i = 0; i < 50; i++) held += cache.get(i)?.length ?? 0;
    expect(held).toBeLessThanOrEqual(100);
    expect(held).toBeGreaterThan(40);
  });

  it('forgets what is deleted, in either generation', () => {
    const cache = new ReadCache(40);
    cache.set('a', bytes(15));
    cache.set('b', bytes(15));
    cache.delete('a');
    cache.delete('b');
    cache.delete('c');
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, undefined]);
  });
});
