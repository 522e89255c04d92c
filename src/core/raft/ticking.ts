/** The passing of time: election timeouts, heartbeats, check-quorum (Raft paper 5.2, thesis 6.2). */
import { standForElection } from './election.ts';
import { sendHeartbeats } from './heartbeat.ts';
import { quorumSize } from './quorum.ts';
import { resendReads } from './read-index.ts';
import { becomeFollower } from './roles.ts';
import type { RaftState } from './state.ts';
import { NOBODY } from './types.ts';

export function tick(state: RaftState): void {
  state.electionElapsed++;
  state.heartbeatElapsed++;
  const heartbeatDue = state.heartbeatElapsed >= state.config.heartbeatTicks;
  if (heartbeatDue) state.heartbeatElapsed = 0;
  if (state.role === 'leader') tickLeader(state, heartbeatDue);
  else tickFollower(state, heartbeatDue);
}

function tickFollower(state: RaftState, resendDue: boolean): void {
  if (resendDue) resendReads(state);
  if (state.electionElapsed < state.electionTimeout || !state.isVoter) return;
  state.electionElapsed = 0;
  standForElection(state);
}

function tickLeader(state: RaftState, heartbeatDue: boolean): void {
  if (state.electionElapsed >= state.config.electionTicks) {
    state.electionElapsed = 0;
    state.transferee = NOBODY;
    if (state.config.checkQuorum && !hearsQuorum(state)) {
      becomeFollower(state, state.term, NOBODY);
      return;
    }
  }
  if (heartbeatDue) sendHeartbeats(state);
}

/** Whether a quorum was heard since the last time; starts counting anew. */
function hearsQuorum(state: RaftState): boolean {
  let heard = 0;
  for (const id of state.confState.voters) {
    const progress = state.progress.get(id);
    if (id === state.id || progress?.recentActive === true) heard++;
  }
  for (const progress of state.progress.values()) progress.recentActive = false;
  return heard >= quorumSize(state.confState.voters.length);
}
