import { describe, expect, it } from 'vitest';
import { apiError, type ApiError } from '../../../src/core/api/index.ts';
import { LeaderAssurance } from '../../../src/server/consensus/leader-assurance.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const ELECTION_MS = 1000;

function setUp() {
  const clock = new ManualClock();
  const rounds: ((error: ApiError | undefined) => void)[] = [];
  const outcomes: string[] = [];
  const state = {
    isLeader: true,
    term: 7,
    linearize: (done: (error: ApiError | undefined) => void) => void rounds.push(done),
  };
  const assurance = new LeaderAssurance(state, clock, ELECTION_MS);
  const ask = (): void =>
    assurance.whenRecent(
      (error) => outcomes.push(error.message),
      () => outcomes.push('leads'),
    );
  const answer = (error?: ApiError): void => rounds.shift()!(error);
  return { clock, state, rounds, outcomes, assurance, ask, answer };
}

describe('LeaderAssurance', () => {
  it('asks a quorum, and goes by its word for an election timeout from the question on', () => {
    const { clock, rounds, outcomes, ask, answer } = setUp();
    ask();
    expect(outcomes).toEqual([]);
    clock.advance(300);
    answer();
    clock.advance(699);
    ask();
    expect(outcomes).toEqual(['leads', 'leads']);
    clock.advance(1);
    ask();
    expect(outcomes).toHaveLength(2);
    expect(rounds).toHaveLength(1);
  });

  it('does not go by the word of an earlier term', () => {
    const { state, rounds, outcomes, ask, answer } = setUp();
    ask();
    answer();
    state.term++;
    ask();
    expect(outcomes).toEqual(['leads']);
    expect(rounds).toHaveLength(1);
  });

  it('says no where the quorum does not agree, or too late', () => {
    const { state, outcomes, ask, answer } = setUp();
    ask();
    answer(apiError('timeout'));
    ask();
    state.term++;
    answer();
    ask();
    state.isLeader = false;
    answer();
    ask();
    const notLeader = apiError('notLeader').message;
    expect(outcomes).toEqual([apiError('timeout').message, notLeader, notLeader, notLeader]);
  });

  it('asks anew where that is asked for', () => {
    const { rounds, outcomes, assurance, ask, answer } = setUp();
    ask();
    answer();
    assurance.confirm(
      () => undefined,
      () => outcomes.push('still leads'),
    );
    expect(rounds).toHaveLength(1);
    answer();
    expect(outcomes).toEqual(['leads', 'still leads']);
  });
});
