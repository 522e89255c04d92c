/** Heartbeats: keep followers from standing, tell them of commits, and ask who still follows (thesis 6.4). */
import type { RaftState } from './state.ts';

export function sendHeartbeats(state: RaftState): void {
  const { id: from, term, log } = state;
  for (const [to, progress] of state.progress) {
    if (to === from) continue;
    // No further than the follower's log is known to reach.
    const commit = Math.min(progress.match, log.sureCommit);
    state.outbox.send({ type: 'heartbeat', from, to, term, commit, readRound: state.reads.newestRound });
  }
}
