/** Options of every command that drives load, and what they mean. */
import type { Argv } from 'yargs';
import { calibrate } from '../bench/index.ts';
import { startTarget, type Target, type TargetSpec } from '../cluster/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Profile } from '../core/workload/index.ts';
import type { Progress } from '../report/index.ts';
import { durationS, oneOf, positive, seedOf, targetOptions, wholeBetween, type TargetArguments } from './options.ts';
import { peerOptions, type PeerArguments } from './peer-facts.ts';

export interface LoadArguments extends TargetArguments, PeerArguments {
  readonly duration: string | undefined;
  readonly rateScale: number | undefined;
  readonly seed: number;
  readonly client: string;
  readonly workers: number | undefined;
  readonly allowKubernetes: boolean;
  readonly allowCompaction: boolean;
  readonly output: string;
}

/** The options of every command that drives load. */
export function loadOptions<T>(args: Argv<T>): Argv<T & LoadArguments> {
  return peerOptions(targetOptions(args))
    .option('duration', { type: 'string', describe: 'Stretch or squeeze the load to this time, such as 30s' })
    .option('rate-scale', { type: 'number', describe: 'Multiply every rate of the profile' })
    .option('seed', { type: 'number', default: 1, describe: 'Same seed, same operations at the same instants' })
    .option('client', {
      type: 'string',
      default: 'lean',
      describe: 'lean, or grpc-js to cross-check with the standard client',
    })
    .option('workers', { type: 'number', describe: 'Generator processes (default: one for every two processors)' })
    .option('allow-kubernetes', {
      type: 'boolean',
      default: false,
      describe: 'Load a cluster although it holds /registry/',
    })
    .option('allow-compaction', {
      type: 'boolean',
      default: false,
      describe: 'Compact endpoints’ history as apiservers do',
    })
    .option('output', {
      type: 'string',
      default: 'reports/runs',
      describe: 'Folder that gets the new Run directory',
    }) as unknown as Argv<T & LoadArguments>;
}

/** What the load options mean, checked. */
export function loadSettings(args: LoadArguments) {
  return {
    durationS: durationS('duration', args.duration),
    rateScale: positive('rate-scale', args.rateScale),
    seed: seedOf(args.seed),
    client: oneOf('--client', args.client, ['lean', 'grpc-js'] as const),
    workers: args.workers === undefined ? undefined : wholeBetween('workers', args.workers, 1, 64),
    allowKubernetes: args.allowKubernetes,
  };
}

/** Starts what is to be driven, with the flags that the profile needs of its members. */
export function startFor(spec: TargetSpec, profile: Profile, clock: Clock, signal: AbortSignal): Promise<Target> {
  if (spec.kind === 'endpoints' || profile.memberFlags.length === 0) return startTarget(spec, { clock, signal });
  return startTarget({ ...spec, flags: [...profile.memberFlags, ...(spec.flags ?? [])] }, { clock, signal });
}

/** What this machine's generator reaches at most; said on stderr, because every figure is to be read against it. */
export async function ceiling(
  settings: Pick<ReturnType<typeof loadSettings>, 'client' | 'workers'>,
  clock: Clock,
  progress: Progress,
): Promise<number> {
  progress.update({ phase: 'calibrating the load generator', elapsedS: 0 });
  const { client, workers } = settings;
  const { ceilingPerS, cpuUsPerOp } = await calibrate({ client, clock, ...(workers === undefined ? {} : { workers }) });
  progress.note(
    `Load generator: at most ${Math.round(ceilingPerS).toLocaleString('en')} requests/s on this machine, ` +
      `${cpuUsPerOp.toFixed(1)} µs of CPU each, against a server that does nothing`,
  );
  return ceilingPerS;
}
