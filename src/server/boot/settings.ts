/** From the flags' values to what a member and its drivers take. */
import { MESSAGE_OVERHEAD_BYTES } from '../../core/api/index.ts';
import { DEFAULT_STORE_OPTIONS } from '../../core/mvcc/index.ts';
import { DEFAULT_LIMITS } from '../../wire/http2/limits.ts';
import type { MemberConfig } from '../config/member-config.ts';
import { periodicCompactor, revisionCompactor, type AutoCompactor } from '../maintenance/auto-compactor.ts';
import { DEFAULT_BACKLOG_BYTES } from '../member/backend-backlog.ts';
import { DEFAULT_HELD_LOG_BYTES, DEFAULT_SNAPSHOT_RELEASE_DELAY_MS } from '../member/log-holds.ts';
import type { MemberSettings } from '../member/parts.ts';
import type { ServiceOptions } from '../services.ts';

export function memberSettings(config: MemberConfig): MemberSettings {
  return {
    heartbeatMs: config.heartbeatMs,
    electionMs: config.electionMs,
    snapshotCount: config.snapshotCount,
    snapshotCatchupEntries: config.snapshotCatchupEntries,
    snapshotReleaseDelayMs: DEFAULT_SNAPSHOT_RELEASE_DELAY_MS,
    heldLogBytes: DEFAULT_HELD_LOG_BYTES,
    backendBatchIntervalMs: config.backendBatchIntervalMs,
    backendBatchOperations: config.backendBatchOperations,
    backendBacklogBytes: DEFAULT_BACKLOG_BYTES,
    maxTxnOperations: config.maxTxnOperations,
    maxRequestBytes: config.maxRequestBytes,
    maxLearners: config.maxLearners,
    strictReconfigCheck: config.strictReconfigCheck,
    warningApplyMs: config.warningApplyMs,
    progressNotifyIntervalMs: config.progressNotifyIntervalMs,
    compactionBatchRevisions: config.compactionBatchRevisions,
    compactionSleepMs: config.compactionSleepMs,
    leaseCheckpoints: config.features.leaseCheckpoints,
    initialElectionTickAdvance: config.initialElectionTickAdvance,
    store: {
      ...DEFAULT_STORE_OPTIONS,
      quotaBytes: config.quotaBytes,
      leases: {
        ...DEFAULT_STORE_OPTIONS.leases,
        // etcd does so, gate or not, once the cluster is of version 3.6.
        persistCheckpoints: true,
        // etcd: no lease shorter than one and a half elections, or it could not outlive a change of leaders.
        minTtlS: Math.ceil((1.5 * config.electionMs) / 1000),
      },
    },
  };
}

export function serviceOptions(config: MemberConfig): ServiceOptions {
  const maxMessageBytes = config.maxRequestBytes + MESSAGE_OVERHEAD_BYTES;
  return {
    limits: {
      maxMessageBytes,
      assemblyBudgetBytes: Math.max(DEFAULT_LIMITS.assemblyBudgetBytes, 2 * maxMessageBytes),
      maxConcurrentStreams: config.maxConcurrentStreams,
    },
    keepaliveMinTimeMs: config.keepaliveMinTimeMs,
    keepaliveIntervalMs: config.keepaliveIntervalMs,
    keepaliveTimeoutMs: config.keepaliveTimeoutMs,
    autoCompactor: autoCompactorFor(config),
    corruptCheckMs: config.corruptCheckMs,
    warningUnaryMs: config.warningUnaryMs,
    extensiveMetrics: config.extensiveMetrics,
  };
}

function autoCompactorFor({ autoCompaction }: MemberConfig): AutoCompactor | undefined {
  if (autoCompaction === undefined) return undefined;
  return autoCompaction.mode === 'periodic'
    ? periodicCompactor(autoCompaction.retentionMs)
    : revisionCompactor(autoCompaction.revisions);
}
