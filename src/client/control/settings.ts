/** What says how to reach an etcd: flags and the ETCDCTL_* variables that etcdctl reads, before any file is opened. */
import { readFileSync } from 'node:fs';
import { parseGoDurationMs } from '../../base/duration.ts';
import { OperationError, UsageError, errorMessage } from '../../base/errors.ts';
import { parseEndpoint, type Endpoint } from './endpoint.ts';

/** All optional: what is not set has etcdctl's default. */
export interface ConnectionSettings {
  readonly endpoints?: readonly string[] | undefined;
  /** Paths of PEM files. */
  readonly caCert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** `name:password`, or the name alone with `password` beside it. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly dialTimeoutMs?: number | undefined;
  readonly commandTimeoutMs?: number | undefined;
}

/** PEM contents. */
export interface TlsOptions {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
}

export interface ControlOptions {
  /** Tried in turn until one can be reached. */
  readonly endpoints: readonly (string | Endpoint)[];
  /** Makes endpoints without a scheme TLS ones. */
  readonly tls?: TlsOptions | undefined;
  readonly user?: { readonly name: string; readonly password: string } | undefined;
  /** For each unary call, the connection included. */
  readonly timeoutMs?: number | undefined;
  readonly dialTimeoutMs?: number | undefined;
}

/** etcdctl's defaults. Source: etcd v3.6 etcdctl/ctlv3/ctl.go. */
export const DEFAULT_ENDPOINT = '127.0.0.1:2379';
export const DEFAULT_DIAL_TIMEOUT_MS = 2000;
export const DEFAULT_COMMAND_TIMEOUT_MS = 5000;

/**
 * The settings that the ETCDCTL_* variables make.
 *
 * @throws UsageError for a value that etcdctl would refuse.
 */
export function settingsFromEnvironment(env: Readonly<Record<string, string | undefined>>): ConnectionSettings {
  const value = (name: string): string | undefined => env[`ETCDCTL_${name}`] || undefined;
  const duration = (name: string): number | undefined => {
    const text = value(name);
    return text === undefined ? undefined : parseDuration(text, `ETCDCTL_${name}`);
  };
  if (value('API') !== undefined && value('API') !== '3') {
    throw new UsageError(`ETCDCTL_API is ${value('API')}: only the v3 API exists here`);
  }
  return {
    endpoints: value('ENDPOINTS')
      ?.split(',')
      .map((text) => text.trim()),
    caCert: value('CACERT'),
    cert: value('CERT'),
    key: value('KEY'),
    insecureSkipTlsVerify: parseBoolean(value('INSECURE_SKIP_TLS_VERIFY'), 'ETCDCTL_INSECURE_SKIP_TLS_VERIFY'),
    user: value('USER'),
    password: value('PASSWORD'),
    dialTimeoutMs: duration('DIAL_TIMEOUT'),
    commandTimeoutMs: duration('COMMAND_TIMEOUT'),
  };
}

/**
 * Settings checked, and their files read.
 *
 * @throws UsageError where settings contradict each other, OperationError for a file that cannot be read.
 */
export function controlOptions(settings: ConnectionSettings): ControlOptions {
  const { cert, key } = settings;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError(
      `--${cert ? 'cert' : 'key'} without --${cert ? 'key' : 'cert'}: a client certificate needs both`,
    );
  }
  const wantsTls = settings.caCert !== undefined || cert !== undefined || settings.insecureSkipTlsVerify === true;
  return {
    endpoints: (settings.endpoints ?? [DEFAULT_ENDPOINT]).map(parseEndpoint),
    tls: wantsTls
      ? {
          ca: readPem(settings.caCert, '--cacert'),
          cert: readPem(cert, '--cert'),
          key: readPem(key, '--key'),
          insecureSkipVerify: settings.insecureSkipTlsVerify,
        }
      : undefined,
    user: settings.user === undefined ? undefined : parseUser(settings.user, settings.password),
    timeoutMs: settings.commandTimeoutMs,
    dialTimeoutMs: settings.dialTimeoutMs,
  };
}

function parseUser(user: string, password: string | undefined): { name: string; password: string } {
  const colon = user.indexOf(':');
  if (password !== undefined) return { name: user, password };
  if (colon < 1) throw new UsageError(`--user '${user}' has no password: name:password is the form`);
  return { name: user.slice(0, colon), password: user.slice(colon + 1) };
}

function readPem(path: string | undefined, flag: string): Buffer | undefined {
  if (path === undefined) return undefined;
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (error) {
    throw new OperationError(`${flag} ${path} cannot be read: ${errorMessage(error)}`);
  }
  if (!pem.includes('-----BEGIN ')) throw new UsageError(`${flag} ${path} is not a PEM file`);
  return pem;
}

/** Go's duration format, `1m30s`, as etcd's tools take it; positive. */
export function parseDuration(text: string, what: string): number {
  const durationMs = parseGoDurationMs(text);
  if (durationMs === undefined) {
    throw new UsageError(`${what} is '${text}': a duration such as 500ms, 5s or 1m30s is wanted`);
  }
  if (durationMs === 0) throw new UsageError(`${what} is '${text}': it must be longer than nothing`);
  return durationMs;
}

function parseBoolean(text: string | undefined, what: string): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new UsageError(`${what} is '${text}': true or false is wanted`);
}
