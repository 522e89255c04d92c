/** Options that several commands share, and how their texts are read. */
import { statSync } from 'node:fs';
import type { Argv } from 'yargs';
import { parseGoDurationMs } from '../base/duration.ts';
import { UsageError } from '../base/errors.ts';
import { controlOptions, settingsFromEnvironment, type ConnectionSettings } from '../client/control/index.ts';
import type { TargetSpec } from '../cluster/index.ts';
import type { CliContext } from './context.ts';

/** Which etcd is driven. */
export interface TargetArguments {
  readonly members: number | undefined;
  readonly etcd: string | undefined;
  readonly endpoints: string | undefined;
  readonly cacert: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly insecureSkipTlsVerify: boolean | undefined;
  readonly user: string | undefined;
  readonly dataRoot: string | undefined;
  readonly etcdFlag: string[] | undefined;
  readonly diskModel: string | undefined;
}

/** Three members tolerate the loss of one, which is what Kubernetes runs. */
export const DEFAULT_MEMBERS = 3;
/** etcd's advice is seven at most; nine leave room to see why. */
export const MOST_MEMBERS = 9;

export function targetOptions<T>(args: Argv<T>): Argv<T & TargetArguments> {
  const group = 'Target (the bundled cluster unless told otherwise):';
  return args
    .option('members', { type: 'number', describe: `Members to start (default ${DEFAULT_MEMBERS})`, group })
    .option('etcd', { type: 'string', describe: 'Start this real etcd binary (a path, or a name in PATH)', group })
    .option('endpoints', { type: 'string', describe: 'A cluster that runs already: host:port,...', group })
    .option('cacert', { type: 'string', describe: 'CA that the endpoints’ certificates are checked against', group })
    .option('cert', { type: 'string', describe: 'Client certificate for the endpoints', group })
    .option('key', { type: 'string', describe: 'Key of the client certificate', group })
    .option('insecure-skip-tls-verify', { type: 'boolean', describe: 'Accept any certificate of the endpoints', group })
    .option('user', { type: 'string', describe: 'name:password for the endpoints', group })
    .option('data-root', {
      type: 'string',
      describe: 'Folder on the volume where started members keep their data (default: a temporary one)',
      group,
    })
    .option('disk-model', {
      type: 'string',
      describe: 'Put a modelled disk under the bundled members: gp3, io2:5000iops, a file of probe --save-model, ...',
      group,
    })
    .option('etcd-flag', {
      type: 'string',
      array: true,
      describe: 'A flag for every started member, as etcd takes it: --etcd-flag=--heartbeat-interval=250',
      group,
    }) as unknown as Argv<T & TargetArguments>;
}

/** The target that the arguments and the ETCDCTL_* variables name. Throws UsageError for a contradiction. */
export function targetSpec(args: TargetArguments, context: CliContext): TargetSpec {
  const { etcd, endpoints, members, dataRoot, diskModel, etcdFlag: flags } = args;
  if (etcd !== undefined && endpoints !== undefined) {
    throw new UsageError('--etcd starts a cluster and --endpoints uses one: give one of them');
  }
  if (diskModel !== undefined && (etcd !== undefined || endpoints !== undefined)) {
    throw new UsageError('--disk-model goes under the bundled cluster: leave out --etcd and --endpoints');
  }
  if (endpoints !== undefined) {
    for (const [name, value] of Object.entries({ members, 'data-root': dataRoot, 'etcd-flag': flags })) {
      if (value !== undefined)
        throw new UsageError(`--${name} is for members that are started here, not for --endpoints`);
    }
    return { kind: 'endpoints', connection: controlOptions(connectionSettings(args, endpoints, context)) };
  }
  const { cacert, cert, key, insecureSkipTlsVerify, user } = args;
  const ofEndpoints = { cacert, cert, key, 'insecure-skip-tls-verify': insecureSkipTlsVerify, user };
  for (const [name, value] of Object.entries(ofEndpoints)) {
    if (value !== undefined)
      throw new UsageError(`--${name} is for --endpoints, not for members that are started here`);
  }
  existingDirectory('data-root', dataRoot);
  const count = wholeBetween('members', members ?? DEFAULT_MEMBERS, 1, MOST_MEMBERS);
  const shared = {
    members: count,
    ...(flags === undefined ? {} : { flags }),
    ...(dataRoot === undefined ? {} : { dataRoot }),
  };
  const modelled = diskModel === undefined ? {} : { diskModel };
  return etcd === undefined ? { kind: 'bundled', ...shared, ...modelled } : { kind: 'etcd', binary: etcd, ...shared };
}

function connectionSettings(args: TargetArguments, endpoints: string, context: CliContext): ConnectionSettings {
  const given: ConnectionSettings = {
    endpoints: endpoints.split(',').map((text) => text.trim()),
    caCert: args.cacert,
    cert: args.cert,
    key: args.key,
    insecureSkipTlsVerify: args.insecureSkipTlsVerify,
    user: args.user,
  };
  const fromLine = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...settingsFromEnvironment(context.env), ...fromLine };
}

/** `15s`, `2m`, `1h30m` in seconds. */
export function durationS(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const durationMs = parseGoDurationMs(text);
  if (durationMs === undefined || durationMs === 0) {
    throw new UsageError(`--${flag}: '${text}' is no duration: write a number with a unit, such as 30s or 5m`);
  }
  return durationMs / 1_000;
}

export function wholeBetween(flag: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`--${flag}: ${value} is not a whole number from ${least} to ${most}`);
  }
  return value;
}

/** Seeds are 32 bits (`seededRandom`). */
export function seedOf(value: number): number {
  return wholeBetween('seed', value, 0, 2 ** 32 - 1);
}

export function positive(flag: string, value: number | undefined): number | undefined {
  if (value !== undefined && !(value > 0 && Number.isFinite(value))) {
    throw new UsageError(`--${flag}: ${value} is not a number above 0`);
  }
  return value;
}

/** `flag` as it is typed: with its dashes. */
export function oneOf<const T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((choice) => choice === value);
  if (found === undefined) throw new UsageError(`${flag}: '${value}' is none of ${allowed.join(', ')}`);
  return found;
}

/** Throws UsageError where nothing, or no directory, has that path. */
export function existingDirectory(flag: string, path: string | undefined): void {
  if (path === undefined) return;
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) throw new UsageError(`--${flag} ${path} does not exist: give an existing directory`);
  if (!facts.isDirectory()) throw new UsageError(`--${flag} ${path} is not a directory: give one that exists`);
}
