/**
 * `etcdmark assess`, the main job: probe the disk, drive the headline profiles at the target, advise, write the report.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { seededRandom } from '../../base/random.ts';
import type { Clock } from '../../base/clock.ts';
import { loadProfile } from '../../bench/index.ts';
import { checkTarget } from '../../cluster/index.ts';
import type { Probe, Run, Verdict } from '../../core/run/index.ts';
import { realClock } from '../../platform/clock.ts';
import { runProbe, verdictLine } from '../../probe/index.ts';
import {
  newRunFolder,
  prepareRunRoot,
  Progress,
  renderReport,
  renderRunText,
  renderVerdictLine,
  writeRunDirectory,
  type TextOptions,
} from '../../report/index.ts';
import { commandText } from '../command-text.ts';
import { EXIT, textOptions, useColor, type CliContext } from '../context.ts';
import { exitCodeOf, worstOf } from '../exit-code.ts';
import { measureRun } from '../measure-run.ts';
import { durationS, targetSpec } from '../options.ts';
import { peerFacts } from '../peer-facts.ts';
import type { Command } from '../program.ts';
import { ceiling, loadOptions, loadSettings, startFor, type LoadArguments } from '../load-options.ts';

interface AssessArguments extends LoadArguments {
  readonly path: string | undefined;
  readonly profile: string[] | undefined;
  readonly probeDuration: string;
}

/** What a control plane suffers from most: a release rolling out, events, and a CI fleet. */
const HEADLINE_PROFILES = ['kubectl-apply-storm', 'event-flood', 'ci-200-jobs'];
/** Enough for a p99 of each class, and three profiles still fit into a first minute. */
const DEFAULT_DURATION = '12s';

export const assessCommand: Command<AssessArguments> = {
  usage: 'assess [path]',
  summary: 'Probe this disk, drive Kubernetes-shaped load at a target, advise, write the report',
  examples: [
    ['$0 assess', 'This disk, and the bundled cluster of three on it'],
    ['$0 assess /var/lib --etcd etcd --members 1', 'That disk, and a real etcd on it'],
    ['$0 assess --endpoints 10.0.0.1:2379 --peer-rtt-ms 0.8', 'A running cluster; no disk is probed without a path'],
    ['$0 assess --peer 10.0.0.2:2380', 'With the round trip to that machine, measured for the heartbeat advice'],
  ],
  options: (args) =>
    loadOptions(
      args.positional('path', {
        type: 'string',
        describe: 'Folder on the volume to judge; started members keep their data there (default: this folder)',
      }),
    )
      .default('duration', DEFAULT_DURATION)
      .option('profile', {
        type: 'string',
        array: true,
        describe: `Profiles to drive (default: ${HEADLINE_PROFILES.join(', ')})`,
      })
      .option('probe-duration', {
        type: 'string',
        default: '15s',
        describe: 'The longest the disk probe may take',
      }) as unknown as Argv<AssessArguments>,
  run: async (args, context) => {
    const clock = realClock();
    const settings = loadSettings(args);
    const profiles = (args.profile ?? HEADLINE_PROFILES).map((name) => loadProfile(name));
    const probeS = durationS('probe-duration', args.probeDuration)!;
    const spec = targetSpec(args, context);
    const facts = await peerFacts(args, context.signal);
    await prepareRunRoot(args.output);
    const isOurs = spec.kind !== 'endpoints';
    const path = args.path ?? (isOurs ? '.' : undefined);
    const color = useColor(context, args);
    const progress = new Progress({ stream: context.stderr, clock, color, quiet: args.quiet || args.json });
    const runs: Run[] = [];
    try {
      await checkTarget(spec);
      const disk = path === undefined ? undefined : await probe(path, probeS, settings.seed, clock, progress, context);
      if (disk !== undefined) progress.note(verdictLine(disk));
      const placed = isOurs && spec.dataRoot === undefined && path !== undefined ? { ...spec, dataRoot: path } : spec;
      const ceilingPerS = await ceiling(settings, clock, progress);
      for (const profile of profiles) {
        if (context.signal.aborted) break;
        progress.update({ phase: `${profile.name}: starting`, elapsedS: 0 });
        // A fresh cluster for each profile: none inherits the other's keys, history or leader.
        const target = await startFor(placed, profile, clock, context.signal);
        try {
          const run = await measureRun({
            ...settings,
            facts,
            profile,
            target,
            clock,
            disk,
            ceilingPerS,
            signal: context.signal,
            command: commandText(context.argv),
            version: context.version,
            allowCompaction: isOurs || args.allowCompaction,
            leaveKeys: isOurs,
            onProgress: ({ phase, elapsedS, totalS, completed, errors }) =>
              progress.update({ phase: `${profile.name}: ${phase}`, elapsedS, totalS, ratePerS: completed, errors }),
          });
          runs.push(run);
          progress.note(`${profile.name}: ${renderVerdictLine(run, textOptions(context, args)).trim()}`);
        } finally {
          await target.stop();
        }
      }
    } finally {
      progress.done();
    }
    if (runs.length === 0) return EXIT.interrupted;
    const report = await store(runs, args.output);
    const verdict = worstOf(runs.map((run) => run.verdict));
    context.stdout.write(args.json ? jsonText(runs, verdict) : humanText(runs, report, textOptions(context, args)));
    return exitCodeOf(verdict, context.signal.aborted);
  },
};

async function probe(
  path: string,
  longestS: number,
  seed: number,
  clock: Clock,
  progress: Progress,
  context: CliContext,
): Promise<Probe> {
  return runProbe(
    { path, durationS: longestS },
    {
      clock,
      random: seededRandom(seed),
      signal: context.signal,
      onProgress: ({ phase, elapsedS, p99Ms, notice }) => {
        if (notice !== undefined) progress.note(notice);
        progress.update({ phase: `disk: ${phase}`, elapsedS, ...(p99Ms === undefined ? {} : { p99Ms }) });
      },
    },
  );
}

/** One new folder: a Run directory for each profile, and the report over all of them. */
async function store(runs: readonly Run[], output: string): Promise<string> {
  const name = `${runs[0]!.startedAt.slice(0, 19).replaceAll(':', '-')}Z-assess`;
  const folder = await newRunFolder(output, name);
  for (const run of runs) await writeRunDirectory(run, { root: folder });
  const report = join(folder, 'report.html');
  await writeFile(report, await renderReport(runs, { title: 'Is this disk good enough for etcd?' }), { flag: 'wx' });
  return report;
}

function jsonText(runs: readonly Run[], verdict: Verdict): string {
  return `${JSON.stringify({ schemaVersion: 1, kind: 'assessment', verdict, disk: runs[0]?.disk, runs }, null, 2)}\n`;
}

function humanText(runs: readonly Run[], report: string, options: TextOptions): string {
  const last = runs.at(-1)!;
  const verdicts = runs.map((run) => `${run.profile.name}: ${renderVerdictLine(run, options)}`).join('');
  return `${renderRunText(last, options)}\n${verdicts}\nReport: ${report}\n`;
}
