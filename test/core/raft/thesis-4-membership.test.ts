import { describe, expect, it } from 'vitest';
import {
  bootstrapState,
  CONF_ADD_LEARNER,
  CONF_ADD_VOTER,
  CONF_REMOVE,
  joiningState,
  type ConfChange,
  type ConfChangeType,
  type ProposeResult,
} from '../../../src/core/raft/index.ts';
import { appliedTexts, bytes, TestCluster } from './cluster.ts';

function change(type: ConfChangeType, member: bigint): ConfChange {
  return { id: 1n, type, member, context: new Uint8Array(0) };
}

function changeAndSettle(cluster: TestCluster, on: bigint, type: ConfChangeType, member: bigint): ProposeResult {
  const result = cluster.raft(on).proposeConfChange(change(type, member));
  cluster.settle();
  return result;
}

describe('membership changes (thesis 4)', () => {
  it('a new member learns log and membership, and counts from then on', () => {
    const cluster = new TestCluster([]);
    const state = bootstrapState([change(CONF_ADD_VOTER, 1n)]);
    cluster.start(1n, state);
    cluster.settle();
    cluster.elect(1n);
    cluster.raft(1n).propose([bytes('a')]);
    cluster.start(2n, joiningState());
    changeAndSettle(cluster, 1n, CONF_ADD_VOTER, 2n);
    cluster.tick(1n);
    cluster.settle();
    expect(cluster.raft(2n).status().confState).toEqual({ voters: [1n, 2n], learners: [] });
    expect(cluster.get(2n).applied).toEqual(cluster.get(1n).applied);
    cluster.isolate(2n);
    cluster.raft(1n).propose([bytes('needs both')]);
    cluster.settle();
    expect(appliedTexts(cluster.get(1n))).not.toContain('needs both');
  });

  it('a second change waits for the first to be applied (4.1)', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    expect(cluster.raft(1n).proposeConfChange(change(CONF_ADD_LEARNER, 4n)).kind).toBe('accepted');
    const second = cluster.raft(1n).proposeConfChange(change(CONF_ADD_LEARNER, 5n));
    expect(second).toEqual({ kind: 'dropped', reason: 'membership change pending' });
    cluster.settle();
    expect(changeAndSettle(cluster, 1n, CONF_ADD_LEARNER, 5n).kind).toBe('accepted');
  });

  it('no change is taken before the leader has committed in its term (4.1, erratum)', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.passes = (message) => message.type !== 'appendAnswer';
    cluster.elect(1n);
    expect(cluster.raft(1n).proposeConfChange(change(CONF_REMOVE, 3n)).kind).toBe('dropped');
  });

  it('a learner receives but does not count, neither for commits nor for votes', () => {
    const cluster = new TestCluster([1n, 2n], {}, [3n]);
    cluster.elect(1n);
    cluster.isolate(2n);
    cluster.raft(1n).propose([bytes('a')]);
    cluster.settle();
    expect(cluster.raft(1n).status().progress.get(3n)!.match).toBe(2);
    expect(cluster.raft(1n).status().commit).toBe(1);
    cluster.raft(3n).campaign();
    cluster.tick(3n, 100);
    expect(cluster.raft(3n).status().role).toBe('follower');
  });

  it('a promoted learner counts', () => {
    const cluster = new TestCluster([1n], {}, [2n]);
    cluster.elect(1n);
    changeAndSettle(cluster, 1n, CONF_ADD_VOTER, 2n);
    cluster.isolate(2n);
    cluster.raft(1n).propose([bytes('a')]);
    cluster.settle();
    expect(appliedTexts(cluster.get(1n))).not.toContain('a');
  });

  it('removing a silent member can commit what waited for it', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.isolate(3n);
    changeAndSettle(cluster, 1n, CONF_REMOVE, 3n);
    cluster.raft(1n).propose([bytes('a')]);
    cluster.settle();
    expect(appliedTexts(cluster.get(2n))).toContain('a');
    expect(cluster.raft(1n).status().progress.has(3n)).toBe(false);
  });

  it('a leader that is removed goes on until those who stay know it, then follows; one of them is elected (4.2.2)', () => {
    const cluster = new TestCluster([1n, 2n]);
    cluster.elect(1n);
    let know = false;
    cluster.passes = (message) => know || message.from === 2n || !('commit' in message) || message.commit < 2;
    changeAndSettle(cluster, 1n, CONF_REMOVE, 1n);
    expect(cluster.raft(1n).status()).toMatchObject({ role: 'leader', commit: 2 });
    expect(cluster.raft(1n).propose([bytes('a')])).toEqual({ kind: 'dropped', reason: 'not a member' });
    know = true;
    cluster.tick(1n);
    cluster.settle();
    expect(cluster.raft(1n).status().role).toBe('follower');
    cluster.elect(2n);
    expect(cluster.raft(2n).status().confState).toEqual({ voters: [2n], learners: [] });
  });

  it.each([
    [2, { kind: 'dropped', reason: 'membership change pending' }],
    [3, { kind: 'accepted' }],
  ])('of %i, a leader that is to go answers a further proposal so: the last one needs its vote', (size, answer) => {
    const cluster = new TestCluster([1n, 2n, 3n].slice(0, size));
    cluster.elect(1n);
    cluster.passes = () => false;
    cluster.raft(1n).proposeConfChange(change(CONF_REMOVE, 1n));
    expect(cluster.raft(1n).propose([bytes('a')])).toMatchObject(answer);
  });

  it('a member with a committed but unapplied change does not stand', () => {
    const cluster = new TestCluster([]);
    const members = [1n, 2n, 3n].map((id) => change(CONF_ADD_VOTER, id));
    const raft = cluster.start(1n, bootstrapState(members)).raft;
    raft.campaign();
    expect(raft.status().role).toBe('follower');
    cluster.drain(1n);
    raft.campaign();
    expect(raft.status().role).toBe('preCandidate');
  });

  it('a removed member that still asks for votes disturbs nobody (4.2.3)', () => {
    const cluster = new TestCluster([1n, 2n, 3n], { preVote: false });
    cluster.elect(1n);
    cluster.raft(2n).step({ type: 'vote', from: 3n, to: 2n, term: 50, lastIndex: 99, lastTerm: 49, transfer: false });
    cluster.settle();
    expect(cluster.raft(2n).status()).toMatchObject({ term: 1, leader: 1n });
  });
});
