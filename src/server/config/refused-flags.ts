/**
 * etcd's flags that are known here and not served: their default is taken, any other value is refused with the reason.
 *
 * Source: `etcd --help` of 3.4.23, 3.5.35, 3.6.16 and 3.7.3.
 */
import { duration, flag, list, text, whole, type FlagSpec } from './flag-spec.ts';

function all<N extends string>(reason: string, specs: Record<N, FlagSpec>): Record<N, FlagSpec> {
  for (const [name, spec] of Object.entries<FlagSpec>(specs)) specs[name as N] = { ...spec, refused: reason };
  return specs;
}

export const REFUSED_FLAGS = {
  ...all('members are named with --initial-cluster; there is no discovery service', {
    discovery: text(),
    'discovery-srv': text(),
    'discovery-srv-name': text(),
    'discovery-proxy': text(),
    'discovery-fallback': text('exit'),
    'discovery-token': text(),
    'discovery-endpoints': list(''),
    'discovery-dial-timeout': duration('2s'),
    'discovery-request-timeout': duration('5s'),
    'discovery-keepalive-time': duration('2s'),
    'discovery-keepalive-timeout': duration('6s'),
    'discovery-insecure-transport': flag(true),
    'discovery-insecure-skip-tls-verify': flag(false),
    'discovery-cert': text(),
    'discovery-key': text(),
    'discovery-cacert': text(),
    'discovery-user': text(),
    'discovery-password': text(),
  }),
  ...all('the v2 API is not served', {
    'enable-v2': flag(false),
    'experimental-enable-v2v3': text(),
    'v2-deprecation': text('write-only'),
  }),
  ...all('there is no proxy mode', {
    proxy: text('off'),
    'proxy-failure-wait': whole(5000),
    'proxy-refresh-interval': whole(30_000),
    'proxy-dial-timeout': whole(1000),
    'proxy-write-timeout': whole(5000),
    'proxy-read-timeout': whole(0),
  }),
  ...all('this server does not dial its own client port', {
    'client-cert-file': text(),
    'client-key-file': text(),
  }),
  ...all('a client’s certificate needs no name', {
    'client-cert-allowed-hostname': text(),
    'peer-skip-client-san-verification': flag(false),
  }),
  ...all('users and roles are not served yet', {
    'auth-token': text('simple'),
    'bcrypt-cost': whole(10),
    'auth-token-ttl': whole(300),
  }),
  ...all('log lines are JSON, and whoever reads them keeps them', {
    'log-format': text('json'),
    'log-package-levels': text(),
    'enable-log-rotation': flag(false),
    'log-rotation-config-json': text(
      '{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}',
    ),
  }),
  ...all('there is no tracing', {
    'enable-distributed-tracing': flag(false),
    'distributed-tracing-address': text('localhost:4317'),
    'distributed-tracing-service-name': text('etcd'),
    'distributed-tracing-instance-id': text(),
    'distributed-tracing-sampling-rate': whole(0),
  }),
  ...all('the backend is not bbolt', {
    'backend-bbolt-freelist-type': text('map'),
    'memory-mlock': flag(false),
    'experimental-txn-mode-write-with-shared-buffer': flag(true),
  }),
  ...all('there is no feature to switch', {
    'experimental-compact-hash-check-enabled': flag(false),
    'compact-hash-check-time': duration('1m'),
    'experimental-stop-grpc-service-on-defrag': flag(false),
    'downgrade-check-time': duration('5s'),
  }),
  ...all('sockets are as the system opens them', {
    'socket-reuse-port': flag(false),
    'socket-reuse-address': flag(false),
    'raft-read-timeout': duration('5s'),
    'raft-write-timeout': duration('5s'),
  }),
  ...all('it is --log-level=debug now', { debug: flag(false) }),
  ...all('there are no Go profiles to serve', { 'enable-pprof': flag(false) }),
  ...all('this server never answers before the fsync', { 'unsafe-no-fsync': flag(false) }),
} satisfies Record<string, FlagSpec>;
