/** `etcdmark probe [PATH...]`: is the volume under each path good enough for etcd's write-ahead log? */
import { readFile } from 'node:fs/promises';
import type { Argv } from 'yargs';
import type { Clock } from '../../base/clock.ts';
import { errorMessage, UsageError, type OperationError } from '../../base/errors.ts';
import { seededRandom } from '../../base/random.ts';
import type { Probe } from '../../core/run/index.ts';
import { realClock } from '../../platform/clock.ts';
import { hostFacts } from '../../platform/host.ts';
import {
  hostTree,
  NEIGHBOURS,
  probedDirectory,
  probeFromFio,
  probePeers,
  RECIPES,
  recordFacts,
  runFio,
  runProbes,
  verdictLine,
  WAL_BUDGETS,
} from '../../probe/index.ts';
import { Progress, renderProbeReport, renderProbeText } from '../../report/index.ts';
import { modelFromProbe, serializeModel } from '../../storage/disk-models/index.ts';
import { commandText } from '../command-text.ts';
import { EXIT, textOptions, useColor, type CliContext, type GlobalOptions } from '../context.ts';
import { exitCodeOf, worstOf } from '../exit-code.ts';
import { prepareFolder, prepareNewFile, writeNewFile } from '../new-file.ts';
import { keepHistory, keptOf } from '../probe-history.ts';
import { probeSettings, type MeasureArguments, type ProbeSettings } from '../probe-settings.ts';
import type { Command } from '../program.ts';

const FLAG_NAMES = { report: 'report', saveModel: 'save-model' } as const;

const BUDGET_NAMES = Object.values(WAL_BUDGETS)
  .map(({ name, p99Ms }) => `${name} (${p99Ms} ms)`)
  .join(', ');

interface ProbeArguments extends MeasureArguments {
  readonly peer: string[] | undefined;
  readonly history: string | undefined;
  readonly report: string | undefined;
  readonly saveModel: string | undefined;
  readonly recordFacts: string | undefined;
}

export const probeCommand: Command<ProbeArguments> = {
  usage: 'probe [path..]',
  summary: 'Qualify the volume under each path against the WAL fsync budget',
  examples: [
    ['$0 probe /var/lib/etcd', 'One verdict line; exit code 0 pass, 99 fail, 3 cannot tell'],
    ['$0 probe /mnt/a /mnt/b', 'Two volumes side by side, ranked'],
    ['$0 probe --recipe fio-2300 --with-fio .', 'The well-known fio recipe, with fio itself beside it'],
    ['$0 probe --recipe together .', 'Which neighbour (image pull, logs, defragmentation) breaks the budget'],
    ['$0 probe --recipe ladder --report disk.html .', 'The highest rate that holds, as a page with the curve'],
    ['$0 probe --peer 10.0.0.2:2380 --peer 10.0.0.3:2380 .', 'With the round trips that heartbeat advice needs'],
  ],
  options: (args: Argv) =>
    args
      .positional('path', { type: 'string', array: true, describe: 'Folders on the volumes (default: this one)' })
      .option('recipe', {
        type: 'string',
        default: 'wal',
        describe: `How to measure: ${Object.keys(RECIPES).join(', ')}`,
      })
      .option('budget', {
        type: 'string',
        describe: `What the p99 must stay below: ${BUDGET_NAMES}, or a figure such as 8ms`,
      })
      .option('duration', { type: 'string', describe: 'The longest a measurement may take, such as 30s' })
      .option('rate', {
        type: 'number',
        describe: 'Syncs started per second (default: each as soon as the last ended)',
      })
      .option('confidence', {
        type: 'number',
        describe: 'Of the interval that the verdict rests on, such as 0.99 (default: 0.95)',
      })
      .option('record-sizes', {
        type: 'string',
        describe: 'Sizes of the WAL’s records as BYTES:WEIGHT,... (default: those of Kubernetes)',
      })
      .option('project-rate', {
        type: 'number',
        describe: 'With --recipe sustained: synced writes per second for which to say when burst credits end',
      })
      .option('neighbour', {
        type: 'string',
        array: true,
        describe: `With --recipe together: which of ${NEIGHBOURS.join(', ')} (default: all)`,
      })
      .option('seed', { type: 'number', default: 1, describe: 'Seed of what is written' })
      .option('live-etcd-at-risk', {
        type: 'boolean',
        default: false,
        describe: 'Allow heavy probes on a device that a running etcd uses',
      })
      .option('from-fio', { type: 'string', describe: 'Judge a stored fio JSON output instead of measuring' })
      .option('with-fio', { type: 'boolean', default: false, describe: 'Run fio beside a fio recipe and show both' })
      .option('peer', { type: 'string', array: true, describe: 'host:port of another member: measure the round trip' })
      .option('history', { type: 'string', describe: 'Keep the probe in this folder and show the volume over time' })
      .option('report', { type: 'string', describe: 'Write the page with charts to this new HTML file' })
      .option('save-model', { type: 'string', describe: 'Write a disk model made of the probe to this new file' })
      .option('record-facts', {
        type: 'string',
        describe: 'Write what /proc and /sys say of the volume to this new file, and measure nothing',
      }) as unknown as Argv<ProbeArguments>,
  run: async (args, context) => {
    const clock = realClock();
    const settings = probeSettings(args);
    const paths = args.path?.length ? args.path : ['.'];
    if (args.recordFacts !== undefined) {
      const facts = recordFacts(hostTree(), probedDirectory(paths[0]!));
      await writeNewFile('record-facts', args.recordFacts, `${JSON.stringify(facts, null, 1)}\n`);
      return EXIT.done;
    }
    // What can be refused is refused before minutes of measuring.
    for (const flag of ['report', 'saveModel'] as const) await prepareNewFile(FLAG_NAMES[flag], args[flag]);
    if (args.history !== undefined) prepareFolder('history', args.history);
    if (args.saveModel !== undefined && paths.length !== 1) {
      throw new UsageError('--save-model makes one model: probe one path');
    }
    const peers = await probePeers(args.peer ?? [], clock, context.signal);
    const failures: OperationError[] = [];
    const measured =
      args.fromFio === undefined
        ? await measure(settings, paths, args, clock, context, (error) => failures.push(error))
        : [await judgeFio(args.fromFio, settings)];
    if (measured.length === 0 && !context.signal.aborted && failures.length === 1) throw failures[0]!;
    for (const { message } of failures) context.stderr.write(`etcdmark: ${message}\n`);
    if (measured.length === 0) return context.signal.aborted ? EXIT.interrupted : EXIT.couldNot;
    const command = commandText(context.argv);
    const environment = { etcdmark: context.version, ...hostFacts() };
    const probes: Probe[] = measured.map((probe) => ({
      ...probe,
      command,
      environment,
      ...(peers.length === 0 ? {} : { peers }),
    }));
    if (args.saveModel !== undefined)
      await writeNewFile('save-model', args.saveModel, modelText(probes, args.saveModel));
    const history = args.history === undefined ? '' : await keepHistory(args.history, probes);
    if (args.report !== undefined) {
      const shown = args.history === undefined ? probes : await keptOf(args.history, probes);
      await writeNewFile('report', args.report, await renderProbeReport(shown));
      if (!args.quiet) context.stderr.write(`wrote ${args.report}\n`);
    }
    context.stdout.write(args.json ? jsonText(probes) : humanText(probes, history, args, context));
    const isPartial = probes.some((probe) => probe.partial === true) || context.signal.aborted;
    if (failures.length > 0) return context.signal.aborted ? EXIT.interrupted : EXIT.couldNot;
    return exitCodeOf(worstOf(probes.map((probe) => probe.verdict)), isPartial);
  },
};

async function measure(
  { options, seed, fio }: ProbeSettings,
  paths: readonly string[],
  args: GlobalOptions,
  clock: Clock,
  context: CliContext,
  onFailure: (error: OperationError) => void,
): Promise<Probe[]> {
  const progress = new Progress({
    stream: context.stderr,
    clock,
    color: useColor(context, args),
    quiet: args.quiet || args.json,
  });
  try {
    const probes = await runProbes(
      paths,
      options,
      {
        clock,
        random: seededRandom(seed),
        signal: context.signal,
        onProgress: ({ path, phase, elapsedS, p99Ms, notice }) => {
          if (notice !== undefined) progress.note(notice);
          progress.update({ phase: `${phase} ${path}`, elapsedS, ...(p99Ms === undefined ? {} : { p99Ms }) });
        },
      },
      onFailure,
    );
    if (fio === undefined) return probes;
    const beside: Probe[] = [];
    for (const probe of probes) {
      progress.update({ phase: `fio ${probe.path}`, elapsedS: 0 });
      beside.push({ ...probe, fio: await runFio(probe.path, fio, context.signal) });
    }
    return beside;
  } finally {
    progress.done();
  }
}

async function judgeFio(path: string, { options }: ProbeSettings): Promise<Probe> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--from-fio: ${errorMessage(error)}`);
  }
  return probeFromFio(text, path, options.budget ?? WAL_BUDGETS.etcd, options.confidence);
}

function modelText(probes: readonly Probe[], path: string): string {
  return serializeModel(modelFromProbe(probes[0]!, path));
}

function jsonText(probes: readonly Probe[]): string {
  const document = probes.length === 1 ? probes[0] : { schemaVersion: 1, kind: 'probes', probes };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function humanText(
  probes: readonly Probe[],
  history: string,
  args: ProbeArguments & GlobalOptions,
  context: CliContext,
): string {
  if (args.quiet && probes.length === 1) return `${verdictLine(probes[0]!)}\n${history}`;
  return renderProbeText(probes, textOptions(context, args)) + (history === '' ? '' : `\n${history}`);
}
