/** What a message's term means, and who handles what (Raft paper 5.1). */
import { assert } from '../../base/errors.ts';
import { handleVote, handleVoteAnswer, ignoresVote, standAtOnce } from './election.ts';
import { handleAppend, handleHeartbeat, handleSnapshot } from './following.ts';
import type { Message } from './messages.ts';
import { handlePropose } from './proposals.ts';
import { handleReadIndex, handleReadIndexAnswer } from './read-index.ts';
import { handleAppendAnswer, handleHeartbeatAnswer } from './replication.ts';
import { becomeFollower } from './roles.ts';
import type { RaftState } from './state.ts';
import { NOBODY } from './types.ts';

export function step(state: RaftState, message: Message): void {
  assert(message.to === state.id, `raft: a message for ${message.to} came to ${state.id}`);
  if (message.type === 'vote' || message.type === 'preVote') {
    if (message.term > state.term && ignoresVote(state, message)) return;
  }
  if (message.term > state.term && raisesTerm(message)) {
    becomeFollower(state, message.term, NOBODY);
  }
  if (message.term < state.term) answerStale(state, message);
  else handle(state, message);
}

/** Asking for pre-votes, and granting one, names a term nobody is in yet. */
function raisesTerm(message: Message): boolean {
  return message.type !== 'preVote' && !(message.type === 'preVoteAnswer' && !message.rejected);
}

/** Tells of the later term where the sender could otherwise stay stuck in its own. */
function answerStale(state: RaftState, message: Message): void {
  const { from: to } = message;
  const { id: from, term } = state;
  switch (message.type) {
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      // With pre-vote and check-quorum this member cannot force its term on the leader by an election.
      state.outbox.send({
        type: 'appendAnswer',
        from,
        to,
        term,
        rejected: true,
        index: 0,
        hintIndex: 0,
        hintTerm: 0,
        commit: state.log.sureCommit,
      });
      break;
    case 'preVote':
      state.outbox.send({ type: 'preVoteAnswer', from, to, term, rejected: true });
      break;
    default:
      break;
  }
}

function handle(state: RaftState, message: Message): void {
  switch (message.type) {
    case 'append':
      return handleAppend(state, message);
    case 'appendAnswer':
      if (state.role === 'leader') handleAppendAnswer(state, message);
      return;
    case 'heartbeat':
      return handleHeartbeat(state, message);
    case 'heartbeatAnswer':
      if (state.role === 'leader') handleHeartbeatAnswer(state, message);
      return;
    case 'vote':
    case 'preVote':
      return handleVote(state, message);
    case 'voteAnswer':
    case 'preVoteAnswer':
      return handleVoteAnswer(state, message);
    case 'snapshot':
      return handleSnapshot(state, message);
    case 'timeoutNow':
      return standAtOnce(state);
    case 'propose':
      return handlePropose(state, message);
    case 'readIndex':
      return handleReadIndex(state, message);
    case 'readIndexAnswer':
      return handleReadIndexAnswer(state, message);
  }
}
