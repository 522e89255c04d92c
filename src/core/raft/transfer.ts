/** Leadership transfer (thesis 3.10): bring the other one up to date, then ask it to stand at once. */
import type { RaftState } from './state.ts';
import type { MemberId } from './types.ts';

export function startTransfer(state: RaftState, to: MemberId): boolean {
  if (state.role !== 'leader' || to === state.id || !state.confState.voters.includes(to)) return false;
  if (state.transferee === to) return true;
  state.transferee = to;
  // It must succeed within an election timeout; the tick gives it up after that.
  state.electionElapsed = 0;
  state.replicationDue = true;
  sendTimeoutNow(state);
  return true;
}

/** Nothing happens until the transferee has the whole log. */
export function sendTimeoutNow(state: RaftState): void {
  const { transferee: to, id: from, term } = state;
  if (state.progress.get(to)?.match !== state.log.lastIndex) return;
  state.outbox.send({ type: 'timeoutNow', from, to, term });
}
