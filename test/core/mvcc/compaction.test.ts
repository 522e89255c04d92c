import { beforeEach, describe, expect, it } from 'vitest';
import { crc32c } from '../../../src/base/crc32c.ts';
import { encodeRevision } from '../../../src/core/mvcc/revision-key.ts';
import { deleteRequest, rangeRequest } from './requests.ts';
import { TestStore } from './test-store.ts';

let on: TestStore;

beforeEach(() => {
  on = new TestStore();
});

describe('compaction', () => {
  it.each([
    [true, ['y', 'z']],
    [false, ['z']],
  ])('keeps a tombstone at exactly the compacted revision or not: %s', (keeps, left) => {
    on.reopen({ keepsTombstoneAtCompactRevision: keeps });
    on.put('x');
    on.put('y');
    on.apply({ deleteRange: deleteRequest({ key: 'x' }) });
    on.apply({ deleteRange: deleteRequest({ key: 'y' }) });
    on.put('z');
    on.apply({ compaction: { revision: 5, physical: false } });
    while (on.store.compactor.isRunning) on.store.compactStep(1);
    const keys: number[] = [];
    on.backend.scanRevisions(0, 0, (main) => {
      keys.push(main);
    });
    expect(keys).toHaveLength(left.length);
    expect(on.backend.get('meta', 'finishedCompactRev')).toEqual(encodeRevision(5));
  });

  it('resumes an interrupted compaction', () => {
    for (let i = 0; i < 20; i++) on.put('a', String(i));
    on.apply({ compaction: { revision: 15, physical: false } });
    on.store.compactStep(2);
    on.store.compactStep(2);
    on.reopen();
    expect(on.store.compactRevision).toBe(15);
    expect(on.store.compactor.isRunning).toBe(true);
    expect(() => on.store.range(rangeRequest({ key: 'a', revision: 14 }))).toThrow(
      'required revision has been compacted',
    );
    while (on.store.compactor.isRunning) on.store.compactStep(2);
    let left = 0;
    on.backend.scanRevisions(0, 0, () => {
      left++;
    });
    expect(left).toBe(7);
    expect(on.reopen().compactor.isRunning).toBe(false);
  });

  it('accepts the compaction of revision 0 once', () => {
    expect(on.apply({ compaction: { revision: 0, physical: false } }).error).toBeUndefined();
    expect(on.apply({ compaction: { revision: 0, physical: false } }).error?.name).toBe('compacted');
  });
});

describe('HashKV', () => {
  it('is the same before, during and after a compaction', () => {
    for (let i = 0; i < 30; i++) on.put(`k${i % 7}`, String(i));
    on.apply({ deleteRange: deleteRequest({ key: 'k1', rangeEnd: 'k3' }) });
    on.put('k1', 'again');
    const hashOf = (revision: number): number => {
      const work = on.store.hashKV(revision);
      while (!work.step(3)) continue;
      return work.hash;
    };
    on.apply({ compaction: { revision: 20, physical: false } });
    const before = [20, 25, 0].map(hashOf);
    for (let steps = 0; on.store.compactor.isRunning; steps++) {
      expect([20, 25, 0].map(hashOf)).toEqual(before);
      on.store.compactStep(4);
    }
    expect([20, 25, 0].map(hashOf)).toEqual(before);
    expect(new Set(before).size).toBe(3);
    expect(() => on.store.hashKV(19)).toThrow('compacted');
    expect(() => on.store.hashKV(99)).toThrow('future');
    // A negative revision is neither: it has nothing but the bucket's name.
    expect(hashOf(-1)).toBe(crc32c(new TextEncoder().encode('key')));
    const overtaken = on.store.hashKV(0);
    on.apply({ compaction: { revision: 25, physical: false } });
    expect(() => overtaken.step(1)).toThrow('compacted');
  });

  it('counts what the compaction keeps where no key has a value at its revision', () => {
    on.put('a', 'kept');
    on.put('b', 'superseded');
    on.put('b', 'kept, too');
    on.apply({ compaction: { revision: 4, physical: false } });
    on.apply({ deleteRange: deleteRequest({ key: 'a', rangeEnd: 'z' }) });
    on.put('c');
    const work = on.store.hashKV(5);
    work.step(100);
    // The same by hand: key and value of every entry but b's first.
    let expected = crc32c(new TextEncoder().encode('key'));
    on.store.backend.scanRevisions(0, 0, (main, sub, tombstone, kv) => {
      if (main === 3 || main > 5) return undefined;
      const key = new Uint8Array(tombstone ? 18 : 17);
      const view = new DataView(key.buffer);
      view.setUint32(4, main);
      key[8] = '_'.charCodeAt(0);
      view.setUint32(13, sub);
      if (tombstone) key[17] = 't'.charCodeAt(0);
      expected = crc32c(kv, crc32c(key, expected));
      return undefined;
    });
    expect(work.hash).toBe(expected);
  });
});
