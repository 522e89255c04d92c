import { describe, expect, it } from 'vitest';
import { TestCluster } from './cluster.ts';

describe('check-quorum (thesis 6.2)', () => {
  it('a leader that hears no quorum for an election timeout steps down', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.isolate(1n);
    // The first look still counts the answers of the election.
    cluster.tick(1n, 19);
    expect(cluster.raft(1n).status().role).toBe('leader');
    cluster.tick(1n);
    expect(cluster.raft(1n).status()).toMatchObject({ role: 'follower', leader: 0n, term: 1 });
  });

  it('one follower of two is quorum enough', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.isolate(3n);
    for (let i = 0; i < 40; i++) {
      cluster.tick(1n);
      cluster.settle();
    }
    expect(cluster.raft(1n).status().role).toBe('leader');
  });

  it('without it the leader stays', () => {
    const cluster = new TestCluster([1n, 2n, 3n], { checkQuorum: false });
    cluster.elect(1n);
    cluster.isolate(1n);
    cluster.tick(1n, 100);
    expect(cluster.raft(1n).status().role).toBe('leader');
  });
});

describe('pre-vote (thesis 9.6)', () => {
  it('a member that was cut off comes back without disturbing: its term has not risen', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.isolate(3n);
    for (let i = 0; i < 200; i++) {
      for (const id of [1n, 2n, 3n]) cluster.tick(id);
      cluster.settle();
    }
    expect(cluster.raft(3n).status()).toMatchObject({ role: 'preCandidate', term: 1 });
    cluster.heal();
    for (let i = 0; i < 50; i++) {
      for (const id of [1n, 2n, 3n]) cluster.tick(id);
      cluster.settle();
    }
    expect(cluster.raft(1n).status()).toMatchObject({ role: 'leader', term: 1 });
    expect(cluster.raft(3n).status()).toMatchObject({ role: 'follower', leader: 1n, term: 1 });
  });

  it('without it, a member of a later term that the leader cannot lead makes it step down', () => {
    const cluster = new TestCluster([1n, 2n, 3n], { preVote: false });
    cluster.elect(1n);
    cluster.isolate(3n);
    cluster.tick(3n, 100);
    cluster.settle();
    expect(cluster.raft(3n).status().term).toBeGreaterThan(1);
    cluster.heal();
    cluster.tick(1n);
    cluster.settle();
    expect(cluster.raft(1n).status()).toMatchObject({ role: 'follower', term: cluster.raft(3n).status().term });
  });
});
