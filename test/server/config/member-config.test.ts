import { describe, expect, it } from 'vitest';
import { OperationError, UsageError } from '../../../src/base/errors.ts';
import { memberConfig, type MemberConfig } from '../../../src/server/config/member-config.ts';

const NO_FILE = (): never => {
  throw new Error('no file was named');
};

function configure(argv: string[], env: Record<string, string> = {}): MemberConfig {
  return memberConfig({ argv, env, readConfigFile: NO_FILE });
}

describe('memberConfig', () => {
  it('has the defaults of etcd', () => {
    const config = configure([]);
    expect(config).toMatchObject({
      name: 'default',
      dataDir: 'default.etcd',
      heartbeatMs: 100,
      electionMs: 1000,
      quotaBytes: 0,
      maxRequestBytes: 1572864,
      maxTxnOperations: 128,
      backendBatchIntervalMs: 100,
      backendBatchOperations: 10000,
      autoCompaction: undefined,
    });
    expect(config.listenClientUrls[0]).toMatchObject({ host: 'localhost', port: 2379, secure: false });
  });

  it('knows a flag by its older name, on the command line and in the environment, but not by both at once', () => {
    const [older, own] = ['--experimental-warning-unary-request-duration=1s', '--warning-unary-request-duration=2s'];
    expect(configure([older]).warningUnaryMs).toBe(1000);
    expect(configure([older, older]).warningUnaryMs).toBe(1000);
    for (const both of [
      [older, own],
      [own, older],
    ]) {
      expect(() => configure(both)).toThrow(/use only --warning-unary-request-duration$/);
      expect(() => configure(both)).toThrow(OperationError);
    }
    const env = { ETCD_EXPERIMENTAL_WARNING_UNARY_REQUEST_DURATION: '3s' };
    expect(configure([], env).warningUnaryMs).toBe(3000);
    expect(configure([], { ...env, ETCD_WARNING_UNARY_REQUEST_DURATION: '4s' }).warningUnaryMs).toBe(4000);
    expect(configure([own], env).warningUnaryMs).toBe(2000);
  });

  it('reads the flag syntax of Go', () => {
    const config = configure([
      '-name=m1',
      '--data-dir',
      '/d',
      '--force-new-cluster',
      '--pre-vote=false',
      '--initial-cluster',
      'm1=http://localhost:2380,m2=http://127.0.0.1:2',
    ]);
    expect(config).toMatchObject({ name: 'm1', dataDir: '/d', forceNewCluster: true, preVote: false });
    expect([...config.initialCluster.keys()]).toEqual(['m1', 'm2']);
  });

  it('lets the command line win over the environment', () => {
    const env = { ETCD_NAME: 'from-env', ETCD_HEARTBEAT_INTERVAL: '50' };
    expect(configure([], env)).toMatchObject({ name: 'from-env', heartbeatMs: 50 });
    expect(configure(['--name', 'from-line'], env)).toMatchObject({ name: 'from-line', heartbeatMs: 50 });
  });

  it('takes a config file alone, with durations in nanoseconds and TLS in sections', () => {
    const file = {
      name: 'filed',
      'data-dir': '/var/lib/etcd',
      'watch-progress-notify-interval': 5_000_000_000,
      'client-transport-security': { 'cert-file': 'c.pem', 'key-file': 'k.pem', 'trusted-ca-file': 'ca.pem' },
    };
    const config = memberConfig({
      argv: ['--config-file', 'etcd.yaml', '--name', 'ignored'],
      env: { ETCD_NAME: 'ignored too' },
      readConfigFile: (path) => (path === 'etcd.yaml' ? file : undefined),
    });
    expect(config).toMatchObject({ name: 'filed', dataDir: '/var/lib/etcd', progressNotifyIntervalMs: 5000 });
    expect(config.clientTls).toEqual({
      certFile: 'c.pem',
      keyFile: 'k.pem',
      trustedCaFile: 'ca.pem',
      clientCertAuth: true,
    });
  });

  it('reads auto-compaction in both modes', () => {
    expect(configure(['--auto-compaction-retention', '8']).autoCompaction).toEqual({
      mode: 'periodic',
      retentionMs: 28_800_000,
    });
    expect(configure(['--auto-compaction-retention', '5m']).autoCompaction).toEqual({
      mode: 'periodic',
      retentionMs: 300_000,
    });
    expect(configure(['--auto-compaction-mode=revision', '--auto-compaction-retention=1000']).autoCompaction).toEqual({
      mode: 'revision',
      revisions: 1000,
    });
  });

  it.each([
    [['--nmae', 'x'], 'flag provided but not defined: --nmae'],
    [['--name'], 'flag needs an argument: --name'],
    [['--enable-v2'], '--enable-v2=true is not supported: the v2 API is not served'],
    [['--discovery', 'https://x'], '--discovery=https://x is not supported'],
    [['--heartbeat-interval', 'fast'], "--heartbeat-interval: 'fast' is not a whole number"],
    [['--snapshot-count', '-1'], '--snapshot-count: -1 is less than 1'],
    [['--watch-progress-notify-interval', '5'], "'5' is no duration"],
    [['--listen-peer-urls', 'localhost:2380'], 'is no member URL'],
    [['--initial-cluster-state', 'old'], "'old' is none of new, existing"],
    [['--log-level', 'loud'], "'loud' is none of"],
  ])('cannot read %j, and names it', (argv, message) => {
    expect(() => configure(argv)).toThrow(UsageError);
    expect(() => configure(argv)).toThrow(message);
  });

  it.each([
    [['stray'], "unexpected argument 'stray'"],
    [['--heartbeat-interval', '0'], '--heartbeat-interval: 0 is less than 1'],
    [['--election-timeout', '300'], '--election-timeout[300ms] should be at least as 5 times'],
    [['--election-timeout', '60000'], 'is too long'],
    [['--auto-compaction-mode', 'sometimes'], "'sometimes' is none of periodic, revision"],
    [['--auto-compaction-retention', 'long'], "'long' is no duration"],
    [['--listen-client-urls', 'http://127.0.0.1:1'], '--advertise-client-urls is required'],
    [['--listen-peer-urls', 'http://example.com:1'], 'expected IP in URL for binding'],
    [['--initial-cluster', 'nonsense'], "'nonsense' is not name=url"],
    [['--initial-cluster', 'a=http://localhost:2380'], 'couldn\'t find local name "default"'],
    [['--initial-cluster', 'default=http://localhost:1'], 'they must be equal'],
    [['--cert-file', 'c.pem'], '--cert-file and --key-file are set together'],
    [['--client-cert-auth'], '--client-cert-auth needs --cert-file'],
    [['--listen-peer-urls', 'https://127.0.0.1:1'], 'needs a certificate'],
    [['--listen-metrics-urls', 'https://127.0.0.1:1'], 'needs a certificate'],
  ])('refuses %j by name', (argv, message) => {
    expect(() => configure(argv)).toThrow(OperationError);
    expect(() => configure(argv)).toThrow(message);
  });

  it.each(['nmae', 'constructor', 'toString'])('refuses the unknown key %s of a file by name', (key) => {
    const read = (): unknown => ({ [key]: 'x' });
    expect(() => memberConfig({ argv: ['--config-file=f.yaml'], env: {}, readConfigFile: read })).toThrow(
      `f.yaml: unknown key '${key}'`,
    );
  });
});
