/** `etcdmark probe [PATH...]`: is the volume under each path good enough for etcd's write-ahead log? */
import type { Argv } from 'yargs';
import { seededRandom } from '../../base/random.ts';
import type { Probe, Verdict } from '../../core/run/index.ts';
import { realClock } from '../../platform/clock.ts';
import { parseBudget, probeTable, RECIPES, runProbe, verdictLine, type Recipe } from '../../probe/index.ts';
import { Progress } from '../../report/index.ts';
import { useColor, type GlobalOptions } from '../context.ts';
import { exitCodeOf } from '../exit-code.ts';
import { durationS, oneOf } from '../options.ts';
import type { Command } from '../program.ts';
import { formatWarnings } from '../warnings.ts';

interface ProbeArguments {
  readonly path: string[] | undefined;
  readonly recipe: string;
  readonly budget: string | undefined;
  readonly duration: string | undefined;
  readonly seed: number;
  readonly liveEtcdAtRisk: boolean;
}

export const probeCommand: Command<ProbeArguments> = {
  usage: 'probe [path..]',
  summary: 'Qualify the volume under each path against the WAL fsync budget',
  examples: [
    ['$0 probe /var/lib/etcd', 'One verdict line; exit code 0 pass, 99 fail, 3 cannot tell'],
    ['$0 probe /mnt/a /mnt/b', 'Two volumes side by side'],
    ['$0 probe --recipe fio-2300 .', 'The well-known fio recipe, to compare with figures on file'],
  ],
  options: (args: Argv) =>
    args
      .positional('path', { type: 'string', array: true, describe: 'Folders on the volumes (default: this one)' })
      .option('recipe', {
        type: 'string',
        default: 'wal',
        describe: `How to measure: ${Object.keys(RECIPES).join(', ')}`,
      })
      .option('budget', { type: 'string', describe: 'What the p99 must stay below: a name or a figure such as 10ms' })
      .option('duration', { type: 'string', describe: 'The longest a measurement may take, such as 30s' })
      .option('seed', { type: 'number', default: 1, describe: 'Seed of what is written' })
      .option('live-etcd-at-risk', {
        type: 'boolean',
        default: false,
        describe: 'Allow heavy probes on a device that a running etcd uses',
      }) as unknown as Argv<ProbeArguments>,
  run: async (args, context) => {
    const clock = realClock();
    const recipe: Recipe = oneOf('recipe', args.recipe, Object.keys(RECIPES) as Recipe[]);
    const longest = durationS('duration', args.duration);
    const budget = args.budget === undefined ? undefined : parseBudget(args.budget);
    const progress = new Progress({
      stream: context.stderr,
      clock,
      color: useColor(context, args),
      quiet: args.quiet || args.json,
    });
    const probes: Probe[] = [];
    try {
      for (const path of args.path?.length ? args.path : ['.']) {
        const probe = await runProbe(
          {
            path,
            recipe,
            ...(budget === undefined ? {} : { budget }),
            ...(longest === undefined ? {} : { durationS: longest }),
            liveEtcdAtRisk: args.liveEtcdAtRisk,
          },
          {
            clock,
            random: seededRandom(args.seed),
            signal: context.signal,
            onProgress: ({ phase, elapsedS, p99Ms, notice }) => {
              if (notice !== undefined) progress.note(notice);
              progress.update({ phase: `${phase} ${path}`, elapsedS, ...(p99Ms === undefined ? {} : { p99Ms }) });
            },
          },
        );
        probes.push(probe);
        if (context.signal.aborted) break;
      }
    } finally {
      progress.done();
    }
    context.stdout.write(args.json ? jsonText(probes) : humanText(probes, args));
    const isPartial = probes.some((probe) => probe.partial === true) || context.signal.aborted;
    return exitCodeOf(worst(probes.map((probe) => probe.verdict)), isPartial);
  },
};

function jsonText(probes: readonly Probe[]): string {
  const document = probes.length === 1 ? probes[0] : { schemaVersion: 1, kind: 'probes', probes };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function humanText(probes: readonly Probe[], options: GlobalOptions): string {
  if (probes.length > 1) return `${probeTable(probes)}\n`;
  return probes
    .map((probe) => `${verdictLine(probe)}\n${options.quiet ? '' : formatWarnings(probe.warnings)}`)
    .join('');
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length === 0 || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}
