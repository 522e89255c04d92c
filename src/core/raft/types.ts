/** What raft keeps and sends. Field meaning as in raftpb (etcd-io/raft v3.6); 64-bit indexes and terms are asserted ≤ 2^53 − 1. */

/** A member's id; 0n is nobody. */
export type MemberId = bigint;

export const NOBODY: MemberId = 0n;

/** raftpb.EntryType. */
export const ENTRY_NORMAL = 0;
export const ENTRY_CONF_CHANGE = 1;
export type EntryType = typeof ENTRY_NORMAL | typeof ENTRY_CONF_CHANGE;

export interface Entry {
  readonly type: EntryType;
  readonly term: number;
  readonly index: number;
  /** Empty for the first entry of a leader's term. Never changed once the entry is made. */
  readonly data: Uint8Array;
}

/** What must survive a restart beside the log itself. */
export interface HardState {
  readonly term: number;
  readonly vote: MemberId;
  readonly commit: number;
}

/** Who counts: voters make the quorum, learners only receive. */
export interface ConfState {
  readonly voters: readonly MemberId[];
  readonly learners: readonly MemberId[];
}

/** The point up to which the log has been replaced by a snapshot of the state. */
export interface SnapshotMark {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState;
}
