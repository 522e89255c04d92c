import { expect, it } from 'vitest';
import { memberWithManyKeys } from '../support/many-keys.ts';

const WAITING = 3000;
const QUEUE = { key: 'l/', rangeEnd: 'l0' };

/** A member that is asked for a lock before which thousands wait. */
function lockWithLongQueue() {
  const { cluster, client, done, member } = memberWithManyKeys();
  for (let at = 0; at < WAITING; at += 100) {
    done(
      client.unary('txn', { success: Array.from({ length: 100 }, (_, i) => ({ requestPut: { key: `l/${at + i}` } })) }),
    );
  }
  let turns = 0;
  const soon = cluster.clock.soon.bind(cluster.clock);
  cluster.clock.soon = (callback) => (turns++, soon(callback));
  cluster.clock.settle();
  const before = turns;
  return { cluster, client, done, member, turns: () => turns - before };
}

it('a lock reads a long queue in several turns', () => {
  const { cluster, client, done, turns } = lockWithLongQueue();
  const point = client.unary('lock', { name: 'free' });
  cluster.clock.advance(100);
  expect(point.answer).toBeDefined();
  const turnsOfFree = turns();
  const lock = client.unary('lock', { name: 'l' });
  cluster.clock.advance(100);
  expect(turns() - turnsOfFree).toBeGreaterThan(turnsOfFree + 1);
  expect([lock.answer, lock.failure]).toEqual([undefined, undefined]);
  const { kvs } = done(client.unary('range', { ...QUEUE, sortOrder: 2, sortTarget: 2, limit: 1 }));
  done(client.unary('deleteRange', { key: QUEUE.key, rangeEnd: kvs[0]!.key }));
  done(client.unary('deleteRange', { key: kvs[0]!.key + '\0', rangeEnd: QUEUE.rangeEnd }));
  cluster.clock.advance(100);
  expect(done(lock).key).toEqual(kvs[0]!.key);
});

it('a lock whose caller has gone meanwhile holds up no compaction', () => {
  const { cluster, client, done, member } = lockWithLongQueue();
  cluster.clock.soon = (callback) => void cluster.clock.after(1, callback);
  const lock = client.unary('lock', { name: 'l' });
  for (let i = 0; i < 200 && !isReading(); i++) cluster.clock.advance(1);
  expect(isReading()).toBe(true);
  lock.cancel();
  done(client.unary('compact', { revision: member.store.currentRevision, physical: true }));
  cluster.clock.advance(1000);
  expect(member.store.compactor.isRunning).toBe(false);

  function isReading(): boolean {
    const { store } = member;
    return (
      store as unknown as { revisions: { reads: { isAnyBelow(revision: number): boolean } } }
    ).revisions.reads.isAnyBelow(Infinity);
  }
});
