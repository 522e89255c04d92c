/** What a member is made of. Time, randomness, disk, network and backend come from outside, so that the simulator can own them. */
import type { Backend } from '../../base/backend.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { StoreOptions } from '../../core/mvcc/index.ts';
import type { MemberId, Raft, SnapshotMark } from '../../core/raft/index.ts';
import type { LogWriter } from '../consensus/raft-loop.ts';
import type { MemberMetrics } from '../metrics/member-metrics.ts';
import type { Membership } from '../membership/membership.ts';
import type { Logger } from '../log.ts';
import type { PeerTransport } from '../peer/transport.ts';
import type { MarkStore } from './log-keeper.ts';

/** How a member behaves; durations in milliseconds. */
export interface MemberSettings {
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  /** How long the log is kept in memory for a follower after its snapshot was delivered, and how much of it at most. */
  readonly snapshotReleaseDelayMs: number;
  readonly heldLogBytes: number;
  readonly backendBatchIntervalMs: number;
  readonly backendBatchOperations: number;
  readonly backendBacklogBytes: number;
  readonly maxTxnOperations: number;
  readonly maxRequestBytes: number;
  readonly maxLearners: number;
  readonly strictReconfigCheck: boolean;
  readonly warningApplyMs: number;
  readonly progressNotifyIntervalMs: number;
  readonly compactionBatchRevisions: number;
  readonly compactionSleepMs: number;
  /** etcd's LeaseCheckpoint: the leader records how much of long leases is left. Off by default there and here. */
  readonly leaseCheckpoints: boolean;
  readonly initialElectionTickAdvance: boolean;
  readonly store: StoreOptions;
}

export interface MemberParts {
  readonly id: MemberId;
  readonly clusterId: bigint;
  readonly name: string;
  readonly clientUrls: readonly string[];
  readonly settings: MemberSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: MemberMetrics;
  readonly backend: Backend;
  readonly membership: Membership;
  readonly raft: Raft;
  /** This member is the only voter there is: it need not wait to be elected. */
  readonly isAlone: boolean;
  /** The newest snapshot mark on disk. */
  readonly mark: SnapshotMark;
  readonly wal: LogWriter;
  readonly marks: MarkStore;
  readonly transport: PeerTransport;
  /** Something happened after which this member must not go on: a failed sync, its own removal. */
  readonly onFatal: (error: Error) => void;
}

/** etcd's own limit for a request: 5 s for the disk, and two elections. Source: etcd server/config/config.go, ReqTimeout. */
export function requestTimeoutMs(settings: Pick<MemberSettings, 'electionMs'>): number {
  return 5000 + 2 * settings.electionMs;
}
