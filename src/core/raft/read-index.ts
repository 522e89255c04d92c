/** Linearizable reads without a log entry (thesis 6.4): who asks whom, and when an index may be given. */
import type { ReadIndexAnswerMessage, ReadIndexMessage } from './messages.ts';
import { sendHeartbeats } from './heartbeat.ts';
import type { RaftState } from './state.ts';
import { NOBODY } from './types.ts';

/** Something below `sendReads` would act. */
export function readsDue(state: RaftState): boolean {
  if (state.role === 'leader') return state.reads.canStartRound && state.hasCommittedInTerm;
  return state.leader !== NOBODY && state.reads.canForward;
}

/** Moves what has gathered since the last Ready: a new round on the leader, a new bundle to it elsewhere. */
export function sendReads(state: RaftState): void {
  if (!readsDue(state)) return;
  if (state.role !== 'leader') {
    sendRequest(state, state.reads.forward());
    return;
  }
  const round = state.reads.startRound(state.log.commit);
  const own = state.progress.get(state.id);
  if (own !== undefined) own.readRound = round;
  sendHeartbeats(state);
  confirmReads(state);
}

/** Gives the rounds that a quorum has confirmed their index. */
export function confirmReads(state: RaftState): void {
  if (state.reads.newestRound === 0) return;
  const confirmed = state.majority((progress) => progress.readRound);
  for (const { from: to, session, request, index } of state.reads.confirm(confirmed)) {
    state.outbox.send({ type: 'readIndexAnswer', from: state.id, to, term: state.term, session, request, index });
  }
}

/** Asks again for what was not answered: the request, its answer or the leader may be gone. */
export function resendReads(state: RaftState): void {
  if (state.role === 'leader' || state.leader === NOBODY) return;
  for (const request of state.reads.unanswered) sendRequest(state, request);
}

function sendRequest(state: RaftState, request: number): void {
  const { id: from, leader: to, term, session } = state;
  state.outbox.send({ type: 'readIndex', from, to, term, session, request });
}

export function handleReadIndex(state: RaftState, message: ReadIndexMessage): void {
  if (state.role !== 'leader') return;
  state.reads.addRemote({ from: message.from, session: message.session, request: message.request });
}

export function handleReadIndexAnswer(state: RaftState, message: ReadIndexAnswerMessage): void {
  if (message.session !== state.session) return;
  state.reads.answerForwarded(message.request, message.index);
}
