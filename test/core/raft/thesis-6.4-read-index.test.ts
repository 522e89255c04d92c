import { describe, expect, it } from 'vitest';
import { bytes, TestCluster } from './cluster.ts';

describe('linearizable reads by ReadIndex (thesis 6.4)', () => {
  it('are answered after a quorum has confirmed the leader, not before', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.raft(1n).readIndex(5);
    cluster.drain(1n);
    expect(cluster.get(1n).reads).toEqual([]);
    cluster.settle();
    expect(cluster.get(1n).reads).toEqual([{ context: 5, index: 1 }]);
  });

  it('a leader cut off from the majority answers none, and hands them to its successor when it hears of it', () => {
    const cluster = new TestCluster([1n, 2n, 3n], { preVote: false, checkQuorum: false });
    cluster.elect(1n);
    cluster.isolate(1n);
    cluster.elect(2n);
    cluster.raft(2n).propose([bytes('new')]);
    cluster.settle();
    cluster.raft(1n).readIndex(5);
    cluster.settle();
    expect(cluster.get(1n).reads).toEqual([]);
    cluster.heal();
    cluster.tick(2n);
    cluster.settle();
    cluster.tick(1n);
    cluster.settle();
    expect(cluster.get(1n).reads).toEqual([{ context: 5, index: 3 }]);
  });

  it('wait for the first commit of the term', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.passes = (message) => message.type !== 'appendAnswer';
    cluster.elect(1n);
    cluster.raft(1n).readIndex(5);
    cluster.tick(1n);
    cluster.settle();
    expect(cluster.get(1n).reads).toEqual([]);
    cluster.heal();
    cluster.tick(1n);
    cluster.settle();
    expect(cluster.get(1n).reads).toEqual([{ context: 5, index: 1 }]);
  });

  it('answers to an earlier round do not confirm a later one', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.raft(1n).readIndex(5);
    cluster.drain(1n);
    cluster.wire = [];
    cluster.raft(1n).readIndex(6);
    cluster.drain(1n);
    cluster.raft(1n).step({ type: 'heartbeatAnswer', from: 2n, to: 1n, term: 1, commit: 1, readRound: 1 });
    cluster.drain(1n);
    expect(cluster.get(1n).reads).toEqual([{ context: 5, index: 1 }]);
  });

  it('all that wait share one round of heartbeats', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    for (let context = 0; context < 1000; context++) cluster.raft(1n).readIndex(context);
    cluster.drain(1n);
    expect(cluster.wire.filter((message) => message.type === 'heartbeat')).toHaveLength(2);
    cluster.settle();
    expect(cluster.get(1n).reads).toHaveLength(1000);
  });

  it('of a follower travel to the leader in one message, again and again until answered', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    for (let context = 0; context < 1000; context++) cluster.raft(3n).readIndex(context);
    cluster.drain(3n);
    expect(cluster.wire.filter((message) => message.type === 'readIndex')).toHaveLength(1);
    cluster.wire = [];
    cluster.tick(3n);
    cluster.settle();
    expect(cluster.get(3n).reads).toHaveLength(1000);
    cluster.tick(3n, 3);
    cluster.settle();
    expect(cluster.get(3n).reads).toHaveLength(1000);
  });

  it('an answer meant for an earlier start of this member is not taken', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.raft(3n).readIndex(5);
    cluster.drain(3n);
    cluster.raft(3n).step({ type: 'readIndexAnswer', from: 1n, to: 3n, term: 1, session: 1, request: 1, index: 0 });
    cluster.drain(3n);
    expect(cluster.get(3n).reads).toEqual([]);
  });

  it('a lone voter confirms itself', () => {
    const cluster = new TestCluster([1n]);
    cluster.elect(1n);
    cluster.raft(1n).readIndex(5);
    cluster.drain(1n);
    expect(cluster.get(1n).reads).toEqual([{ context: 5, index: 1 }]);
  });

  it('are refused when too many wait', () => {
    const cluster = new TestCluster([1n, 2n, 3n], { maxPendingReads: 2 });
    expect([1, 2, 3].map((context) => cluster.raft(1n).readIndex(context))).toEqual([true, true, false]);
  });
});
