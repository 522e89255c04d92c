/** A look inside, for metrics, for `endpoint status` and for the guards of membership changes. */
import { mayLeave } from './leaving.ts';
import type { Role } from './ready.ts';
import type { RaftState } from './state.ts';
import type { ConfState, MemberId } from './types.ts';

export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/** How far the leader knows a member to be. */
export interface ProgressStatus {
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  /** Heard from since the last look of check-quorum. */
  readonly recentActive: boolean;
  readonly isLearner: boolean;
  readonly inflightMessages: number;
}

export interface RaftStatus {
  readonly id: MemberId;
  readonly role: Role;
  readonly term: number;
  readonly vote: MemberId;
  readonly leader: MemberId;
  readonly confState: ConfState;
  /** Where the log begins: the index that a snapshot stands for. */
  readonly compactedIndex: number;
  readonly lastIndex: number;
  /** What the log holds in memory, with a share for each entry's own record. */
  readonly logBytes: number;
  /** Durable up to here on this member. */
  readonly persistedIndex: number;
  readonly commit: number;
  readonly applied: number;
  /** NOBODY when no leadership transfer is under way. */
  readonly transferee: MemberId;
  /** It has been removed, and those who stay know it for good. */
  readonly mayLeave: boolean;
  /** The leader's view of every member; empty elsewhere. */
  readonly progress: ReadonlyMap<MemberId, ProgressStatus>;
}

export function statusOf(state: RaftState): RaftStatus {
  const { log } = state;
  return {
    id: state.id,
    role: state.role,
    term: state.term,
    vote: state.vote,
    leader: state.leader,
    confState: state.confState,
    compactedIndex: log.mark.index,
    lastIndex: log.lastIndex,
    logBytes: log.bytes,
    persistedIndex: log.persistence.durableIndex,
    commit: log.commit,
    applied: log.applied,
    transferee: state.transferee,
    mayLeave: mayLeave(state),
    progress: new Map([...state.progress].map(([id, progress]) => [id, progress.status()])),
  };
}
