/** The follower's half of replication: appends, heartbeats, snapshots (Raft paper 5.3, 7). */
import { assert } from '../../base/errors.ts';
import { noteKnownElsewhere } from './leaving.ts';
import type { AppendMessage, HeartbeatMessage, SnapshotMessage } from './messages.ts';
import { resendReads } from './read-index.ts';
import { becomeFollower } from './roles.ts';
import type { RaftState } from './state.ts';
import { NOBODY, type MemberId } from './types.ts';

/** Somebody leads this term: follow. */
function follow(state: RaftState, leader: MemberId): void {
  assert(state.role !== 'leader', `raft: ${leader} and ${state.id} both lead term ${state.term}`);
  if (state.role !== 'follower') becomeFollower(state, state.term, NOBODY);
  state.electionElapsed = 0;
  if (state.leader === leader) return;
  state.leader = leader;
  resendReads(state);
}

export function handleAppend(state: RaftState, message: AppendMessage): void {
  follow(state, message.from);
  noteKnownElsewhere(state, message.commit);
  const { log } = state;
  const { previousIndex, previousTerm, entries } = message;
  if (previousIndex < log.commit) {
    // Long since here: what is committed matches every leader's log.
    state.outbox.accept(message.from, state.term, log.commit);
  } else if (log.termAt(previousIndex) === previousTerm) {
    const lastMatch = log.appendReceived(previousIndex, entries);
    log.commitTo(Math.min(message.commit, lastMatch));
    state.outbox.accept(message.from, state.term, lastMatch);
  } else {
    reject(state, message);
  }
}

/** The hint skips every entry that cannot match: those of a later term than the leader's at that place. */
function reject(state: RaftState, { from: to, previousIndex, previousTerm }: AppendMessage): void {
  const hint = state.log.lastAtMost(previousIndex, previousTerm);
  state.outbox.send({
    type: 'appendAnswer',
    from: state.id,
    to,
    term: state.term,
    rejected: true,
    index: previousIndex,
    hintIndex: hint.index,
    hintTerm: hint.term,
    commit: state.log.sureCommit,
  });
}

export function handleHeartbeat(state: RaftState, message: HeartbeatMessage): void {
  follow(state, message.from);
  noteKnownElsewhere(state, message.commit);
  state.log.commitTo(message.commit);
  const { from: to, readRound } = message;
  const { id: from, term, log } = state;
  // What is not sure yet is told as soon as it is.
  if (log.sureCommit < log.commit) state.outbox.accept(to, term, log.commit);
  state.outbox.send({ type: 'heartbeatAnswer', from, to, term, commit: log.sureCommit, readRound });
}

/** The shell has the snapshot's data at hand. */
export function handleSnapshot(state: RaftState, message: SnapshotMessage): void {
  follow(state, message.from);
  const { log } = state;
  const { mark } = message;
  if (mark.index > log.commit) {
    if (log.termAt(mark.index) === mark.term) {
      // The log has it all already: only the commit index was behind.
      log.commitTo(mark.index);
    } else {
      log.restore(mark);
      state.confState = mark.confState;
      state.restoredMark = mark;
    }
  }
  state.outbox.accept(message.from, state.term, log.commit);
}
