import { describe, expect, it } from 'vitest';
import { AssertionError } from '../../../src/base/errors.ts';
import { RAFT_DEFAULTS, RaftNode, type Message } from '../../../src/core/raft/index.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { bytes, startOf, TestCluster } from './cluster.ts';

const PLAIN = { preVote: false, checkQuorum: false };

function voteAnswer(from: bigint, rejected: boolean): Message {
  return { type: 'voteAnswer', from, to: 1n, term: 1, rejected };
}

describe('leader election (Raft paper 5.2)', () => {
  it('a follower without a leader stands after its election timeout, drawn from [T, 2T − 1]', () => {
    const waits = new Set<number>();
    for (let seed = 0; seed < 400; seed++) {
      const raft = new RaftNode(
        { ...RAFT_DEFAULTS, ...PLAIN, id: 1n, random: seededRandom(seed) },
        startOf({ voters: [1n, 2n, 3n], learners: [] }),
      );
      let ticks = 0;
      while (raft.status().role === 'follower') {
        raft.tick();
        ticks++;
      }
      waits.add(ticks);
    }
    expect([...waits].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it('a leader sends a heartbeat every heartbeat interval, and its followers do not stand', () => {
    const cluster = new TestCluster([1n, 2n, 3n], { heartbeatTicks: 2 });
    cluster.elect(1n);
    for (let i = 0; i < 50; i++) {
      for (const id of [1n, 2n, 3n]) cluster.tick(id);
      cluster.drain(1n);
      const beats = cluster.wire.filter((message) => message.type === 'heartbeat').length;
      expect(beats).toBe(i % 2 === 1 ? 2 : 0);
      cluster.settle();
    }
    expect(cluster.raft(1n).status()).toMatchObject({ role: 'leader', term: 1 });
  });

  it.each([
    { voters: 1, granted: 0, refused: 0, role: 'leader' },
    { voters: 3, granted: 1, refused: 0, role: 'leader' },
    { voters: 3, granted: 0, refused: 1, role: 'candidate' },
    { voters: 3, granted: 0, refused: 2, role: 'follower' },
    { voters: 5, granted: 1, refused: 2, role: 'candidate' },
    { voters: 5, granted: 2, refused: 1, role: 'leader' },
    { voters: 5, granted: 1, refused: 3, role: 'follower' },
  ])(
    'of $voters voters, $granted others for and $refused against make a $role',
    ({ voters, granted, refused, role }) => {
      const ids = Array.from({ length: voters }, (_, i) => BigInt(i + 1));
      const cluster = new TestCluster(ids, PLAIN);
      cluster.raft(1n).campaign();
      cluster.drain(1n);
      for (let i = 0; i < granted; i++) cluster.raft(1n).step(voteAnswer(BigInt(2 + i), false));
      for (let i = 0; i < refused; i++) cluster.raft(1n).step(voteAnswer(BigInt(2 + granted + i), true));
      expect(cluster.raft(1n).status().role).toBe(role);
    },
  );

  it('a repeated answer counts once', () => {
    const cluster = new TestCluster([1n, 2n, 3n, 4n, 5n], PLAIN);
    cluster.raft(1n).campaign();
    cluster.drain(1n);
    for (let i = 0; i < 5; i++) cluster.raft(1n).step(voteAnswer(2n, false));
    expect(cluster.raft(1n).status().role).toBe('candidate');
  });

  it('a member votes for one candidate a term, first come first served, and again for the same', () => {
    const cluster = new TestCluster([1n, 2n, 3n], PLAIN);
    const ask = (from: bigint): unknown => {
      cluster.raft(1n).step({ type: 'vote', from, to: 1n, term: 1, lastIndex: 0, lastTerm: 0, transfer: false });
      return cluster.raft(1n).ready().messagesAfterPersist;
    };
    expect(ask(2n)).toMatchObject([{ to: 2n, rejected: false }]);
    expect(ask(3n)).toMatchObject([{ to: 3n, rejected: true }]);
    expect(ask(2n)).toMatchObject([{ to: 2n, rejected: false }]);
  });

  it('a candidate that hears the leader of its term follows it', () => {
    const cluster = new TestCluster([1n, 2n, 3n], PLAIN);
    cluster.raft(1n).campaign();
    cluster.raft(1n).step({ type: 'heartbeat', from: 2n, to: 1n, term: 1, commit: 0, readRound: 0 });
    expect(cluster.raft(1n).status()).toMatchObject({ role: 'follower', term: 1, leader: 2n });
  });

  it('a split vote is followed by another election', () => {
    const cluster = new TestCluster([1n, 2n], PLAIN);
    cluster.raft(1n).campaign();
    cluster.raft(2n).campaign();
    cluster.settle();
    expect([1n, 2n].map((id) => cluster.raft(id).status().role)).not.toContain('leader');
    for (let i = 0; i < 200 && cluster.raft(1n).status().leader === 0n; i++) {
      cluster.tick(1n);
      cluster.tick(2n);
      cluster.settle();
    }
    expect(cluster.raft(1n).status().leader).not.toBe(0n);
  });

  it('two leaders of one term cannot be: a leader that hears another stops', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    const rival = { type: 'heartbeat', from: 2n, to: 1n, term: 1, commit: 0, readRound: 0 } as const;
    expect(() => cluster.raft(1n).step(rival)).toThrow(AssertionError);
  });

  it('without a known leader proposals are dropped', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    expect(cluster.raft(1n).propose([bytes('a')])).toEqual({ kind: 'dropped', reason: 'no leader' });
  });
});

describe('votes wait for the disk (Raft paper 5.2, persistent state)', () => {
  it('the own vote counts when it is durable, not before', () => {
    const cluster = new TestCluster([1n], PLAIN);
    const raft = cluster.raft(1n);
    raft.campaign();
    const ready = raft.ready();
    expect(ready).toMatchObject({ hardState: { term: 1, vote: 1n }, mustSync: true });
    expect(raft.status().role).toBe('candidate');
    raft.persisted(ready.number);
    expect(raft.status().role).toBe('leader');
  });

  it('asking for votes and granting one leave after the sync, pre-votes at once', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.raft(1n).campaign();
    expect(
      cluster
        .raft(1n)
        .ready()
        .messages.map((message) => message.type),
    ).toEqual(['preVote', 'preVote']);
    cluster.raft(1n).step({ type: 'preVoteAnswer', from: 2n, to: 1n, term: 1, rejected: false });
    const ready = cluster.raft(1n).ready();
    expect(ready.messages).toEqual([]);
    expect(ready.messagesAfterPersist.map((message) => message.type)).toEqual(['vote', 'vote']);
    cluster.raft(2n).step(ready.messagesAfterPersist[0]!);
    const granted = cluster.raft(2n).ready();
    expect(granted.messages).toEqual([]);
    expect(granted).toMatchObject({ mustSync: true, hardState: { term: 1, vote: 1n } });
    expect(granted.messagesAfterPersist).toMatchObject([{ type: 'voteAnswer', rejected: false }]);
  });

  it('a restarted member remembers its vote', () => {
    const cluster = new TestCluster([1n, 2n, 3n], PLAIN);
    const confState = { voters: [1n, 2n, 3n], learners: [] };
    cluster.start(1n, { ...startOf(confState), hardState: { term: 4, vote: 2n, commit: 0 } });
    cluster.raft(1n).step({ type: 'vote', from: 3n, to: 1n, term: 4, lastIndex: 9, lastTerm: 3, transfer: false });
    expect(cluster.raft(1n).ready().messagesAfterPersist).toMatchObject([{ rejected: true }]);
  });

  it('a later term found in the log is adopted, with no vote in it', () => {
    const cluster = new TestCluster([1n, 2n, 3n], PLAIN);
    const restored = startOf({ voters: [1n, 2n, 3n], learners: [] });
    const entries = [{ type: 0 as const, term: 6, index: 1, data: bytes('a') }];
    cluster.start(1n, { ...restored, hardState: { term: 4, vote: 2n, commit: 0 }, entries });
    expect(cluster.raft(1n).status()).toMatchObject({ term: 6, vote: 0n });
  });
});
