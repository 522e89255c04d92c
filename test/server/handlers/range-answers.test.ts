import { describe, expect, it } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { MemberClient, type PendingCall } from '../support/member-client.ts';

const KEYS = 1500;
const ALL = { key: '\0', rangeEnd: '\0' };
const OUT_OF_RANGE = 11;

function setUp() {
  const cluster = new MemoryCluster(1);
  const { member } = cluster.elect();
  const client = new MemberClient(cluster.services(0), cluster.clock);
  const done = <A>(call: PendingCall<A>): A => {
    cluster.clock.advance(100);
    expect(call.failure).toBeUndefined();
    return call.answer!;
  };
  for (let at = 0; at < KEYS; at += 100) {
    const success = Array.from({ length: 100 }, (_, i) => ({
      requestPut: { key: keyAt(at + i), value: Buffer.from('old') },
    }));
    done(client.unary('txn', { success }));
  }
  return { cluster, client, done, member };
}

const keyAt = (i: number): string => `k${String(i).padStart(4, '0')}`;
const texts = (kvs: readonly { value: Uint8Array }[]): string[] => [
  ...new Set(kvs.map(({ value }) => Buffer.from(value).toString())),
];

describe('a range of many keys', () => {
  it('has all of them, in order, and their number', () => {
    const { client, done, member } = setUp();
    const { kvs, more, count, header } = done(client.unary('range', ALL));
    expect(kvs.map(({ key }) => key)).toEqual(Array.from({ length: KEYS }, (_, i) => keyAt(i)));
    expect([more, count, header!.revision]).toEqual([false, KEYS, member.store.currentRevision]);
    const limited = done(client.unary('range', { ...ALL, limit: KEYS - 1, sortOrder: 2 }));
    expect([limited.kvs.length, limited.kvs[0]!.key, limited.more]).toEqual([KEYS - 1, keyAt(KEYS - 1), true]);
  });

  it('shows one revision though it takes turns with a deletion and a compaction', () => {
    const { client, done, member } = setUp();
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
    const { cluster, client, done, member } = setUp();
    client.unary('range', { ...ALL, serializable: true }).cancel();
    done(client.unary('compact', { revision: member.store.currentRevision, physical: true }));
    cluster.clock.advance(1000);
    expect(member.store.compactor.isRunning).toBe(false);
  });
});
