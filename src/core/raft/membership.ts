/** Membership changes take effect where they are applied (thesis 4). */
import { changedConfState, checkConfState, equalConfStates, type ConfChange } from './conf-change.ts';
import { Progress } from './progress.ts';
import { confirmReads } from './read-index.ts';
import { advanceCommit, leaveWhenKnown } from './replication.ts';
import { becomeFollower } from './roles.ts';
import type { RaftState } from './state.ts';
import { NOBODY, type ConfState } from './types.ts';

export function applyConfChange(state: RaftState, change: ConfChange): ConfState {
  const changed = changedConfState(state.confState, change);
  if (equalConfStates(changed, state.confState)) return state.confState;
  checkConfState(changed);
  const wasMember = state.isMember;
  state.confState = changed;
  if (state.isMember) state.removedAt = undefined;
  else if (wasMember) state.removedAt = state.log.commit;
  if (state.role === 'leader') {
    updateProgress(state);
    leaveWhenKnown(state);
  } else if (!state.isVoter && state.role !== 'follower') {
    becomeFollower(state, state.term, NOBODY);
  }
  return changed;
}

function updateProgress(state: RaftState): void {
  const { progress, confState, log, config } = state;
  const members = [...confState.voters, ...confState.learners];
  for (const id of progress.keys()) if (!members.includes(id)) progress.delete(id);
  for (const id of members) {
    const isLearner = confState.learners.includes(id);
    const known = progress.get(id);
    if (known !== undefined) {
      known.isLearner = isLearner;
      continue;
    }
    const added = new Progress(log.lastIndex + 1, isLearner, config.maxInflightMessages);
    // Given one election timeout to be heard, so that check-quorum does not count it as lost already.
    added.recentActive = true;
    progress.set(id, added);
  }
  if (!confState.voters.includes(state.transferee)) state.transferee = NOBODY;
  state.replicationDue = true;
  // A smaller quorum may already have been reached.
  advanceCommit(state);
  confirmReads(state);
}
