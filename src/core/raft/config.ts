/** What a member's consensus machine is told at its start. */
import { assert } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { NOBODY, type ConfState, type Entry, type HardState, type MemberId, type SnapshotMark } from './types.ts';

export interface RaftConfig {
  readonly id: MemberId;
  /** Ticks without a leader before an election; each wait is drawn from [electionTicks, 2 × electionTicks − 1]. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** Ask before raising the term (thesis 9.6). */
  readonly preVote: boolean;
  /** A leader that does not hear from a quorum steps down; a follower that hears its leader refuses to vote (6.2). */
  readonly checkQuorum: boolean;
  /** Most entry bytes in one append message; one entry always fits. etcd: 1 MiB. */
  readonly maxBytesPerMessage: number;
  /** Most append messages under way to one follower. etcd: 512. */
  readonly maxInflightMessages: number;
  /** Most entry bytes handed out for applying in one Ready; one entry always fits. */
  readonly maxCommittedBytesPerReady: number;
  /** Most linearizable reads waiting at once. */
  readonly maxPendingReads: number;
  readonly random: Random;
}

/** etcd's own figures (etcd server/etcdserver/raft.go, embed/config.go), for all that is not particular to a member. */
export const RAFT_DEFAULTS = {
  electionTicks: 10,
  heartbeatTicks: 1,
  preVote: true,
  checkQuorum: true,
  maxBytesPerMessage: 1024 * 1024,
  maxInflightMessages: 512,
  maxCommittedBytesPerReady: 4 * 1024 * 1024,
  maxPendingReads: 65_536,
} as const;

/** What a member finds on its disk; a new one starts from bootstrap.ts. */
export interface RestoredState {
  readonly hardState: HardState;
  /** Who counted when `applied` was applied. */
  readonly confState: ConfState;
  /** Where the log begins: its first entry is `snapshot.index + 1`. */
  readonly snapshot: SnapshotMark;
  readonly entries: readonly Entry[];
  /** The last index whose effects are in the state machine; the entries after it are handed out again. */
  readonly applied: number;
}

export function checkConfig(config: RaftConfig): void {
  assert(config.id !== NOBODY, 'raft: member 0 is nobody');
  assert(config.heartbeatTicks >= 1, 'raft: heartbeatTicks must be at least 1');
  assert(config.electionTicks > config.heartbeatTicks, 'raft: electionTicks must be more than heartbeatTicks');
  assert(config.maxInflightMessages >= 1, 'raft: maxInflightMessages must be at least 1');
}
