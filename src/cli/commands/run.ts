/** `etcdmark run PROFILE`: drives one profile at a target and stores the Run. */
import type { Argv } from 'yargs';
import { loadProfile } from '../../bench/index.ts';
import { startTarget } from '../../cluster/index.ts';
import type { Facts } from '../../core/run/index.ts';
import { realClock } from '../../platform/clock.ts';
import { Progress, renderRunText, writeRunDirectory } from '../../report/index.ts';
import { commandText } from '../command-text.ts';
import { useColor } from '../context.ts';
import { exitCodeOf } from '../exit-code.ts';
import { measureRun } from '../measure-run.ts';
import {
  durationS,
  oneOf,
  positive,
  targetOptions,
  targetSpec,
  wholeBetween,
  type TargetArguments,
} from '../options.ts';
import type { Command } from '../program.ts';

export interface LoadArguments extends TargetArguments {
  readonly duration: string | undefined;
  readonly rateScale: number | undefined;
  readonly seed: number;
  readonly client: string;
  readonly workers: number | undefined;
  readonly peerRttMs: number | undefined;
  readonly allowKubernetes: boolean;
  readonly allowCompaction: boolean;
  readonly output: string;
}

interface RunArguments extends LoadArguments {
  readonly profile: string;
}

const DEFAULT_WIDTH = 100;

/** The options of every command that drives load. */
export function loadOptions<T>(args: Argv<T>): Argv<T & LoadArguments> {
  return targetOptions(args)
    .option('duration', { type: 'string', describe: 'Stretch or squeeze the load to this time, such as 30s' })
    .option('rate-scale', { type: 'number', describe: 'Multiply every rate of the profile' })
    .option('seed', { type: 'number', default: 1, describe: 'Same seed, same operations at the same instants' })
    .option('client', {
      type: 'string',
      default: 'lean',
      describe: 'lean, or grpc-js to cross-check with the standard client',
    })
    .option('workers', { type: 'number', describe: 'Generator processes (default: one for every two processors)' })
    .option('peer-rtt-ms', {
      type: 'number',
      describe: 'Round trip between the members of the planned cluster, if you know it',
    })
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
    seed: wholeBetween('seed', args.seed, 0, 2 ** 32 - 1),
    client: oneOf('client', args.client, ['lean', 'grpc-js'] as const),
    workers: args.workers === undefined ? undefined : wholeBetween('workers', args.workers, 1, 64),
    allowKubernetes: args.allowKubernetes,
    facts: factsOf(args),
  };
}

function factsOf(args: LoadArguments): Facts {
  const meanMs = positive('peer-rtt-ms', args.peerRttMs);
  return meanMs === undefined ? {} : { peerRtt: { meanMs, source: 'flag' } };
}

export const runCommand: Command<RunArguments> = {
  usage: 'run <profile>',
  summary: 'Drive one profile (name or file) at a target',
  examples: [
    ['$0 run kubectl-apply-storm', 'Against the bundled cluster of three'],
    ['$0 run ci-200-jobs --etcd etcd --members 1', 'Against a real etcd that is started for it'],
    ['$0 run event-flood --endpoints 127.0.0.1:2379', 'Against a cluster that runs already'],
  ],
  options: (args) =>
    loadOptions(
      args.positional('profile', { type: 'string', demandOption: true, describe: 'A profile’s name or file' }),
    ),
  run: async (args, context) => {
    const clock = realClock();
    const profile = loadProfile(args.profile);
    const { facts, ...settings } = loadSettings(args);
    const spec = targetSpec(args, context);
    const color = useColor(context, args);
    const progress = new Progress({ stream: context.stderr, clock, color, quiet: args.quiet || args.json });
    const isOurs = spec.kind !== 'endpoints';
    progress.update({ phase: isOurs ? `starting ${spec.members} members` : 'connecting', elapsedS: 0 });
    const target = await startTarget(spec, { clock, signal: context.signal });
    try {
      const run = await measureRun({
        ...settings,
        facts,
        profile,
        target,
        clock,
        signal: context.signal,
        command: commandText(context.argv),
        version: context.version,
        allowCompaction: isOurs || args.allowCompaction,
        leaveKeys: isOurs,
        onProgress: ({ phase, elapsedS, totalS, completed, errors }) =>
          progress.update({ phase: `${profile.name}: ${phase}`, elapsedS, totalS, ratePerS: completed, errors }),
      });
      progress.done();
      const paths = await writeRunDirectory(run, { root: args.output });
      if (args.json) context.stdout.write(`${JSON.stringify(run, null, 2)}\n`);
      else {
        context.stdout.write(renderRunText(run, { color, width: context.stdout.columns ?? DEFAULT_WIDTH }));
        context.stdout.write(`\nReport: ${paths.report}\n`);
      }
      return exitCodeOf(run.verdict, run.partial);
    } finally {
      progress.done();
      await target.stop();
    }
  },
};
