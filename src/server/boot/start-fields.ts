/** How a member is configured, as etcd tells it in the first line of its log and under etcd's keys. */
import type { MemberConfig } from '../config/member-config.ts';
import type { LogFields } from '../log.ts';
import { ETCD_VERSION } from '../version.ts';

export function startFields(config: MemberConfig, ownVersion: string): LogFields {
  const hrefs = (urls: MemberConfig['listenPeerUrls']): string[] => urls.map(({ href }) => href);
  const cluster = [...config.initialCluster].flatMap(([name, urls]) => urls.map((url) => `${name}=${url}`));
  return {
    'etcd-version': ETCD_VERSION,
    'etcdmark-version': ownVersion,
    name: config.name,
    'data-dir': config.dataDir,
    'wal-dir': config.walDir,
    'heartbeat-interval': `${config.heartbeatMs}ms`,
    'election-timeout': `${config.electionMs}ms`,
    'initial-election-tick-advance': config.initialElectionTickAdvance,
    'pre-vote': config.preVote,
    'snapshot-count': config.snapshotCount,
    'snapshot-catchup-entries': config.snapshotCatchupEntries,
    'max-snapshots': config.maxSnapshots,
    'max-wals': config.maxWals,
    'initial-advertise-peer-urls': config.advertisePeerUrls,
    'listen-peer-urls': hrefs(config.listenPeerUrls),
    'advertise-client-urls': config.advertiseClientUrls,
    'listen-client-urls': hrefs(config.listenClientUrls),
    'listen-client-http-urls': hrefs(config.listenClientHttpUrls),
    'listen-metrics-urls': hrefs(config.listenMetricsUrls),
    'initial-cluster': cluster.join(),
    'initial-cluster-state': config.initialClusterState,
    'initial-cluster-token': config.initialClusterToken,
    'force-new-cluster': config.forceNewCluster,
    'quota-backend-bytes': Number.isFinite(config.quotaBytes) ? config.quotaBytes : -1,
    'max-request-bytes': config.maxRequestBytes,
    'strict-reconfig-check': config.strictReconfigCheck,
    'auto-compaction': config.autoCompaction,
    'corrupt-check-time-interval': `${config.corruptCheckMs}ms`,
    'initial-corrupt-check': config.features.initialCorruptCheck,
  };
}
