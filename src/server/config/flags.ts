/**
 * etcd's flags, by name: what each takes, its default, and whether this server has what it sets.
 *
 * Source: `etcd --help` of 3.4.23, 3.5.35, 3.6.16 and 3.7.3. A flag that is not in this table, or that is marked
 * `refused`, is refused by name; it is never ignored.
 */
import { DEFAULT_MAX_REQUEST_BYTES } from '../../core/api/index.ts';
import { duration, flag, list, text, urls, whole, type FlagSpec } from './flag-spec.ts';
import { REFUSED_FLAGS } from './refused-flags.ts';

export const FLAGS = {
  name: text('default'),
  'data-dir': text(),
  'wal-dir': text(),
  'listen-peer-urls': urls('http://localhost:2380'),
  'listen-client-urls': urls('http://localhost:2379'),
  'listen-client-http-urls': urls(''),
  'listen-metrics-urls': urls(''),
  'initial-advertise-peer-urls': urls('http://localhost:2380'),
  'advertise-client-urls': urls('http://localhost:2379'),
  'initial-cluster': text(),
  'initial-cluster-state': text('new'),
  'initial-cluster-token': text('etcd-cluster'),
  'force-new-cluster': flag(false),
  'heartbeat-interval': whole(100),
  'election-timeout': whole(1000),
  'initial-election-tick-advance': flag(true),
  'pre-vote': flag(true),
  'snapshot-count': whole(10_000),
  'snapshot-catchup-entries': whole(5000),
  'max-snapshots': whole(5),
  'max-wals': whole(5),
  'quota-backend-bytes': whole(0),
  'backend-batch-interval': duration('0s'),
  'backend-batch-limit': whole(0),
  'bootstrap-defrag-threshold-megabytes': whole(0),
  'max-txn-ops': whole(128),
  'max-request-bytes': whole(DEFAULT_MAX_REQUEST_BYTES),
  'max-concurrent-streams': whole(4_294_967_295),
  'grpc-keepalive-min-time': duration('5s'),
  'grpc-keepalive-interval': duration('2h0m0s'),
  'grpc-keepalive-timeout': duration('20s'),
  'auto-compaction-mode': text('periodic'),
  'auto-compaction-retention': text('0'),
  'strict-reconfig-check': flag(true),
  'max-learners': whole(1),
  'cert-file': text(),
  'key-file': text(),
  'client-cert-auth': flag(false),
  'trusted-ca-file': text(),
  'client-crl-file': text(),
  'peer-cert-file': text(),
  'peer-key-file': text(),
  'peer-client-cert-file': text(),
  'peer-client-key-file': text(),
  'peer-client-cert-auth': flag(false),
  'peer-trusted-ca-file': text(),
  'peer-crl-file': text(),
  'peer-cert-allowed-cn': list(''),
  'peer-cert-allowed-hostname': list(''),
  'auto-tls': flag(false),
  'peer-auto-tls': flag(false),
  'self-signed-cert-validity': whole(1),
  'cipher-suites': list(''),
  'tls-min-version': text('TLS1.2'),
  'tls-max-version': text(),
  'enable-grpc-gateway': flag(true),
  'log-level': text('info'),
  logger: text('zap'),
  'log-outputs': list('default'),
  metrics: text('basic'),
  'watch-progress-notify-interval': duration('10m0s'),
  'warning-apply-duration': duration('100ms'),
  'warning-unary-request-duration': duration('300ms'),
  'corrupt-check-time': duration('0s'),
  'experimental-initial-corrupt-check': flag(false),
  'experimental-enable-lease-checkpoint': flag(false),
  'experimental-enable-lease-checkpoint-persist': flag(false),
  'feature-gates': list(''),
  'compaction-batch-limit': whole(1000),
  'compaction-sleep-interval': duration('10ms'),
  cors: list('*'),
  'host-whitelist': list('*'),
  ...REFUSED_FLAGS,
} satisfies Record<string, FlagSpec>;

export type FlagName = keyof typeof FLAGS;

/** Names that older or newer etcd versions use for a flag of the table. */
export const ALIASES: Readonly<Record<string, FlagName>> = {
  'experimental-backend-bbolt-freelist-type': 'backend-bbolt-freelist-type',
  'experimental-bootstrap-defrag-threshold-megabytes': 'bootstrap-defrag-threshold-megabytes',
  'experimental-compact-hash-check-time': 'compact-hash-check-time',
  'experimental-distributed-tracing-address': 'distributed-tracing-address',
  'experimental-distributed-tracing-instance-id': 'distributed-tracing-instance-id',
  'experimental-distributed-tracing-sampling-rate': 'distributed-tracing-sampling-rate',
  'experimental-distributed-tracing-service-name': 'distributed-tracing-service-name',
  'experimental-downgrade-check-time': 'downgrade-check-time',
  'experimental-enable-distributed-tracing': 'enable-distributed-tracing',
  'experimental-memory-mlock': 'memory-mlock',
  'experimental-peer-skip-client-san-verification': 'peer-skip-client-san-verification',
  'experimental-warning-unary-request-duration': 'warning-unary-request-duration',
  'experimental-snapshot-catchup-entries': 'snapshot-catchup-entries',
  'experimental-watch-progress-notify-interval': 'watch-progress-notify-interval',
  'experimental-warning-apply-duration': 'warning-apply-duration',
  'experimental-corrupt-check-time': 'corrupt-check-time',
  'experimental-compaction-batch-limit': 'compaction-batch-limit',
  'experimental-compaction-sleep-interval': 'compaction-sleep-interval',
};

/** The flag of the table that `name` means, or undefined. */
export function findFlag(name: string): FlagName | undefined {
  if (Object.hasOwn(FLAGS, name)) return name as FlagName;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}
