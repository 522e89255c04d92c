/**
 * The metrics of a member under etcd's names and buckets.
 *
 * Source: contract section 6 (etcd server/etcdserver/metrics.go, server/storage/wal/metrics.go and others).
 */
import { ApplyDurations } from './apply-durations.ts';
import { exponentialBuckets, type Counter, type Gauge, type Histogram, madeOnce, MetricsRegistry } from './registry.ts';
import { receiveFailures } from './watch-metrics.ts';

const SECONDS_FROM_1_MS = exponentialBuckets(0.001, 2, 14);
const SECONDS_FROM_10_MS = exponentialBuckets(0.01, 2, 15);

export interface MemberMetrics {
  readonly registry: MetricsRegistry;
  readonly walFsyncSeconds: Histogram;
  readonly walWriteSeconds: Histogram;
  readonly walWriteBytes: Gauge;
  readonly backendCommitSeconds: Histogram;
  readonly backendDefragSeconds: Histogram;
  readonly backendSnapshotSeconds: Histogram;
  readonly snapFsyncSeconds: Histogram;
  readonly snapSaveSeconds: Histogram;
  readonly snapEncodeSeconds: Histogram;
  readonly snapDbFsyncSeconds: Histogram;
  readonly snapDbSaveSeconds: Histogram;
  readonly defragInFlight: Gauge;
  readonly hasLeader: Gauge;
  readonly isLeader: Gauge;
  readonly leaderChanges: Counter;
  readonly proposalsCommitted: Gauge;
  readonly proposalsApplied: Gauge;
  readonly heartbeatSendFailures: Counter;
  readonly slowApplies: Counter;
  readonly slowReadIndexes: Counter;
  readonly readIndexesFailed: Counter;
  readonly applySeconds: ApplyDurations;
  readonly rangeSeconds: Histogram;
  readonly failedRangeSeconds: Histogram;
  readonly healthSuccess: Counter;
  readonly healthFailures: Counter;
  readonly learnerPromoteSuccesses: Counter;
  /** By the reason that the caller is told. */
  readonly learnerPromoteFailures: (reason: string) => Counter;
  readonly streamReceiveFailures: (api: 'watch' | 'lease-keepalive') => Counter;
  readonly snapshotApplyInProgress: Gauge;
  readonly mvccRanges: Counter;
  readonly mvccPuts: Counter;
  readonly mvccDeletes: Counter;
  readonly mvccTxns: Counter;
  readonly mvccEvents: Counter;
  readonly mvccPutBytes: Gauge;
  readonly leasesGranted: Counter;
  readonly leasesRevoked: Counter;
  readonly leasesRenewed: Counter;
  readonly leaseTtlSeconds: Histogram;
  readonly hashSeconds: Histogram;
  readonly hashRevSeconds: Histogram;
}

export function memberMetrics(): MemberMetrics {
  const registry = new MetricsRegistry();
  const counter = (name: string, help: string): Counter => registry.counter(name, help);
  const gauge = (name: string, help: string): Gauge => registry.gauge(name, help);
  const histogram = (name: string, help: string, buckets = SECONDS_FROM_1_MS): Histogram =>
    registry.histogram(name, help, buckets);
  const ranges = (success: string): Histogram =>
    registry.histogram(
      'etcd_server_range_duration_seconds',
      'How long the store took to read a range.',
      exponentialBuckets(0.0001, 2, 20),
      { success },
    );
  return {
    registry,
    walFsyncSeconds: histogram(
      'etcd_disk_wal_fsync_duration_seconds',
      'The latency distributions of fsync called by WAL.',
    ),
    walWriteSeconds: histogram(
      'etcd_disk_wal_write_duration_seconds',
      'The latency distributions of write called by WAL.',
    ),
    walWriteBytes: gauge('etcd_disk_wal_write_bytes_total', 'Total number of bytes written in WAL.'),
    backendCommitSeconds: histogram(
      'etcd_disk_backend_commit_duration_seconds',
      'The latency distributions of commit called by backend.',
    ),
    backendDefragSeconds: histogram(
      'etcd_disk_backend_defrag_duration_seconds',
      'The latency distribution of backend defragmentation.',
      exponentialBuckets(0.1, 2, 13),
    ),
    backendSnapshotSeconds: histogram(
      'etcd_disk_backend_snapshot_duration_seconds',
      'The latency distribution of backend snapshots.',
      exponentialBuckets(0.01, 2, 17),
    ),
    snapFsyncSeconds: histogram(
      'etcd_snap_fsync_duration_seconds',
      'The latency distributions of fsync called by snap.',
    ),
    snapSaveSeconds: histogram('etcd_debugging_snap_save_total_duration_seconds', 'How long saving a mark took.'),
    snapEncodeSeconds: histogram(
      'etcd_debugging_snap_save_marshalling_duration_seconds',
      'How long encoding a mark took.',
    ),
    snapDbFsyncSeconds: histogram(
      'etcd_snap_db_fsync_duration_seconds',
      'How long making a received snapshot durable took.',
    ),
    snapDbSaveSeconds: histogram(
      'etcd_snap_db_save_total_duration_seconds',
      'How long it took from the first byte of a received snapshot until it was durable.',
      exponentialBuckets(0.1, 2, 10),
    ),
    defragInFlight: gauge('etcd_disk_defrag_inflight', 'Whether defragmentation is running: 1 is yes, 0 is no.'),
    hasLeader: gauge('etcd_server_has_leader', 'Whether or not a leader exists. 1 is existence, 0 is not.'),
    isLeader: gauge('etcd_server_is_leader', 'Whether or not this member is a leader. 1 if is, 0 otherwise.'),
    leaderChanges: counter('etcd_server_leader_changes_seen_total', 'The number of leader changes seen.'),
    proposalsCommitted: gauge('etcd_server_proposals_committed_total', 'The index of the last committed proposal.'),
    proposalsApplied: gauge('etcd_server_proposals_applied_total', 'The index of the last applied proposal.'),
    heartbeatSendFailures: counter(
      'etcd_server_heartbeat_send_failures_total',
      'The total number of leader heartbeats sent late (likely overloaded from slow disk).',
    ),
    slowApplies: counter('etcd_server_slow_apply_total', 'The total number of slow apply requests.'),
    slowReadIndexes: counter('etcd_server_slow_read_indexes_total', 'The total number of slow read index requests.'),
    readIndexesFailed: counter('etcd_server_read_indexes_failed_total', 'The total number of failed read indexes.'),
    applySeconds: new ApplyDurations(registry),
    rangeSeconds: ranges('true'),
    failedRangeSeconds: ranges('false'),
    healthSuccess: counter('etcd_server_health_success', 'The total number of successful health checks.'),
    healthFailures: counter('etcd_server_health_failures', 'The total number of failed health checks.'),
    learnerPromoteSuccesses: counter(
      'etcd_server_learner_promote_successes',
      'The total number of successful learner promotions while this member is leader.',
    ),
    learnerPromoteFailures: madeOnce((Reason) =>
      registry.counter(
        'etcd_server_learner_promote_failures',
        'How often a learner was not promoted while this member led, by the reason.',
        { Reason },
      ),
    ),
    streamReceiveFailures: receiveFailures(registry),
    mvccRanges: counter('etcd_mvcc_range_total', 'Total number of ranges seen by this member.'),
    mvccPuts: counter('etcd_mvcc_put_total', 'Total number of puts seen by this member.'),
    mvccDeletes: counter('etcd_mvcc_delete_total', 'Total number of deletes seen by this member.'),
    mvccTxns: counter('etcd_mvcc_txn_total', 'Total number of txns seen by this member.'),
    mvccEvents: counter('etcd_debugging_mvcc_events_total', 'Total number of events sent by this member.'),
    mvccPutBytes: gauge(
      'etcd_debugging_mvcc_total_put_size_in_bytes',
      'The total size of put kv pairs seen by this member.',
    ),
    leasesGranted: counter('etcd_debugging_lease_granted_total', 'The total number of granted leases.'),
    leasesRevoked: counter('etcd_debugging_lease_revoked_total', 'The total number of revoked leases.'),
    leasesRenewed: counter('etcd_debugging_lease_renewed_total', 'The number of renewed leases seen by the leader.'),
    leaseTtlSeconds: histogram(
      'etcd_debugging_lease_ttl_total',
      'Bucketed histogram of lease TTLs.',
      exponentialBuckets(1, 2, 24),
    ),
    hashSeconds: histogram(
      'etcd_mvcc_hash_duration_seconds',
      'The latency distribution of hashing the whole backend.',
      SECONDS_FROM_10_MS,
    ),
    hashRevSeconds: histogram(
      'etcd_mvcc_hash_rev_duration_seconds',
      'The latency distribution of hashing the keys up to a revision.',
      SECONDS_FROM_10_MS,
    ),
    snapshotApplyInProgress: gauge(
      'etcd_server_snapshot_apply_in_progress_total',
      '1 if the server is applying an incoming snapshot, 0 if none.',
    ),
  };
}
