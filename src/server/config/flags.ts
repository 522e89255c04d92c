/**
 * etcd's flags, by name: what each takes, its default, and whether this server has what it sets.
 *
 * Source: etcd v3.4.23–v3.7.1 server/embed/config.go and server/etcdmain/config.go. A flag of etcd's that is not in this
 * table, or that is marked `refused`, is refused by name; it is never ignored.
 */
import { DEFAULT_MAX_REQUEST_BYTES } from '../../core/api/index.ts';

/** How a flag's text is read. Durations are Go durations (`100ms`), except where etcd itself takes milliseconds. */
export type FlagKind = 'text' | 'flag' | 'whole' | 'duration' | 'urls' | 'list';

export interface FlagSpec {
  readonly kind: FlagKind;
  /** The text that etcd's --help would show. */
  readonly initial: string;
  /** Why a value other than the default is not served; absent where it is. */
  readonly refused?: string;
}

const text = (initial = ''): FlagSpec => ({ kind: 'text', initial });
const flag = (initial: boolean): FlagSpec => ({ kind: 'flag', initial: String(initial) });
const whole = (initial: number): FlagSpec => ({ kind: 'whole', initial: String(initial) });
const duration = (initial: string): FlagSpec => ({ kind: 'duration', initial });
const urls = (initial: string): FlagSpec => ({ kind: 'urls', initial });
const list = (initial: string): FlagSpec => ({ kind: 'list', initial });
const refused = (spec: FlagSpec, reason: string): FlagSpec => ({ ...spec, refused: reason });

const NO_DISCOVERY = 'members are named with --initial-cluster; there is no discovery service';
const NO_V2 = 'the v2 API is not served';
const NO_PROXY = 'there is no proxy mode';

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
  'peer-cert-file': text(),
  'peer-key-file': text(),
  'peer-client-cert-auth': flag(false),
  'peer-trusted-ca-file': text(),
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
  'corrupt-check-time': duration('0s'),
  'experimental-initial-corrupt-check': flag(false),
  'feature-gates': list(''),
  'compaction-batch-limit': whole(1000),
  'compaction-sleep-interval': duration('10ms'),
  cors: list('*'),
  'host-whitelist': list('*'),
  'enable-v2': refused(flag(false), NO_V2),
  proxy: refused(text('off'), NO_PROXY),
  discovery: refused(text(), NO_DISCOVERY),
  'discovery-srv': refused(text(), NO_DISCOVERY),
  'discovery-srv-name': refused(text(), NO_DISCOVERY),
  'discovery-proxy': refused(text(), NO_DISCOVERY),
  'discovery-fallback': refused(text('proxy'), NO_DISCOVERY),
  'auth-token': refused(text('simple'), 'users and roles are not served yet'),
  'enable-pprof': refused(flag(false), 'there are no Go profiles to serve'),
  'unsafe-no-fsync': refused(flag(false), 'this server never answers before the fsync'),
} satisfies Record<string, FlagSpec>;

export type FlagName = keyof typeof FLAGS;

/** Names that older or newer etcd versions use for a flag of the table. */
const ALIASES: Readonly<Record<string, FlagName>> = {
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
