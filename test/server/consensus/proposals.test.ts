import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { apiError, type ApiError } from '../../../src/core/api/index.ts';
import type { ProposeResult } from '../../../src/core/raft/index.ts';
import { readRaftRequest } from '../../../src/wire/messages/index.ts';
import { Proposals } from '../../../src/server/consensus/proposals.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function setUp(answers: ProposeResult[] = []) {
  const clock = new ManualClock();
  const batches: Uint8Array[][] = [];
  const outcomes: string[] = [];
  let unapplied = 0;
  let isBackendBehind = false;
  let isInReach = true;
  let duringPropose: () => void = () => undefined;
  const proposals = new Proposals<string>({
    clock,
    random: seededRandom(1),
    timeoutMs: 7000,
    propose: (data) => {
      batches.push([...data]);
      const answer = answers.shift() ?? ({ kind: 'accepted', firstIndex: 1, term: 1 } as const);
      const then = duringPropose;
      duringPropose = () => undefined;
      then();
      return answer;
    },
    isInReach: () => isInReach,
    unapplied: () => unapplied,
    isBackendBehind: () => isBackendBehind,
    timeoutError: (_sinceMs, isProposed) => apiError(isProposed ? 'timeout' : 'noLeader'),
  });
  const submit = (name: string): void =>
    proposals.submit('put', new TextEncoder().encode(name), {
      applied: (result) => outcomes.push(`${name}: ${result}`),
      failed: (error: ApiError) => outcomes.push(`${name}: ${error.message}`),
    });
  const setUnapplied = (count: number): void => {
    unapplied = count;
  };
  const setBackendBehind = (behind: boolean): void => {
    isBackendBehind = behind;
  };
  const setInReach = (inReach: boolean): void => {
    isInReach = inReach;
  };
  /** Once, while raft is being asked: it goes on at once, and may come back to its proposer. */
  const whileProposing = (then: () => void): void => {
    duringPropose = then;
  };
  return {
    clock,
    batches,
    outcomes,
    proposals,
    submit,
    setUnapplied,
    setBackendBehind,
    setInReach,
    whileProposing,
  };
}

describe('Proposals', () => {
  it('proposes together what arrives in one turn, and finds each again', () => {
    const { clock, batches, outcomes, proposals, submit } = setUp();
    submit('a');
    submit('b');
    expect(batches).toEqual([]);
    clock.settle();
    expect(batches).toHaveLength(1);
    for (const data of batches[0]!.toReversed()) proposals.take(readRaftRequest(data).id)?.waiter.applied('ok');
    expect(outcomes).toEqual(['b: ok', 'a: ok']);
    expect(proposals.take(readRaftRequest(batches[0]![0]!).id)).toBeUndefined();
    expect(proposals.pending).toBe(0);
  });

  it('keeps what has no leader to go to, and proposes it once there is one', () => {
    const { clock, batches, submit, proposals } = setUp([{ kind: 'dropped', reason: 'no leader' }]);
    submit('a');
    clock.settle();
    expect(batches).toHaveLength(1);
    proposals.flush();
    expect(batches).toHaveLength(2);
    expect(batches[1]).toEqual(batches[0]);
  });

  it('keeps what would be lost on its way, and proposes it once the leader is in reach', () => {
    const { clock, batches, submit, proposals, setInReach } = setUp();
    setInReach(false);
    submit('a');
    clock.settle();
    proposals.flush();
    expect(batches).toEqual([]);
    setInReach(true);
    proposals.flush();
    expect(batches).toHaveLength(1);
  });

  it('proposes a request once, also where raft meets a new leader while it is asked', () => {
    const { clock, batches, submit, proposals, whileProposing } = setUp();
    whileProposing(() => proposals.flush());
    submit('a');
    clock.settle();
    expect(batches).toHaveLength(1);
  });

  it('loses nothing that comes while raft is asked', () => {
    const { clock, batches, outcomes, submit, proposals, whileProposing } = setUp();
    whileProposing(() => submit('b'));
    submit('a');
    clock.settle();
    expect(batches.map((data) => data.length)).toEqual([1, 1]);
    for (const data of batches.flat()) proposals.take(readRaftRequest(data).id)?.waiter.applied('ok');
    expect(outcomes).toEqual(['a: ok', 'b: ok']);
  });

  it('tries again where raft meets a leader while it says that there is none', () => {
    const { clock, batches, submit, proposals, whileProposing } = setUp([{ kind: 'dropped', reason: 'no leader' }]);
    whileProposing(() => proposals.flush());
    submit('a');
    clock.settle();
    expect(batches).toHaveLength(2);
    expect(batches[1]).toEqual(batches[0]);
  });

  it('tells of a request that timed out whether raft has had it', () => {
    const { clock, outcomes, submit } = setUp();
    submit('a');
    clock.advance(8000);
    expect(outcomes).toEqual(['a: etcdserver: request timed out']);
  });

  it('never proposes a request whose client was already told no', () => {
    const { clock, batches, outcomes, submit, proposals } = setUp([{ kind: 'dropped', reason: 'no leader' }]);
    submit('a');
    clock.advance(8000);
    expect(outcomes).toEqual(['a: etcdserver: no leader']);
    proposals.flush();
    expect(batches).toHaveLength(1);
  });

  it('fails what raft drops during a leadership transfer', () => {
    const { clock, outcomes, submit } = setUp([{ kind: 'dropped', reason: 'leadership transfer' }]);
    submit('a');
    clock.settle();
    expect(outcomes).toEqual(['a: raft proposal dropped']);
  });

  it('refuses when too much is committed and not applied', () => {
    const { outcomes, submit, setUnapplied } = setUp();
    setUnapplied(5001);
    submit('a');
    expect(outcomes).toEqual(['a: etcdserver: too many requests']);
  });

  it('refuses while the backend cannot keep up, and not longer', () => {
    const { outcomes, submit, setBackendBehind, proposals } = setUp();
    setBackendBehind(true);
    submit('a');
    expect(outcomes).toEqual(['a: etcdserver: too many requests']);
    setBackendBehind(false);
    submit('b');
    expect(proposals.pending).toBe(1);
  });

  it('does not answer with an entry of another life', () => {
    const first = setUp();
    first.submit('a');
    first.clock.settle();
    const second = new Proposals<string>({
      clock: first.clock,
      random: seededRandom(2),
      timeoutMs: 7000,
      propose: () => ({ kind: 'accepted', firstIndex: 1, term: 1 }),
      isInReach: () => true,
      unapplied: () => 0,
      isBackendBehind: () => false,
      timeoutError: () => apiError('timeout'),
    });
    second.submit('put', new Uint8Array(1), { applied: () => undefined, failed: () => undefined });
    expect(second.take(readRaftRequest(first.batches[0]![0]!).id)).toBeUndefined();
  });

  it('tells everybody when it stops', () => {
    const { clock, outcomes, submit, proposals } = setUp();
    submit('a');
    clock.settle();
    submit('b');
    proposals.stop();
    submit('c');
    expect(outcomes).toEqual(['a', 'b', 'c'].map((name) => `${name}: etcdserver: server stopped`));
  });
});
