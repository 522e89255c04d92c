import { describe, expect, it } from 'vitest';
import type { SnapshotMessage } from '../../../src/core/raft/messages.ts';
import { bytes, TestCluster } from './cluster.ts';

/** 3 has missed four entries, of which the leader no longer has the first three. */
function behind(): { cluster: TestCluster; snapshot: SnapshotMessage } {
  const cluster = new TestCluster([1n, 2n, 3n]);
  cluster.elect(1n);
  cluster.isolate(3n);
  for (const text of ['a', 'b', 'c', 'd']) cluster.raft(1n).propose([bytes(text)]);
  cluster.settle();
  cluster.raft(1n).compact(4, cluster.raft(1n).status().confState);
  cluster.heal();
  cluster.tick(1n);
  const snapshots: SnapshotMessage[] = [];
  cluster.passes = (message) => {
    if (message.type === 'snapshot') snapshots.push(message);
    return message.type !== 'snapshot';
  };
  cluster.settle();
  cluster.heal();
  expect(snapshots).toHaveLength(1);
  return { cluster, snapshot: snapshots[0]! };
}

describe('snapshots (Raft paper 7)', () => {
  it('a follower that needs what is compacted away is sent the mark, and nothing else meanwhile', () => {
    const { cluster, snapshot } = behind();
    expect(snapshot).toMatchObject({ to: 3n, mark: { index: 5, term: 1 } });
    expect(cluster.raft(1n).status().progress.get(3n)).toMatchObject({ state: 'snapshot' });
    cluster.raft(1n).propose([bytes('e')]);
    cluster.drain(1n);
    expect(cluster.wire.filter((m) => m.to === 3n && m.type === 'append')).toEqual([]);
  });

  it('it installs the snapshot, then is replicated to as before', () => {
    const { cluster, snapshot } = behind();
    cluster.raft(3n).step(snapshot);
    const ready = cluster.raft(3n).ready();
    expect(ready).toMatchObject({ snapshot: { index: 5 }, mustSync: true, hardState: { commit: 5 }, committed: [] });
    expect(ready.messagesAfterPersist).toMatchObject([{ type: 'appendAnswer', index: 5, rejected: false }]);
    cluster.raft(3n).persisted(ready.number);
    cluster.wire.push(...ready.messagesAfterPersist);
    cluster.raft(1n).propose([bytes('e')]);
    cluster.settle();
    expect(cluster.raft(1n).status().progress.get(3n)).toMatchObject({ state: 'replicate', match: 6 });
    expect(cluster.get(3n).applied.map((entry) => entry.index)).toEqual([1, 6]);
  });

  it('stands for what the leader has applied, with the members that count there', () => {
    const { cluster, snapshot } = behind();
    const { applied, compactedIndex, confState } = cluster.raft(1n).status();
    expect(compactedIndex).toBeLessThan(applied);
    expect(snapshot.mark).toEqual({ index: applied, term: 1, confState });
  });

  it('one of which nothing is heard is neither repeated nor followed by entries, however long', () => {
    const { cluster } = behind();
    const sent: string[] = [];
    cluster.passes = (message) => {
      if (message.to === 3n) sent.push(message.type);
      return true;
    };
    for (let i = 0; i < 100; i++) {
      cluster.raft(1n).propose([bytes('e')]);
      cluster.tick(1n);
      cluster.settle();
    }
    expect(new Set(sent)).toEqual(new Set(['heartbeat']));
    expect(cluster.raft(1n).status().progress.get(3n)).toMatchObject({ state: 'snapshot' });
  });

  it('one of which nothing is heard is over once the follower answers that it has what it stands for', () => {
    const { cluster, snapshot } = behind();
    cluster.raft(3n).step(snapshot);
    cluster.settle();
    expect(cluster.raft(1n).status().progress.get(3n)).toMatchObject({ state: 'replicate', match: 5 });
    // The shell's own word comes too late to matter.
    cluster.raft(1n).reportSnapshot(3n, false);
    expect(cluster.raft(1n).status().progress.get(3n)).toMatchObject({ state: 'replicate', match: 5 });
  });

  it('after one that failed it is tried again with the next heartbeat', () => {
    const { cluster } = behind();
    let sent = 0;
    cluster.passes = (message) => {
      if (message.type === 'snapshot') sent++;
      return message.type !== 'snapshot';
    };
    cluster.raft(1n).reportSnapshot(3n, false);
    cluster.settle();
    expect(sent).toBe(0);
    cluster.tick(1n);
    cluster.settle();
    expect(sent).toBe(1);
  });

  it('after one that was delivered the entries after it are tried', () => {
    const { cluster, snapshot } = behind();
    cluster.raft(3n).step(snapshot);
    cluster.isolate(3n);
    cluster.settle();
    cluster.heal();
    cluster.raft(1n).reportSnapshot(3n, true);
    cluster.tick(1n);
    cluster.settle();
    expect(cluster.raft(3n).status().applied).toBe(5);
  });

  it('a snapshot older than the commit index is not installed', () => {
    const { cluster, snapshot } = behind();
    cluster.raft(2n).step({ ...snapshot, to: 2n, mark: { ...snapshot.mark, index: 3 } });
    expect(cluster.raft(2n).ready().snapshot).toBeUndefined();
    expect(cluster.raft(2n).status().lastIndex).toBe(5);
  });

  it('a snapshot of what the log holds already only moves the commit index', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.passes = (message) => message.type !== 'appendAnswer';
    cluster.raft(1n).propose([bytes('a')]);
    cluster.settle();
    expect(cluster.raft(2n).status()).toMatchObject({ lastIndex: 2, commit: 1 });
    const mark = { index: 2, term: 1, confState: cluster.raft(2n).status().confState };
    cluster.raft(2n).step({ type: 'snapshot', from: 1n, to: 2n, term: 1, mark });
    expect(cluster.raft(2n).ready()).toMatchObject({ snapshot: undefined, hardState: { commit: 2 } });
  });

  it('a silent follower is not sent a snapshot', () => {
    const cluster = new TestCluster([1n, 2n, 3n], { checkQuorum: false });
    cluster.isolate(3n);
    cluster.elect(1n);
    cluster.raft(1n).propose([bytes('a'), bytes('b')]);
    cluster.settle();
    cluster.raft(1n).compact(3, cluster.raft(1n).status().confState);
    cluster.raft(1n).reportUnreachable(3n);
    cluster.tick(1n, 5);
    cluster.drain(1n);
    expect(cluster.wire.filter((message) => message.type === 'snapshot')).toEqual([]);
  });
});
