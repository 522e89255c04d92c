/**
 * Consensus as a pure machine: tick, step and propose go in, one `Ready` comes out.
 *
 * Promises: at most one leader a term; what was committed stays committed; every member applies the same entries in the
 * same order; nothing that promises durability is among the messages that may leave before the sync.
 *
 * How to drive it:
 *
 *     loop: while (raft.hasReady()) {
 *       const ready = raft.ready();
 *       send(ready.messages);                                  // at once
 *       queue a write of ready.snapshot, ready.entries, ready.hardState, in this order; sync if ready.mustSync
 *       when that write AND all before it are durable: send(ready.messagesAfterPersist); raft.persisted(ready.number)
 *       apply(ready.committed), calling raft.applyConfChange for membership entries; then raft.applied(index)
 *       answer the reads of ready.readStates once their index is applied
 *     }
 *
 * The next Ready may be taken while an earlier one is being written; writes must become durable in order.
 */
export { bootstrapState, joiningState } from './bootstrap.ts';
export { CODEC_VERSION, decodeMessage, encodeMessage, encodeMessageParts } from './codec.ts';
export { RAFT_DEFAULTS, type RaftConfig, type RestoredState } from './config.ts';
export {
  CONF_ADD_LEARNER,
  CONF_ADD_VOTER,
  CONF_REMOVE,
  CONF_UPDATE,
  decodeConfChange,
  encodeConfChange,
  type ConfChange,
  type ConfChangeType,
} from './conf-change.ts';
export type { Message, MessageType } from './messages.ts';
export { RaftNode } from './node.ts';
export type { Raft } from './raft.ts';
export type { DropReason, ProposeResult, ReadState, Ready, Role, SoftState } from './ready.ts';
export type { ProgressState, ProgressStatus, RaftStatus } from './status.ts';
export {
  ENTRY_CONF_CHANGE,
  ENTRY_NORMAL,
  NOBODY,
  type ConfState,
  type Entry,
  type EntryType,
  type HardState,
  type MemberId,
  type SnapshotMark,
} from './types.ts';
