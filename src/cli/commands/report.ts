/** `etcdmark report RUN...`: renders stored Runs again; nothing is measured. */
import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import {
  loadStored,
  renderProbeReport,
  renderProbeText,
  renderReport,
  renderRunText,
  renderSummary,
} from '../../report/index.ts';
import { EXIT, textOptions } from '../context.ts';
import { writeNewFile } from '../new-file.ts';
import type { Command } from '../program.ts';
import { oneOf } from '../options.ts';

interface ReportArguments {
  readonly run: string[];
  readonly format: string;
  readonly output: string | undefined;
}

const FORMATS = ['html', 'markdown', 'text'] as const;

export const reportCommand: Command<ReportArguments> = {
  usage: 'report <run..>',
  summary: 'Render stored runs or probes again; several give a comparison',
  examples: [
    ['$0 report reports/runs/2026-11-20T10-00-00Z-kubectl-apply-storm --output again.html', 'One run, one page'],
    ['$0 report RUN-A RUN-B --output both.html', 'Two runs beside each other'],
    [
      '$0 report history/probe-*.json --output volume.html',
      'Stored disk probes: a volume over time, or several ranked',
    ],
    ['$0 report RUN --format markdown', 'The summary for a CI step, on stdout'],
  ],
  options: (args: Argv) =>
    args
      .positional('run', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Run directories, run.json files, or stored probes',
      })
      .option('format', { type: 'string', default: 'html', describe: FORMATS.join(', ') })
      .option('output', {
        type: 'string',
        describe: 'A new file to write (default: stdout)',
      }),
  run: async (args, context) => {
    const format = oneOf('--format', args.format, FORMATS);
    const stored = await Promise.all(args.run.map((path) => loadStored(path)));
    const runs = stored.flatMap((one) => (one.kind === 'run' ? one.runs : []));
    const probes = stored.flatMap((one) => (one.kind === 'probe' ? one.probes : []));
    if (runs.length > 0 && probes.length > 0) {
      throw new UsageError('runs and probes do not go into one report: give one kind, or render them apart');
    }
    if (probes.length > 0 && format === 'markdown') {
      throw new UsageError('--format markdown is for runs: a probe is rendered as html or text');
    }
    if (args.json) {
      const all = [...runs, ...probes];
      const several = runs.length > 0 ? { kind: 'runs', runs } : { kind: 'probes', probes };
      const document = all.length === 1 ? all[0] : { schemaVersion: 1, ...several };
      context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      return EXIT.done;
    }
    const options = textOptions(context, args);
    let text: string;
    if (probes.length > 0)
      text = format === 'html' ? await renderProbeReport(probes) : renderProbeText(probes, options);
    else if (format === 'html') text = await renderReport(runs);
    else if (format === 'markdown') text = runs.map((run) => renderSummary(run)).join('\n');
    else text = runs.map((run) => renderRunText(run, options)).join('\n');
    if (args.output === undefined) context.stdout.write(text);
    else {
      await writeNewFile('output', args.output, text);
      context.stderr.write(`wrote ${args.output}\n`);
    }
    return EXIT.done;
  },
};
