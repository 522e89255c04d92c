import { describe, expect, it } from 'vitest';
import { bytes, TestCluster } from './cluster.ts';

/** An elected leader whose disk the test drives from here on. */
function leaderOf(ids: readonly bigint[]): TestCluster {
  const cluster = new TestCluster(ids);
  cluster.elect(1n);
  return cluster;
}

describe('the leader writes to its disk while its followers do (thesis 10.2.1)', () => {
  it('appends may leave at once, with the entries yet to be synced', () => {
    const cluster = leaderOf([1n, 2n, 3n]);
    cluster.raft(1n).propose([bytes('a')]);
    const ready = cluster.raft(1n).ready();
    expect(ready.entries).toHaveLength(1);
    expect(ready.mustSync).toBe(true);
    expect(ready.messages.map((message) => message.type)).toEqual(['append', 'append']);
    expect(ready.messagesAfterPersist).toEqual([]);
  });

  it('it counts itself only when its own sync is done', () => {
    const cluster = leaderOf([1n]);
    const raft = cluster.raft(1n);
    raft.propose([bytes('a')]);
    const ready = raft.ready();
    expect(raft.status()).toMatchObject({ lastIndex: 2, persistedIndex: 1, commit: 1 });
    raft.persisted(ready.number);
    expect(raft.status()).toMatchObject({ persistedIndex: 2, commit: 2 });
  });

  it('followers alone can commit, but it applies only what it has synced itself', () => {
    const cluster = leaderOf([1n, 2n, 3n]);
    const raft = cluster.raft(1n);
    raft.propose([bytes('a')]);
    const ready = raft.ready();
    for (const message of ready.messages) cluster.raft(message.to).step(message);
    for (const id of [2n, 3n]) cluster.drain(id);
    for (const message of cluster.wire) raft.step(message);
    expect(raft.status()).toMatchObject({ commit: 2, persistedIndex: 1 });
    expect(raft.ready().committed).toEqual([]);
    raft.persisted(ready.number);
    expect(raft.ready().committed).toMatchObject([{ index: 2 }]);
  });

  it('Readys follow each other while earlier ones are being written; one sync may finish several', () => {
    const cluster = leaderOf([1n]);
    const raft = cluster.raft(1n);
    const numbers = ['a', 'b', 'c'].map((text) => {
      raft.propose([bytes(text)]);
      const ready = raft.ready();
      expect(ready.entries).toHaveLength(1);
      return ready.number;
    });
    raft.persisted(numbers[1]!);
    expect(raft.status()).toMatchObject({ persistedIndex: 3, commit: 3 });
    raft.persisted(numbers[2]!);
    expect(raft.status()).toMatchObject({ persistedIndex: 4, commit: 4 });
  });

  it('a follower answers an append only after its sync', () => {
    const cluster = leaderOf([1n, 2n, 3n]);
    cluster.raft(1n).propose([bytes('a')]);
    cluster.drain(1n);
    cluster.raft(2n).step(cluster.wire.find((message) => message.to === 2n)!);
    const ready = cluster.raft(2n).ready();
    expect(ready.messages).toEqual([]);
    expect(ready.messagesAfterPersist).toMatchObject([{ type: 'appendAnswer', index: 2 }]);
  });

  it('a commit index alone needs no sync', () => {
    const cluster = leaderOf([1n, 2n, 3n]);
    cluster.raft(1n).propose([bytes('a')]);
    cluster.drain(1n);
    for (const message of cluster.wire.filter((m) => m.to === 2n)) cluster.raft(2n).step(message);
    cluster.wire = [];
    cluster.drain(2n);
    for (const message of cluster.wire) cluster.raft(1n).step(message);
    const ready = cluster.raft(1n).ready();
    expect(ready).toMatchObject({ hardState: { commit: 2 }, entries: [], mustSync: false });
  });
});
