import { describe, expect, it } from 'vitest';
import { appliedTexts, bytes, TestCluster } from './cluster.ts';

describe('leadership transfer (thesis 3.10)', () => {
  it('an up-to-date voter takes over at once, though all hear their leader', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    expect(cluster.raft(1n).transferLeadership(2n)).toBe(true);
    cluster.settle();
    expect(cluster.raft(2n).status()).toMatchObject({ role: 'leader', term: 2 });
    expect(cluster.raft(1n).status()).toMatchObject({ role: 'follower', leader: 2n });
  });

  it('one that lags is brought up to date first', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.isolate(2n);
    cluster.raft(1n).propose([bytes('a')]);
    cluster.settle();
    cluster.heal();
    cluster.raft(1n).transferLeadership(2n);
    cluster.tick(1n);
    cluster.settle();
    expect(cluster.raft(2n).status().role).toBe('leader');
    expect(appliedTexts(cluster.get(2n))).toEqual(['a']);
  });

  it('proposals are dropped meanwhile, and taken again when it was given up', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.isolate(2n);
    cluster.raft(1n).transferLeadership(2n);
    expect(cluster.raft(1n).propose([bytes('a')])).toEqual({ kind: 'dropped', reason: 'leadership transfer' });
    for (let i = 0; i < 10; i++) {
      cluster.tick(1n);
      cluster.settle();
    }
    expect(cluster.raft(1n).status()).toMatchObject({ role: 'leader', transferee: 0n });
    expect(cluster.raft(1n).propose([bytes('a')]).kind).toBe('accepted');
  });

  it('goes to no learner, stranger, or the leader itself, and only from the leader', () => {
    const cluster = new TestCluster([1n, 2n], {}, [3n]);
    cluster.elect(1n);
    expect([1n, 3n, 9n].map((id) => cluster.raft(1n).transferLeadership(id))).toEqual([false, false, false]);
    expect(cluster.raft(2n).transferLeadership(1n)).toBe(false);
  });

  it('a learner that is asked to stand does not', () => {
    const cluster = new TestCluster([1n, 2n], {}, [3n]);
    cluster.elect(1n);
    cluster.raft(3n).step({ type: 'timeoutNow', from: 1n, to: 3n, term: 1 });
    expect(cluster.raft(3n).status().role).toBe('follower');
  });
});
