import { describe, expect, it } from 'vitest';
import type { AppendMessage, AppendAnswerMessage } from '../../../src/core/raft/messages.ts';
import type { Entry } from '../../../src/core/raft/index.ts';
import { appliedTexts, bytes, startOf, TestCluster } from './cluster.ts';

function entriesOf(terms: readonly number[]): Entry[] {
  return terms.map((term, i) => ({ type: 0, term, index: i + 1, data: bytes(`${term}.${i + 1}`) }));
}

function appendsIn(cluster: TestCluster, to: bigint): AppendMessage[] {
  return cluster.wire.filter((m): m is AppendMessage => m.type === 'append' && m.to === to);
}

describe('log replication (Raft paper 5.3)', () => {
  it('an entry is committed when a majority has it, applied everywhere, and older ones with it', () => {
    const cluster = new TestCluster([1n, 2n, 3n, 4n, 5n]);
    cluster.elect(1n);
    cluster.isolate(4n, 5n);
    cluster.raft(1n).propose([bytes('a'), bytes('b')]);
    cluster.settle();
    expect(appliedTexts(cluster.get(1n))).toEqual(['a', 'b']);
    expect(appliedTexts(cluster.get(3n))).toEqual(['a', 'b']);
    expect(appliedTexts(cluster.get(5n))).toEqual([]);
    cluster.heal();
    cluster.tick(1n);
    cluster.settle();
    expect(appliedTexts(cluster.get(5n))).toEqual(['a', 'b']);
  });

  it('nothing is committed without a majority', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.isolate(1n);
    cluster.raft(1n).propose([bytes('a')]);
    cluster.settle();
    expect(cluster.raft(1n).status().commit).toBe(1);
  });

  it('a follower forwards proposals to its leader', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    expect(cluster.raft(3n).propose([bytes('a')])).toEqual({ kind: 'forwarded', leader: 1n });
    cluster.settle();
    expect(appliedTexts(cluster.get(2n))).toEqual(['a']);
  });

  it('a forwarded proposal that the network repeats is taken once', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.raft(3n).propose([bytes('a')]);
    cluster.drain(3n);
    cluster.wire.push(...cluster.wire);
    cluster.settle();
    expect(appliedTexts(cluster.get(1n))).toEqual(['a']);
  });

  // The logs of figure 7: a leader for term 8, and followers with missing and extra entries.
  const LEADER = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  it.each([
    { name: 'a', terms: [1, 1, 1, 4, 4, 5, 5, 6, 6] },
    { name: 'b', terms: [1, 1, 1, 4] },
    { name: 'c', terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6] },
    { name: 'd', terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7] },
    { name: 'e', terms: [1, 1, 1, 4, 4, 4, 4] },
    { name: 'f', terms: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3] },
  ])('figure 7: the log of follower ($name) becomes the leader’s, in few messages', ({ terms }) => {
    const confState = { voters: [1n, 2n, 3n], learners: [] };
    const cluster = new TestCluster([1n, 2n, 3n], { preVote: false, checkQuorum: false });
    const restored = startOf(confState);
    cluster.start(1n, { ...restored, hardState: { term: 7, vote: 0n, commit: 0 }, entries: entriesOf(LEADER) });
    cluster.start(2n, { ...restored, hardState: { term: 7, vote: 0n, commit: 0 }, entries: entriesOf(terms) });
    cluster.start(3n, { ...restored, hardState: { term: 7, vote: 0n, commit: 0 } });
    let rejections = 0;
    cluster.passes = (message) => {
      if (message.type === 'appendAnswer' && message.from === 2n && message.rejected) rejections++;
      return true;
    };
    cluster.elect(1n);
    cluster.settle();
    expect(cluster.get(2n).applied.map((entry) => entry.term)).toEqual([...LEADER, 8]);
    expect(cluster.get(2n).applied).toEqual(cluster.get(1n).applied);
    expect(rejections).toBeLessThanOrEqual(2);
  });

  it('appends are sent ahead of their answers, as many as the window holds', () => {
    const cluster = new TestCluster([1n, 2n, 3n], { maxInflightMessages: 4, maxBytesPerMessage: 1 });
    cluster.elect(1n);
    cluster.raft(1n).propose(Array.from({ length: 10 }, (_, i) => bytes(`${i}`)));
    cluster.drain(1n);
    expect(appendsIn(cluster, 2n).map((m) => [m.previousIndex, m.entries.length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
    ]);
    cluster.settle();
    expect(appliedTexts(cluster.get(2n))).toHaveLength(10);
  });

  it('proposals made one by one leave in one message', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    for (let i = 0; i < 100; i++) cluster.raft(1n).propose([bytes(`${i}`)]);
    cluster.drain(1n);
    expect(appendsIn(cluster, 2n).map((m) => m.entries.length)).toEqual([100]);
    expect(appendsIn(cluster, 3n)[0]!.entries).toBe(appendsIn(cluster, 2n)[0]!.entries);
  });

  it('answers are cumulative: one for all the appends of a Ready', () => {
    const cluster = new TestCluster([1n, 2n, 3n], { maxBytesPerMessage: 1 });
    cluster.elect(1n);
    cluster.raft(1n).propose([bytes('a'), bytes('b'), bytes('c')]);
    cluster.drain(1n);
    for (const message of appendsIn(cluster, 2n)) cluster.raft(2n).step(message);
    const { messagesAfterPersist } = cluster.raft(2n).ready();
    expect(messagesAfterPersist).toMatchObject([{ type: 'appendAnswer', rejected: false, index: 4 }]);
  });

  it('a lost append is found by the next heartbeat, even when nothing more is proposed', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.isolate(2n);
    cluster.raft(1n).propose([bytes('a')]);
    cluster.settle();
    cluster.heal();
    expect(appliedTexts(cluster.get(2n))).toEqual([]);
    cluster.tick(1n);
    cluster.settle();
    expect(appliedTexts(cluster.get(2n))).toEqual(['a']);
  });

  it('an unreachable follower is probed with one message at a time', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.raft(1n).reportUnreachable(2n);
    cluster.isolate(2n);
    for (const text of ['a', 'b', 'c']) {
      cluster.raft(1n).propose([bytes(text)]);
      cluster.drain(1n);
    }
    expect(appendsIn(cluster, 2n)).toHaveLength(1);
    expect(cluster.raft(1n).status().progress.get(2n)).toMatchObject({ state: 'probe' });
  });

  it('an answer that comes late or twice changes nothing', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.raft(1n).propose([bytes('a'), bytes('b')]);
    cluster.settle();
    const before = cluster.raft(1n).status();
    const answer: AppendAnswerMessage = {
      type: 'appendAnswer',
      from: 2n,
      to: 1n,
      term: 1,
      rejected: false,
      index: 1,
      hintIndex: 0,
      hintTerm: 0,
      commit: 0,
    };
    cluster.raft(1n).step(answer);
    cluster.raft(1n).step({ ...answer, rejected: true, index: 1 });
    expect(cluster.raft(1n).status()).toEqual(before);
  });

  it('appends from before the commit index are accepted up to it, and change nothing', () => {
    const cluster = new TestCluster([1n, 2n, 3n]);
    cluster.elect(1n);
    cluster.raft(1n).propose([bytes('a'), bytes('b')]);
    cluster.settle();
    cluster
      .raft(2n)
      .step({ type: 'append', from: 1n, to: 2n, term: 1, previousIndex: 0, previousTerm: 0, entries: [], commit: 0 });
    expect(cluster.raft(2n).ready().messagesAfterPersist).toMatchObject([{ rejected: false, index: 3 }]);
  });
});
