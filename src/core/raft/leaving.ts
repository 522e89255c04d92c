/**
 * How a removed member leaves: when those who stay can do without it. Gone earlier, it could take along the only proof
 * that its removal is committed, and the last of two would wait for its vote for ever.
 */
import { changedConfState, decodeConfChange } from './conf-change.ts';
import type { RaftState } from './state.ts';
import type { Entry } from './types.ts';

/** Somebody else has durably that the log is committed up to `commit`: nobody tells of a membership change before. */
export function noteKnownElsewhere(state: RaftState, commit: number): void {
  state.knownElsewhere = Math.max(state.knownElsewhere, commit);
}

/** This member has been removed, and somebody who stays knows it for good. */
export function mayLeave(state: RaftState): boolean {
  return state.removedAt !== undefined && state.knownElsewhere >= state.removedAt;
}

/**
 * Whether the leader's log holds, not yet applied, what removes it from a cluster of two. It takes no more until then: who
 * is removed votes, but does not stand, and with a longer log than the other's it would refuse the vote that the other
 * needs where it has forgotten the removal in a crash.
 */
export function isLeavingOneBehind(state: RaftState): boolean {
  const { confState, log } = state;
  if (confState.voters.length !== 2) return false;
  const change = log.lastConfChange;
  return change !== undefined && change.index > log.applied && removesSelf(state, change);
}

function removesSelf({ confState, id }: RaftState, entry: Entry): boolean {
  return !changedConfState(confState, decodeConfChange(entry.data)).voters.includes(id);
}
