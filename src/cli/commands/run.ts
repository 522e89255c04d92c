/** `etcdmark run PROFILE`: drives one profile at a target and stores the Run. */
import type { Argv } from 'yargs';
import {
  assertActionsAllowed,
  dryRun,
  loadProfile,
  parseSlo,
  searchKnee,
  type DryRun,
  type Progress as BenchProgress,
} from '../../bench/index.ts';
import { checkTarget, type Target } from '../../cluster/index.ts';
import { UsageError } from '../../base/errors.ts';
import { formatBytes, formatCount, formatRate, formatSeconds } from '../../core/run/index.ts';
import { realClock } from '../../platform/clock.ts';
import { Progress, prepareRunRoot, renderRunText, writeRunDirectory } from '../../report/index.ts';
import { commandText } from '../command-text.ts';
import { EXIT, textOptions, useColor } from '../context.ts';
import { exitCodeOf } from '../exit-code.ts';
import { ceiling, loadOptions, loadSettings, startFor, type LoadArguments } from '../load-options.ts';
import { measureRun } from '../measure-run.ts';
import { targetSpec, wholeBetween } from '../options.ts';
import { peerFacts } from '../peer-facts.ts';
import type { Command } from '../program.ts';

interface RunArguments extends LoadArguments {
  readonly profile: string;
  readonly nodes: number | undefined;
  readonly pods: number | undefined;
  readonly prefix: string | undefined;
  readonly dryRun: boolean;
  readonly findKnee: boolean;
  readonly slo: string | undefined;
}

const DEFAULT_SLO = 'p99<50ms';
/** Measured time of each trial on the way to the knee. */
const KNEE_TRIAL_S = 10;

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
    )
      .option('nodes', {
        type: 'number',
        describe: 'Nodes of the cluster to be pictured, for profiles that scale by them',
      })
      .option('pods', { type: 'number', describe: 'Pods, likewise' })
      .option('prefix', { type: 'string', describe: 'Where the keys go (default: /etcdmark/registry)' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'Only show what would be sent' })
      .option('find-knee', { type: 'boolean', default: false, describe: 'Search the highest rate that holds --slo' })
      .option('slo', {
        type: 'string',
        describe: `What --find-knee must hold (default: ${DEFAULT_SLO})`,
      }) as unknown as Argv<RunArguments>,
  run: async (args, context) => {
    const clock = realClock();
    const profile = loadProfile(args.profile, sizeOf(args));
    const settings = loadSettings(args);
    if (args.slo !== undefined && !args.findKnee)
      throw new UsageError('--slo goes with --find-knee, which must hold it');
    const slo = args.findKnee ? parseSlo(args.slo ?? DEFAULT_SLO) : undefined;
    const prefix = prefixOf(args.prefix);
    const spec = targetSpec(args, context);
    const isOurs = spec.kind !== 'endpoints';
    assertActionsAllowed(profile, isOurs);
    if (args.dryRun) {
      context.stdout.write(dryRunText(dryRun({ ...settings, profile }), args.json));
      return EXIT.done;
    }
    const facts = await peerFacts(args, context.signal);
    await prepareRunRoot(args.output);
    const color = useColor(context, args);
    const progress = new Progress({ stream: context.stderr, clock, color, quiet: args.quiet || args.json });
    let target: Target | undefined;
    try {
      await checkTarget(spec);
      const ceilingPerS = await ceiling(settings, clock, progress);
      progress.update({
        phase: isOurs ? `starting ${spec.members} ${spec.members === 1 ? 'member' : 'members'}` : 'connecting',
        elapsedS: 0,
      });
      target = await startFor(spec, profile, clock, context.signal);
      const shared = {
        ...settings,
        profile,
        target,
        clock,
        ceilingPerS,
        prefix,
        signal: context.signal,
        allowCompaction: isOurs || args.allowCompaction,
        onProgress: ({ phase, elapsedS, totalS, completed, errors }: BenchProgress) =>
          progress.update({ phase: `${profile.name}: ${phase}`, elapsedS, totalS, ratePerS: completed, errors }),
      };
      const knee = slo && (await searchKnee({ ...shared, slo, trialS: settings.durationS ?? KNEE_TRIAL_S }));
      const command = commandText(context.argv);
      const run = await measureRun({ ...shared, facts, knee, command, version: context.version, leaveKeys: isOurs });
      progress.done();
      // First what is on no disk yet: the folder may have filled meanwhile.
      if (args.json) context.stdout.write(`${JSON.stringify(run, null, 2)}\n`);
      else context.stdout.write(renderRunText(run, textOptions(context, args)));
      const paths = await writeRunDirectory(run, { root: args.output });
      if (!args.json) context.stdout.write(`\nReport: ${paths.report}\n`);
      return exitCodeOf(run.verdict, run.partial && context.signal.aborted);
    } finally {
      progress.done();
      await target?.stop();
    }
  },
};

function prefixOf(text: string | undefined): string | undefined {
  if (text === '' || text?.endsWith('/')) {
    throw new UsageError(`--prefix: '${text}' is no prefix: write one without a slash at its end, such as /bench`);
  }
  return text;
}

function sizeOf({ nodes, pods }: RunArguments): { nodes?: number; pods?: number } {
  return {
    ...(nodes === undefined ? {} : { nodes: wholeBetween('nodes', nodes, 1, 1_000_000) }),
    ...(pods === undefined ? {} : { pods: wholeBetween('pods', pods, 1, 10_000_000) }),
  };
}

function dryRunText(plan: DryRun, isJson: boolean): string {
  if (isJson) return `${JSON.stringify({ schemaVersion: 1, kind: 'dry-run', ...plan }, null, 2)}\n`;
  const rows = plan.sources.map(({ source, requests, requestsPerS, writtenBytes, clients }) => {
    const amount =
      requests === undefined
        ? `${clients} clients in a closed loop`
        : `${formatCount(requests)} requests, ${formatRate(requestsPerS ?? 0)}, ${formatBytes(writtenBytes ?? 0)} written`;
    return `  ${source.padEnd(24)} ${amount}\n`;
  });
  const done = plan.actions.map(
    ({ atS, do: what, forS }) =>
      `  ${what.padEnd(24)} ${formatSeconds(atS)} after the warm-up${forS > 0 ? `, for ${formatSeconds(forS)}` : ''}\n`,
  );
  return (
    `${plan.profile} would take ${formatSeconds(plan.durationS)}, write ${formatCount(plan.preloadedKeys)} keys ` +
    `(${formatBytes(plan.preloadedBytes)}) beforehand, hold ${plan.watches} watches and send\n${rows.join('')}` +
    (done.length === 0 ? '' : `and do to the members\n${done.join('')}`)
  );
}
