/**
 * One member's configuration, checked as etcd checks it. Durations are milliseconds, sizes bytes.
 *
 * Source of the rules: etcd v3.7.1 server/embed/config.go (Validate, ParseBootstrap).
 */
import { errorMessage, OperationError, UsageError } from '../../base/errors.ts';
import type { ServerTlsFiles } from '../../wire/transport/tls-files.ts';
import { LOG_LEVELS, type LogLevel } from '../log.ts';
import { openFeatures, type Features } from './feature-gates.ts';
import type { FlagName } from './flags.ts';
import { collectSettings, type SettingsSource } from './settings.ts';
import {
  allowedPeers,
  dialCertificate,
  tlsFiles,
  tlsLimits,
  type AllowedPeers,
  type DialCertificate,
  type TlsLimits,
} from './tls-settings.ts';
import { parseDurationMs, parseFlag, parseInitialCluster, parseUrls, parseWhole, type MemberUrl } from './values.ts';

export interface MemberConfig {
  readonly name: string;
  readonly dataDir: string;
  readonly walDir: string | undefined;
  readonly listenPeerUrls: readonly MemberUrl[];
  readonly listenClientUrls: readonly MemberUrl[];
  /** Where HTTP/1.1 is served in place of the client ports; empty where those serve both. */
  readonly listenClientHttpUrls: readonly MemberUrl[];
  readonly listenMetricsUrls: readonly MemberUrl[];
  readonly advertisePeerUrls: readonly string[];
  readonly advertiseClientUrls: readonly string[];
  /** Names with their peer URLs; holds this member. */
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  readonly initialClusterState: 'new' | 'existing';
  readonly initialClusterToken: string;
  readonly forceNewCluster: boolean;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly initialElectionTickAdvance: boolean;
  readonly preVote: boolean;
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  readonly maxSnapshots: number;
  readonly maxWals: number;
  /** 0 is etcd's default, a negative number none. */
  readonly quotaBytes: number;
  readonly backendBatchIntervalMs: number;
  readonly backendBatchOperations: number;
  /** A start rewrites the backend's file where so much of it is free; 0 is never. */
  readonly bootstrapDefragBytes: number;
  readonly maxTxnOperations: number;
  readonly maxRequestBytes: number;
  readonly maxConcurrentStreams: number;
  readonly keepaliveMinTimeMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  /** Undefined where auto-compaction is off. */
  readonly autoCompaction:
    | { readonly mode: 'periodic'; readonly retentionMs: number }
    | { readonly mode: 'revision'; readonly revisions: number }
    | undefined;
  readonly strictReconfigCheck: boolean;
  readonly maxLearners: number;
  readonly clientTls: ServerTlsFiles | undefined;
  readonly peerTls: ServerTlsFiles | undefined;
  readonly peerDialCertificate: DialCertificate | undefined;
  /** The member makes its own certificate where none is given. */
  readonly clientAutoTls: boolean;
  readonly peerAutoTls: boolean;
  readonly selfSignedValidityYears: number;
  readonly tlsLimits: TlsLimits;
  readonly allowedPeers: AllowedPeers;
  readonly enableGateway: boolean;
  readonly logLevel: LogLevel;
  readonly logOutputs: readonly string[];
  readonly extensiveMetrics: boolean;
  readonly progressNotifyIntervalMs: number;
  readonly warningApplyMs: number;
  readonly warningUnaryMs: number;
  readonly corruptCheckMs: number;
  readonly features: Features;
  readonly compactionBatchRevisions: number;
  readonly compactionSleepMs: number;
  readonly cors: readonly string[];
  readonly hostWhitelist: readonly string[];
}

/**
 * Reads and checks a member's configuration from the command line, the environment or a file. As etcd ends with 2 where a
 * flag's text cannot be read and with 1 where what it says is refused, this throws UsageError and OperationError.
 */
export function memberConfig(source: SettingsSource): MemberConfig {
  const { text, given } = collectSettings(source);
  const whole = (name: FlagName): number => parseWhole(name, text[name]);
  const flag = (name: FlagName): boolean => parseFlag(name, text[name]);
  const durationMs = (name: FlagName): number => parseDurationMs(name, text[name]);
  const urls = (name: FlagName): MemberUrl[] => parseUrls(name, text[name]);

  const name = text.name;
  const advertisePeerUrls = urls('initial-advertise-peer-urls').map((url) => url.href);
  if (given.has('listen-client-urls') && !given.has('advertise-client-urls')) {
    throw new OperationError('--advertise-client-urls is required when --listen-client-urls is set explicitly');
  }
  const initialCluster = given.has('initial-cluster')
    ? checked(() => parseInitialCluster(text['initial-cluster']))
    : new Map([[name, advertisePeerUrls]]);
  checkInitialCluster(name, initialCluster, advertisePeerUrls);

  const defragFlag = 'bootstrap-defrag-threshold-megabytes';
  const limits = tlsLimits(text['cipher-suites'], text['tls-min-version'], text['tls-max-version']);
  const read = (flagName: FlagName): string => text[flagName];
  const tlsOf = (prefix: '' | 'peer-'): ServerTlsFiles | undefined =>
    tlsFiles(
      prefix,
      {
        certFile: read(`${prefix}cert-file`),
        keyFile: read(`${prefix}key-file`),
        trustedCaFile: read(`${prefix}trusted-ca-file`),
        crlFile: read(prefix === '' ? 'client-crl-file' : 'peer-crl-file'),
        clientCertAuth: flag(`${prefix}client-cert-auth`),
        isAuto: flag(`${prefix}auto-tls`),
      },
      limits,
    );

  const config: MemberConfig = {
    name,
    dataDir: text['data-dir'] === '' ? `${name}.etcd` : text['data-dir'],
    walDir: text['wal-dir'] === '' ? undefined : text['wal-dir'],
    listenPeerUrls: listenUrls('listen-peer-urls', urls('listen-peer-urls')),
    listenClientUrls: listenUrls('listen-client-urls', urls('listen-client-urls')),
    listenClientHttpUrls: urls('listen-client-http-urls'),
    listenMetricsUrls: urls('listen-metrics-urls'),
    advertisePeerUrls,
    advertiseClientUrls: urls('advertise-client-urls').map((url) => url.href),
    initialCluster,
    initialClusterState: oneOf('initial-cluster-state', text['initial-cluster-state'], ['new', 'existing']),
    initialClusterToken: text['initial-cluster-token'],
    forceNewCluster: flag('force-new-cluster'),
    heartbeatMs: whole('heartbeat-interval'),
    electionMs: whole('election-timeout'),
    initialElectionTickAdvance: flag('initial-election-tick-advance'),
    preVote: flag('pre-vote'),
    snapshotCount: atLeast('snapshot-count', whole('snapshot-count'), 1),
    snapshotCatchupEntries: atLeast('snapshot-catchup-entries', whole('snapshot-catchup-entries'), 0),
    maxSnapshots: atLeast('max-snapshots', whole('max-snapshots'), 0),
    maxWals: atLeast('max-wals', whole('max-wals'), 0),
    quotaBytes: whole('quota-backend-bytes'),
    backendBatchIntervalMs: durationMs('backend-batch-interval') || 100,
    backendBatchOperations: whole('backend-batch-limit') || 10_000,
    bootstrapDefragBytes: 1024 * 1024 * atLeast(defragFlag, whole(defragFlag), 0),
    maxTxnOperations: atLeast('max-txn-ops', whole('max-txn-ops'), 1),
    maxRequestBytes: atLeast('max-request-bytes', whole('max-request-bytes'), 1),
    maxConcurrentStreams: atLeast('max-concurrent-streams', whole('max-concurrent-streams'), 1),
    keepaliveMinTimeMs: durationMs('grpc-keepalive-min-time'),
    keepaliveIntervalMs: durationMs('grpc-keepalive-interval'),
    keepaliveTimeoutMs: durationMs('grpc-keepalive-timeout'),
    autoCompaction: checked(() => autoCompaction(text['auto-compaction-mode'], text['auto-compaction-retention'])),
    strictReconfigCheck: flag('strict-reconfig-check'),
    maxLearners: atLeast('max-learners', whole('max-learners'), 1),
    clientTls: tlsOf(''),
    peerTls: tlsOf('peer-'),
    peerDialCertificate: dialCertificate(text['peer-client-cert-file'], text['peer-client-key-file']),
    clientAutoTls: flag('auto-tls'),
    peerAutoTls: flag('peer-auto-tls'),
    selfSignedValidityYears: atLeast('self-signed-cert-validity', whole('self-signed-cert-validity'), 1),
    tlsLimits: limits,
    allowedPeers: allowedPeers(text['peer-cert-allowed-cn'], text['peer-cert-allowed-hostname']),
    enableGateway: flag('enable-grpc-gateway'),
    logLevel: oneOf('log-level', text['log-level'], LOG_LEVELS),
    logOutputs: text['log-outputs'].split(','),
    extensiveMetrics: oneOf('metrics', text.metrics, ['basic', 'extensive']) === 'extensive',
    progressNotifyIntervalMs: durationMs('watch-progress-notify-interval'),
    warningApplyMs: durationMs('warning-apply-duration'),
    warningUnaryMs: durationMs('warning-unary-request-duration'),
    corruptCheckMs: durationMs('corrupt-check-time'),
    features: openFeatures(text['feature-gates'], {
      initialCorruptCheck: flag('experimental-initial-corrupt-check'),
      leaseCheckpoints: flag('experimental-enable-lease-checkpoint'),
      leaseCheckpointPersist: flag('experimental-enable-lease-checkpoint-persist'),
    }),
    compactionBatchRevisions: atLeast('compaction-batch-limit', whole('compaction-batch-limit'), 1),
    compactionSleepMs: durationMs('compaction-sleep-interval'),
    cors: text.cors.split(','),
    hostWhitelist: text['host-whitelist'].split(','),
  };
  oneOf('logger', text.logger, ['zap']);
  checkTimeouts(config);
  checkSchemes(config);
  return config;
}

function checkInitialCluster(
  name: string,
  members: ReadonlyMap<string, readonly string[]>,
  advertised: readonly string[],
): void {
  const own = members.get(name);
  if (own === undefined) {
    throw new OperationError(`couldn't find local name "${name}" in the initial cluster configuration`);
  }
  if ([...own].sort().join() !== [...advertised].sort().join()) {
    throw new OperationError(
      `--initial-cluster has ${name}=${own.join()} but --initial-advertise-peer-urls is ${advertised.join()}: they must be equal`,
    );
  }
}

function checkTimeouts(config: MemberConfig): void {
  atLeast('heartbeat-interval', config.heartbeatMs, 1);
  if (config.electionMs < 5 * config.heartbeatMs) {
    throw new OperationError(
      `--election-timeout[${config.electionMs}ms] should be at least as 5 times as --heartbeat-interval[${config.heartbeatMs}ms]`,
    );
  }
  if (config.electionMs > 50_000) {
    throw new OperationError(
      `--election-timeout[${config.electionMs}ms] is too long, and should be set less than 50000ms`,
    );
  }
}

function checkSchemes(config: MemberConfig): void {
  const hasClientTls = config.clientTls !== undefined || config.clientAutoTls;
  const hasPeerTls = config.peerTls !== undefined || config.peerAutoTls;
  const needs: [FlagName, readonly MemberUrl[], boolean, FlagName][] = [
    ['listen-client-urls', config.listenClientUrls, hasClientTls, 'cert-file'],
    ['listen-client-http-urls', config.listenClientHttpUrls, hasClientTls, 'cert-file'],
    ['listen-metrics-urls', config.listenMetricsUrls, hasClientTls, 'cert-file'],
    ['listen-peer-urls', config.listenPeerUrls, hasPeerTls, 'peer-cert-file'],
  ];
  for (const [name, listed, hasTls, certificate] of needs) {
    const secure = listed.find((url) => url.secure);
    if (secure !== undefined && !hasTls) {
      throw new OperationError(`--${name}: ${secure.href} needs a certificate: set --${certificate} and its key file`);
    }
  }
}

function listenUrls(name: FlagName, listed: MemberUrl[]): MemberUrl[] {
  if (listed.length === 0) throw new OperationError(`--${name} is empty: name at least one URL to listen on`);
  for (const url of listed) {
    const isAddress = url.host === 'localhost' || /^[\d.]+$/.test(url.host) || url.host.includes(':');
    if (!isAddress) throw new OperationError(`--${name}: expected IP in URL for binding (${url.href})`);
  }
  return listed;
}

function autoCompaction(mode: string, retention: string): MemberConfig['autoCompaction'] {
  const chosen = oneOf('auto-compaction-mode', mode, ['periodic', 'revision']);
  if (retention === '0' || retention === '') return undefined;
  if (chosen === 'revision') return { mode: 'revision', revisions: parseWhole('auto-compaction-retention', retention) };
  // A plain number counts hours.
  const retentionMs = /^\d+$/.test(retention)
    ? Number(retention) * 3_600_000
    : parseDurationMs('auto-compaction-retention', retention);
  return retentionMs === 0 ? undefined : { mode: 'periodic', retentionMs };
}

function oneOf<const T extends string>(name: FlagName, value: string, allowed: readonly T[]): T {
  const found = allowed.find((choice) => choice === value);
  if (found === undefined) throw new UsageError(`--${name}: '${value}' is none of ${allowed.join(', ')}`);
  return found;
}

function atLeast(name: FlagName, value: number, least: number): number {
  if (value >= least) return value;
  const message = `--${name}: ${value} is less than ${least}`;
  throw value < 0 ? new UsageError(message) : new OperationError(message);
}

/** For what etcd's flags take as any text, and its checks refuse later. */
function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new OperationError(errorMessage(error));
  }
}
