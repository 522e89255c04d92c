import { describe, expect, it } from 'vitest';
import { AssertionError } from '../../../src/base/errors.ts';
import { TestCluster } from './cluster.ts';

describe('terms (Raft paper 5.1)', () => {
  it('a member that sees a later term adopts it and follows', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.raft(1n).step({
      type: 'appendAnswer',
      from: 2n,
      to: 1n,
      term: 9,
      rejected: true,
      index: 0,
      hintIndex: 0,
      hintTerm: 0,
      commit: 0,
    });
    expect(cluster.raft(1n).status()).toMatchObject({ role: 'follower', term: 9, vote: 0n, leader: 0n });
  });

  it('a request with a stale term is refused and told of the later one', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    const stale = {
      type: 'append',
      from: 3n,
      to: 2n,
      term: 0,
      previousIndex: 0,
      previousTerm: 0,
      entries: [],
      commit: 0,
    } as const;
    cluster.raft(2n).step(stale);
    const { messages } = cluster.raft(2n).ready();
    expect(messages).toMatchObject([{ type: 'appendAnswer', to: 3n, term: 1, rejected: true }]);
  });

  it('a pre-vote does not raise the term of those it asks', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.raft(2n).step({ type: 'preVote', from: 1n, to: 2n, term: 7, lastIndex: 0, lastTerm: 0, transfer: false });
    expect(cluster.raft(2n).status().term).toBe(0);
  });

  it('a message for somebody else is a bug of the caller', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    expect(() => cluster.raft(1n).step({ type: 'timeoutNow', from: 2n, to: 3n, term: 0 })).toThrow(AssertionError);
  });
});
