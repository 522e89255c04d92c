/** `etcdmark report RUN...`: renders stored Runs again; nothing is measured. */
import type { Argv } from 'yargs';
import { loadRun, renderReport, renderRunText, renderSummary } from '../../report/index.ts';
import { EXIT, useColor } from '../context.ts';
import { writeNewFile } from '../new-file.ts';
import type { Command } from '../program.ts';
import { oneOf } from '../options.ts';

interface ReportArguments {
  readonly run: string[];
  readonly format: string;
  readonly output: string | undefined;
}

const FORMATS = ['html', 'markdown', 'text'] as const;
const DEFAULT_WIDTH = 100;

export const reportCommand: Command<ReportArguments> = {
  usage: 'report <run..>',
  summary: 'Render stored runs again; several give a comparison',
  examples: [
    ['$0 report reports/runs/2026-11-20T10-00-00Z-kubectl-apply-storm --output again.html', 'One run, one page'],
    ['$0 report RUN-A RUN-B --output both.html', 'Two runs beside each other'],
    ['$0 report RUN --format markdown', 'The summary for a CI step, on stdout'],
  ],
  options: (args: Argv) =>
    args
      .positional('run', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Run directories or run.json files',
      })
      .option('format', { type: 'string', default: 'html', describe: FORMATS.join(', ') })
      .option('output', {
        type: 'string',
        describe: 'A new file to write (default: stdout)',
      }),
  run: async (args, context) => {
    const format = oneOf('format', args.format, FORMATS);
    const runs = await Promise.all(args.run.map((path) => loadRun(path)));
    if (args.json) {
      const document = runs.length === 1 ? runs[0] : { schemaVersion: 1, kind: 'runs', runs };
      context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      return EXIT.done;
    }
    let text: string;
    if (format === 'html') text = await renderReport(runs);
    else if (format === 'markdown') text = runs.map((run) => renderSummary(run)).join('\n');
    else {
      const options = { color: useColor(context, args), width: context.stdout.columns ?? DEFAULT_WIDTH };
      text = runs.map((run) => renderRunText(run, options)).join('\n');
    }
    if (args.output === undefined) context.stdout.write(text);
    else {
      await writeNewFile('output', args.output, text);
      context.stderr.write(`wrote ${args.output}\n`);
    }
    return EXIT.done;
  },
};
