/** What members in a test have in common, whatever clock, disk and network they run on. */
import { DEFAULT_STORE_OPTIONS } from '../../src/core/mvcc/index.ts';
import type { OpenLogOptions } from '../../src/server/boot/open-log.ts';
import { DEFAULT_BACKLOG_BYTES } from '../../src/server/member/backend-backlog.ts';
import type { MemberSettings } from '../../src/server/member/parts.ts';
import type { ServiceOptions } from '../../src/server/services.ts';
import { inThreadHost } from '../../src/storage/wal/index.ts';

export const DATA_DIRECTORY = '/data';

/** etcd's own figures, but for what would only make tests long. */
export const SETTINGS: MemberSettings = {
  heartbeatMs: 100,
  electionMs: 1000,
  snapshotCount: 10_000,
  snapshotCatchupEntries: 5000,
  snapshotReleaseDelayMs: 1000,
  heldLogBytes: 1024 * 1024,
  backendBatchIntervalMs: 100,
  backendBatchOperations: 10_000,
  backendBacklogBytes: DEFAULT_BACKLOG_BYTES,
  maxTxnOperations: 128,
  maxRequestBytes: 1_572_864,
  maxLearners: 1,
  strictReconfigCheck: true,
  warningApplyMs: 100,
  progressNotifyIntervalMs: 600_000,
  compactionBatchRevisions: 1000,
  compactionSleepMs: 10,
  leaseCheckpoints: false,
  initialElectionTickAdvance: true,
  store: DEFAULT_STORE_OPTIONS,
};

/** No connections, no compaction and no checks that nobody asked for. */
export const SERVICES: ServiceOptions = {
  limits: {},
  keepaliveMinTimeMs: 5000,
  keepaliveIntervalMs: 7_200_000,
  keepaliveTimeoutMs: 20_000,
  autoCompactor: undefined,
  corruptCheckMs: 0,
  warningUnaryMs: Infinity,
  extensiveMetrics: false,
};

export interface InThreadLog extends Omit<
  OpenLogOptions,
  'directory' | 'openHost' | 'forceNewCluster' | 'segmentBytes'
> {
  readonly segmentBytes: number;
  readonly nowMs: () => number;
  /** Runs the end of a write later: the time that a sync takes. */
  readonly later: (finish: () => void) => void;
}

/** A log that is written in the thread of the test. */
export function inThreadLog({ nowMs, later, ...rest }: InThreadLog): OpenLogOptions {
  const { disk, segmentBytes } = rest;
  const directory = `${DATA_DIRECTORY}/wal`;
  return {
    ...rest,
    directory,
    forceNewCluster: false,
    openHost: () => inThreadHost({ disk, directory, nowMs, segmentBytes, later }),
  };
}
