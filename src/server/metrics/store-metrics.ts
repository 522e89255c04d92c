/** What the store and the backend tell of themselves, read at scrape time. Names: contract section 6. */
import { AlarmType } from '../../core/api/index.ts';
import { alarmName } from '../handlers/alarm-text.ts';
import { hexId } from '../membership/member.ts';
import type { Member } from '../member/member.ts';
import { ETCD_CLUSTER_VERSION, ETCD_VERSION } from '../version.ts';
import type { MetricsRegistry } from './registry.ts';

export function exportStoreMetrics(registry: MetricsRegistry, member: Member): void {
  const one = (name: string, help: string, labels: Readonly<Record<string, string>>): void =>
    registry.read(name, help, 'gauge', () => 1, labels);
  one('etcd_server_version', 'Which version is running. 1 for the label with current version.', {
    server_version: ETCD_VERSION,
  });
  one('etcd_cluster_version', 'Which version is running. 1 for the label with current cluster version.', {
    cluster_version: ETCD_CLUSTER_VERSION.split('.').slice(0, 2).join('.'),
  });
  one('etcd_server_id', 'Server or member ID in hexadecimal format. 1 for the label with current ID.', {
    server_id: hexId(member.parts.id),
  });
  const gauge = (name: string, help: string, value: () => number): void => registry.read(name, help, 'gauge', value);
  gauge('etcd_server_is_learner', 'Whether or not this member is a learner. 1 if is, 0 otherwise.', () => {
    return member.isLearner ? 1 : 0;
  });
  const { backend } = member.parts;
  gauge(
    'etcd_mvcc_db_total_size_in_bytes',
    'Total size of the underlying database physically allocated in bytes.',
    () => backend.sizeBytes,
  );
  gauge(
    'etcd_mvcc_db_total_size_in_use_in_bytes',
    'Total size of the underlying database logically in use in bytes.',
    () => backend.sizeInUseBytes,
  );
  gauge('etcd_server_quota_backend_bytes', 'Current backend storage quota size in bytes.', () => {
    const { quotaBytes } = member.store;
    return Number.isFinite(quotaBytes) ? quotaBytes : 0;
  });
  gauge('etcd_debugging_mvcc_keys_total', 'Total number of keys.', () => member.store.liveKeys);
  gauge('etcd_debugging_mvcc_current_revision', 'The current revision of store.', () => member.store.currentRevision);
  gauge('etcd_debugging_mvcc_compact_revision', 'The revision of the last compaction in store.', () => {
    return member.store.compactRevision;
  });
  gauge('etcd_server_proposals_pending', 'The current number of pending proposals to commit.', () => {
    return member.proposals.pending;
  });
  const own = hexId(member.parts.id);
  registry.present('etcd_network_known_peers', 'The members that this one knows of, itself among them.', () =>
    member.parts.membership.list().map(({ id }) => ({ Local: own, Remote: hexId(id) })),
  );
  registry.present('etcd_debugging_server_alarms', 'The alarms that are raised, by member and type.', () =>
    member.store.alarms
      .list(AlarmType.NONE)
      .map(({ memberId, alarm }) => ({ alarm_type: alarmName(alarm), server_id: hexId(memberId) })),
  );
  registry.read(
    'etcd_server_proposals_failed_total',
    'The total number of failed proposals seen.',
    'counter',
    () => member.proposals.failures,
  );
}
