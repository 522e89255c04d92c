import { describe, expect, it } from 'vitest';
import { bytes, startOf, TestCluster, type TestConfig } from './cluster.ts';
import type { Entry } from '../../../src/core/raft/index.ts';

const PLAIN = { preVote: false, checkQuorum: false };

function entriesOf(terms: readonly number[]): Entry[] {
  return terms.map((term, i) => ({ type: 0, term, index: i + 1, data: bytes(`${term}.${i + 1}`) }));
}

function clusterOf(logs: readonly (readonly number[])[], config: TestConfig = {}): TestCluster {
  const ids = logs.map((_, i) => BigInt(i + 1));
  const cluster = new TestCluster(ids, { ...PLAIN, ...config });
  for (const [i, terms] of logs.entries()) {
    const hardState = { term: terms.at(-1) ?? 0, vote: 0n, commit: 0 };
    cluster.start(ids[i]!, { ...startOf({ voters: ids, learners: [] }), hardState, entries: entriesOf(terms) });
  }
  return cluster;
}

describe('election restriction (Raft paper 5.4.1)', () => {
  it.each([
    { candidate: [1, 1], voter: [1, 1], granted: true },
    { candidate: [1, 1, 1], voter: [1, 1], granted: true },
    { candidate: [1], voter: [1, 1], granted: false },
    { candidate: [1, 2], voter: [1, 1, 1], granted: true },
    { candidate: [1, 1, 1], voter: [1, 2], granted: false },
    { candidate: [], voter: [1], granted: false },
  ])('a log of terms $candidate gets the vote of one of $voter: $granted', ({ candidate, voter, granted }) => {
    const cluster = clusterOf([candidate, voter]);
    cluster.raft(2n).step({
      type: 'vote',
      from: 1n,
      to: 2n,
      term: 9,
      lastIndex: candidate.length,
      lastTerm: candidate.at(-1) ?? 0,
      transfer: false,
    });
    expect(cluster.raft(2n).ready().messagesAfterPersist).toMatchObject([{ type: 'voteAnswer', rejected: !granted }]);
  });

  it('a leader has every committed entry: one that lacks it is not elected', () => {
    const cluster = clusterOf([[1, 1], [1, 1], [1]]);
    cluster.raft(3n).campaign();
    cluster.settle();
    expect(cluster.raft(3n).status().role).toBe('follower');
  });
});

describe('entries of earlier terms (Raft paper 5.4.2, figure 8)', () => {
  it('are not committed by counting, only by an entry of the own term after them', () => {
    // Figure 8 (c): the entry of term 2 is on a majority again, but another leader could still replace it.
    const cluster = clusterOf([[1, 2], [1, 2], [1], [1], [1, 3]], { maxBytesPerMessage: 1 });
    const raft = cluster.raft(1n);
    raft.step({ type: 'heartbeat', from: 4n, to: 1n, term: 3, commit: 0, readRound: 0 });
    raft.campaign();
    // The answers to the old entries come, those to the new leader's own are lost.
    cluster.passes = (message) => {
      if (message.from === 5n || message.to === 5n) return false;
      return message.type !== 'appendAnswer' || message.rejected || message.index < 3;
    };
    cluster.settle();
    expect(raft.status()).toMatchObject({ role: 'leader', term: 4, lastIndex: 3, commit: 0 });
    expect([3n, 4n].map((id) => raft.status().progress.get(id)!.match)).toEqual([2, 2]);
    // (e): the own entry on a majority commits all before it.
    cluster.passes = (message) => message.from !== 5n && message.to !== 5n;
    cluster.tick(1n);
    cluster.settle();
    expect(raft.status().commit).toBe(3);
  });
});
