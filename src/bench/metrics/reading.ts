/** One member's metrics at one instant, by etcd's names. */
import type { Buckets, Metrics } from './parse.ts';
import { bucketsOf, parseMetrics, sumOf } from './parse.ts';

export interface Reading {
  readonly member: string;
  /** CLOCK_MONOTONIC of the answer. */
  readonly atMs: number;
  readonly walFsync: Buckets | undefined;
  readonly backendCommit: Buckets | undefined;
  readonly apply: Buckets | undefined;
  readonly peerRtt: Buckets | undefined;
  /** Counted up: how long it was stopped, and how long its threads waited for a processor; of spawned members. */
  readonly denied?: { readonly stoppedSeconds: number; readonly runQueueSeconds: number } | undefined;
  /** By its name here; absent where the member does not tell. */
  readonly values: Readonly<Partial<Record<ValueName, number>>>;
}

/** Which metric each value is. Source: etcd's metrics as its /metrics lists them. */
const VALUES = {
  hasLeader: 'etcd_server_has_leader',
  isLeader: 'etcd_server_is_leader',
  leaderChanges: 'etcd_server_leader_changes_seen_total',
  proposalsApplied: 'etcd_server_proposals_applied_total',
  proposalsPending: 'etcd_server_proposals_pending',
  proposalsFailed: 'etcd_server_proposals_failed_total',
  heartbeatFailures: 'etcd_server_heartbeat_send_failures_total',
  slowApplies: 'etcd_server_slow_apply_total',
  quotaBytes: 'etcd_server_quota_backend_bytes',
  dbSizeBytes: 'etcd_mvcc_db_total_size_in_bytes',
  dbInUseBytes: 'etcd_mvcc_db_total_size_in_use_in_bytes',
  defragging: 'etcd_disk_defrag_inflight',
  compactedRevision: 'etcd_debugging_mvcc_compact_revision',
  slowWatchers: 'etcd_debugging_mvcc_slow_watcher_total',
  pendingEvents: 'etcd_debugging_mvcc_pending_events_total',
  clientSentBytes: 'etcd_network_client_grpc_sent_bytes_total',
  clientReceivedBytes: 'etcd_network_client_grpc_received_bytes_total',
  peerSentBytes: 'etcd_network_peer_sent_bytes_total',
  cpuSeconds: 'process_cpu_seconds_total',
  rssBytes: 'process_resident_memory_bytes',
} as const;

export type ValueName = keyof typeof VALUES;

export function readingOf(member: string, atMs: number, text: string): Reading {
  const metrics = parseMetrics(text);
  return {
    member,
    atMs,
    walFsync: bucketsOf(metrics, 'etcd_disk_wal_fsync_duration_seconds'),
    backendCommit: bucketsOf(metrics, 'etcd_disk_backend_commit_duration_seconds'),
    apply: bucketsOf(metrics, 'etcd_server_apply_duration_seconds'),
    peerRtt: bucketsOf(metrics, 'etcd_network_peer_round_trip_time_seconds'),
    values: valuesOf(metrics),
  };
}

function valuesOf(metrics: Metrics): Partial<Record<ValueName, number>> {
  const values: Partial<Record<ValueName, number>> = {};
  for (const [name, metric] of Object.entries(VALUES) as [ValueName, string][]) {
    const value = sumOf(metrics, metric);
    if (value !== undefined) values[name] = value;
  }
  return values;
}
