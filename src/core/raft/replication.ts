/** The leader's half of log replication (Raft paper 5.3, 5.4.2; thesis 10.2.1 for sending while the own sync runs). */
import { assert } from '../../base/errors.ts';
import { mayLeave, noteKnownElsewhere } from './leaving.ts';
import type { AppendAnswerMessage, HeartbeatAnswerMessage } from './messages.ts';
import type { Progress } from './progress.ts';
import { confirmReads } from './read-index.ts';
import { becomeFollower } from './roles.ts';
import type { RaftState } from './state.ts';
import { sendTimeoutNow } from './transfer.ts';
import { NOBODY, type Entry, type MemberId, type SnapshotMark } from './types.ts';

/** First index → entries, for the length of one call of `sendAppends`. */
type Batches = Map<number, readonly Entry[]>;

const NO_ENTRIES: readonly Entry[] = [];

/** Sends every follower what it lacks, as far as its window goes. */
export function sendAppends(state: RaftState): void {
  state.replicationDue = false;
  const batches: Batches = new Map();
  for (const [id, progress] of state.progress) {
    if (id === state.id) continue;
    switch (progress.state) {
      case 'probe':
        sendProbe(state, id, progress, batches);
        break;
      case 'replicate':
        sendWindow(state, id, progress, batches);
        break;
      case 'snapshot':
        break;
    }
  }
}

/** What starts at `from`: followers that are equally far share one array, which the codec encodes once. */
function batchFrom(state: RaftState, from: number, batches: Batches): readonly Entry[] {
  const known = batches.get(from);
  if (known !== undefined) return known;
  const batch = state.log.slice(from, state.log.lastIndex, state.config.maxBytesPerMessage);
  batches.set(from, batch);
  return batch;
}

function sendProbe(state: RaftState, id: MemberId, progress: Progress, batches: Batches): void {
  const { log } = state;
  const upToDate = progress.match === log.lastIndex && progress.sentCommit >= log.sureCommit;
  if (progress.probeSent || upToDate) return;
  if (progress.next <= log.mark.index) {
    sendSnapshot(state, id, progress);
    return;
  }
  const entries = batchFrom(state, progress.next, batches);
  sendAppend(state, id, progress, entries);
  progress.sentCommit = Math.min(log.sureCommit, progress.next - 1 + entries.length);
  progress.probeSent = true;
}

function sendWindow(state: RaftState, id: MemberId, progress: Progress, batches: Batches): void {
  const { log } = state;
  if (progress.next <= log.mark.index) {
    sendSnapshot(state, id, progress);
    return;
  }
  while (progress.next <= log.lastIndex && !progress.inflights.full) {
    const entries = batchFrom(state, progress.next, batches);
    sendAppend(state, id, progress, entries);
    progress.next += entries.length;
    progress.inflights.add(progress.next - 1);
    progress.sentCommit = Math.min(log.sureCommit, progress.next - 1);
    progress.nudge = false;
  }
  const tellable = Math.min(log.sureCommit, progress.next - 1);
  if (tellable > progress.sentCommit || progress.nudge) {
    sendAppend(state, id, progress, NO_ENTRIES);
    progress.sentCommit = tellable;
    progress.nudge = false;
  }
}

function sendAppend(state: RaftState, to: MemberId, progress: Progress, entries: readonly Entry[]): void {
  const previousIndex = progress.next - 1;
  const previousTerm = state.log.termAt(previousIndex);
  assert(previousTerm !== undefined, `raft: entry ${previousIndex} is not in the log`);
  const { id: from, term } = state;
  const commit = state.log.sureCommit;
  state.outbox.send({ type: 'append', from, to, term, previousIndex, previousTerm, entries, commit });
}

/** The entries the follower needs are compacted away (paper 7). One that is silent would not take a snapshot either. */
function sendSnapshot(state: RaftState, to: MemberId, progress: Progress): void {
  if (!progress.recentActive) return;
  // The shell's state is the newest there is, so the follower has the least to catch up with afterwards.
  const { applied } = state.log;
  const term = state.log.termAt(applied);
  assert(term !== undefined, `raft: the log does not reach back to the applied entry ${applied}`);
  const mark: SnapshotMark = { index: applied, term, confState: state.confState };
  progress.becomeSnapshot(mark.index);
  state.outbox.send({ type: 'snapshot', from: state.id, to, term: state.term, mark });
}

export function handleAppendAnswer(state: RaftState, message: AppendAnswerMessage): void {
  const progress = state.progress.get(message.from);
  if (progress === undefined) return;
  progress.recentActive = true;
  progress.knownCommit = Math.max(progress.knownCommit, message.commit);
  if (leaveWhenKnown(state)) return;
  if (message.rejected) {
    // Whole terms are skipped at once: below the hint no entry of a higher term than the hint's can match.
    const hint =
      message.hintTerm > 0 ? state.log.lastAtMost(message.hintIndex, message.hintTerm).index : message.hintIndex;
    if (progress.rejected(message.index, hint)) state.replicationDue = true;
    return;
  }
  assert(message.index <= state.log.lastIndex, `raft: ${message.from} accepted entry ${message.index}, never sent`);
  const isNews = progress.accepted(message.index);
  if (!isNews && !(progress.state === 'probe' && message.index === progress.match)) return;
  switch (progress.state) {
    case 'probe':
      progress.becomeReplicate();
      break;
    case 'snapshot':
      if (progress.match >= state.log.mark.index) progress.becomeReplicate();
      break;
    case 'replicate':
      progress.inflights.freeTo(message.index);
      break;
  }
  state.replicationDue = true;
  advanceCommit(state);
  if (state.transferee === message.from) sendTimeoutNow(state);
}

export function handleHeartbeatAnswer(state: RaftState, message: HeartbeatAnswerMessage): void {
  const progress = state.progress.get(message.from);
  if (progress === undefined) return;
  progress.recentActive = true;
  progress.knownCommit = Math.max(progress.knownCommit, message.commit);
  if (leaveWhenKnown(state)) return;
  progress.probeSent = false;
  progress.readRound = Math.max(progress.readRound, message.readRound);
  if (progress.match < state.log.lastIndex) {
    progress.nudge = true;
    state.replicationDue = true;
  }
  confirmReads(state);
}

/**
 * A leader that was removed goes on, without counting itself, until a majority of those who stay know that the removal
 * is committed (thesis 4.2.2). Left earlier, it could take the only proof along, and a member of its old quorum that is
 * short of its last entries would never be elected.
 */
export function leaveWhenKnown(state: RaftState): boolean {
  if (state.removedAt === undefined) return false;
  noteKnownElsewhere(
    state,
    state.majority((progress) => progress.knownCommit),
  );
  if (!mayLeave(state)) return false;
  becomeFollower(state, state.term, NOBODY);
  return true;
}

/** An entry of the own term that a majority has durably is committed, and with it all before (5.4.2, figure 8). */
export function advanceCommit(state: RaftState): void {
  const { log } = state;
  const reached = state.majority((progress) => progress.match);
  if (reached <= log.commit || log.termAt(reached) !== state.term) return;
  log.commitTo(reached);
  state.replicationDue = true;
}

/** This member's own sync is done: only now does it count itself. */
export function countOwnPersisted(state: RaftState): void {
  state.progress.get(state.id)?.accepted(state.log.persistence.durableIndex);
  advanceCommit(state);
}
