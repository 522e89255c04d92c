/** Client commands and membership changes on their way into the log (Raft paper 5.3, thesis 4). */
import { isLeavingOneBehind } from './leaving.ts';
import type { ProposeMessage } from './messages.ts';
import type { DropReason, ProposeResult } from './ready.ts';
import type { RaftState } from './state.ts';
import { ENTRY_CONF_CHANGE, NOBODY, type EntryType } from './types.ts';

export function propose(state: RaftState, type: EntryType, data: readonly Uint8Array[]): ProposeResult {
  if (state.role === 'leader') return append(state, type, data);
  const { leader, id: from, term, session } = state;
  if (leader === NOBODY) return { kind: 'dropped', reason: 'no leader' };
  const sequence = state.nextForwardSequence++;
  state.outbox.send({ type: 'propose', from, to: leader, term, session, sequence, entryType: type, data });
  return { kind: 'forwarded', leader };
}

export function handlePropose(state: RaftState, message: ProposeMessage): void {
  if (state.role !== 'leader') return;
  if (!state.forwarded.take(message.from, message.session, message.sequence)) return;
  append(state, message.entryType, message.data);
}

function append(state: RaftState, type: EntryType, data: readonly Uint8Array[]): ProposeResult {
  const reason = refusal(state, type);
  if (reason !== undefined) return { kind: 'dropped', reason };
  const firstIndex = state.log.appendOwn(state.term, type, data);
  if (type === ENTRY_CONF_CHANGE) state.pendingConfIndex = firstIndex;
  state.replicationDue = true;
  return { kind: 'accepted', firstIndex, term: state.term };
}

function refusal(state: RaftState, type: EntryType): DropReason | undefined {
  if (!state.isVoter) return 'not a member';
  if (state.transferee !== NOBODY) return 'leadership transfer';
  if (isLeavingOneBehind(state)) return 'membership change pending';
  // One at a time, each applied before the next; and none before the term's first commit (thesis 4.1 and its erratum).
  const changeMayWait = state.pendingConfIndex > state.log.applied || !state.hasCommittedInTerm;
  if (type === ENTRY_CONF_CHANGE && changeMayWait) return 'membership change pending';
  return undefined;
}
