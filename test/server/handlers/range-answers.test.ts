import { describe, expect, it } from 'vitest';
import { ALL, keyAt, KEYS, memberWithManyKeys, texts } from '../support/many-keys.ts';

const OUT_OF_RANGE = 11;

describe('a range of many keys', () => {
  it('has all of them, in order, and their number', () => {
    const { client, done, member } = memberWithManyKeys();
    const { kvs, more, count, header } = done(client.unary('range', ALL));
    expect(kvs.map(({ key }) => key)).toEqual(Array.from({ length: KEYS }, (_, i) => keyAt(i)));
    expect([more, count, header!.revision]).toEqual([false, KEYS, member.store.currentRevision]);
    const limited = done(client.unary('range', { ...ALL, limit: KEYS - 1, sortOrder: 2 }));
    expect([limited.kvs.length, limited.kvs[0]!.key, limited.more]).toEqual([KEYS - 1, keyAt(KEYS - 1), true]);
  });

  it('shows one revision though it takes turns with a deletion and a compaction', () => {
    const { client, done, member } = memberWithManyKeys();
    const revision = member.store.currentRevision;
    // All in one flight: the range has begun when the others are applied.
    const range = client.unary('range', { ...ALL, serializable: true });
    const deletion = client.unary('deleteRange', ALL);
    const compaction = client.unary('compact', { revision: revision + 1, physical: true });
    const { kvs, count, header } = done(range);
    expect([kvs.length, count, header!.revision, texts(kvs)]).toEqual([KEYS, KEYS, revision, ['old']]);
    expect(done(deletion).deleted).toBe(KEYS);
    done(compaction);
    expect(member.store.compactor.isRunning).toBe(false);
    const late = client.unary('range', { ...ALL, revision });
    expect(() => done(late)).toThrow();
    expect(late.failure!.code).toBe(OUT_OF_RANGE);
  });

  it('holds up no compaction when its client has gone', () => {
    const { cluster, client, done, member } = memberWithManyKeys();
    client.unary('range', { ...ALL, serializable: true }).cancel();
    done(client.unary('compact', { revision: member.store.currentRevision, physical: true }));
    cluster.clock.advance(1000);
    expect(member.store.compactor.isRunning).toBe(false);
  });
});
