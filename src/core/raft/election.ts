/** Leader election (Raft paper 5.2, 5.4.1; pre-vote: thesis 9.6; the leader's lease on votes: thesis 4.2.3). */
import type { VoteAnswerMessage, VoteMessage } from './messages.ts';
import { countVotes } from './quorum.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './roles.ts';
import type { RaftState } from './state.ts';
import { NOBODY, type MemberId } from './types.ts';

/** The election timeout ran out, or somebody asked for an election. */
export function standForElection(state: RaftState): void {
  if (!mayStand(state)) return;
  if (state.config.preVote) askForPreVotes(state);
  else askForVotes(state, false);
}

/** The leader asked: no pre-vote, and the voters' lease on it does not hold. */
export function standAtOnce(state: RaftState): void {
  if (mayStand(state)) askForVotes(state, true);
}

function mayStand(state: RaftState): boolean {
  return state.role !== 'leader' && state.isVoter && !state.log.hasUnappliedConfChange();
}

function askForPreVotes(state: RaftState): void {
  becomePreCandidate(state);
  for (const to of otherVoters(state)) state.outbox.send(voteRequest(state, 'preVote', to, state.term + 1, false));
  // A pre-vote promises nothing: the own one counts at once.
  countVote(state, state.id, true);
}

/**
 * The requests leave after the sync, and the own vote counts after it (`countOwnVote`): before, a crash could take back
 * the vote, or entries on whose strength others granted theirs.
 */
function askForVotes(state: RaftState, transfer: boolean): void {
  becomeCandidate(state);
  for (const to of otherVoters(state)) {
    state.outbox.sendAfterPersist(voteRequest(state, 'vote', to, state.term, transfer));
  }
}

function otherVoters(state: RaftState): MemberId[] {
  return state.confState.voters.filter((id) => id !== state.id);
}

function voteRequest(
  state: RaftState,
  type: VoteMessage['type'],
  to: MemberId,
  term: number,
  transfer: boolean,
): VoteMessage {
  const { lastIndex, lastTerm } = state.log;
  return { type, from: state.id, to, term, lastIndex, lastTerm, transfer };
}

/** The own vote is durable. */
export function countOwnVote(state: RaftState): void {
  const { durableTerm, durableVote } = state.log.persistence;
  if (state.role !== 'candidate' || durableTerm !== state.term || durableVote !== state.id) return;
  countVote(state, state.id, true);
}

/** A follower that hears its leader does not vote, so that a member cut off or removed cannot disturb. */
export function ignoresVote(state: RaftState, message: VoteMessage): boolean {
  if (message.transfer || !state.config.checkQuorum || state.leader === NOBODY) return false;
  return state.electionElapsed < state.config.electionTicks;
}

/** The message's term is this member's, or for a pre-vote maybe a later one. */
export function handleVote(state: RaftState, message: VoteMessage): void {
  const preVote = message.type === 'preVote';
  const free =
    state.vote === message.from ||
    (state.vote === NOBODY && state.leader === NOBODY) ||
    (preVote && message.term > state.term);
  const granted = free && state.log.isUpToDate(message.lastIndex, message.lastTerm);
  const answer: VoteAnswerMessage = {
    type: preVote ? 'preVoteAnswer' : 'voteAnswer',
    from: state.id,
    to: message.from,
    term: granted ? message.term : state.term,
    rejected: !granted,
  };
  if (preVote) {
    state.outbox.send(answer);
    return;
  }
  if (granted) {
    state.vote = message.from;
    state.electionElapsed = 0;
  }
  state.outbox.sendAfterPersist(answer);
}

export function handleVoteAnswer(state: RaftState, message: VoteAnswerMessage): void {
  if (message.type === 'voteAnswer') {
    if (state.role !== 'candidate') return;
  } else if (state.role !== 'preCandidate' || message.term !== state.term + (message.rejected ? 0 : 1)) {
    return;
  }
  countVote(state, message.from, !message.rejected);
}

function countVote(state: RaftState, from: MemberId, granted: boolean): void {
  if (!state.votes.has(from)) state.votes.set(from, granted);
  switch (countVotes(state.confState.voters.map((id) => state.votes.get(id)))) {
    case 'won':
      if (state.role === 'preCandidate') askForVotes(state, false);
      else becomeLeader(state);
      break;
    case 'lost':
      becomeFollower(state, state.term, NOBODY);
      break;
    case 'pending':
      break;
  }
}
