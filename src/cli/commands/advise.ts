/** `etcdmark advise RUN`: recommendations again from a stored Run, with facts that were not known when it was measured. */
import type { Argv } from 'yargs';
import { advise } from '../../core/advice/index.ts';
import { loadRun, renderRunText } from '../../report/index.ts';
import { EXIT, textOptions } from '../context.ts';
import { peerFacts, peerOptions, type PeerArguments } from '../peer-facts.ts';
import type { Command } from '../program.ts';

interface AdviseArguments extends PeerArguments {
  readonly run: string;
}

export const adviseCommand: Command<AdviseArguments> = {
  usage: 'advise <run>',
  summary: 'Recommendations again from a stored run',
  examples: [
    ['$0 advise reports/runs/... --peer-rtt-ms 0.8', 'Settles the timeouts with the round trip between members'],
    ['$0 advise reports/runs/... --peer 10.0.0.2:2380', 'The same, measured from this machine to another member'],
  ],
  options: (args: Argv) =>
    peerOptions(
      args.positional('run', { type: 'string', demandOption: true, describe: 'A Run directory or a run.json' }),
    ),
  run: async (args, context) => {
    const run = await loadRun(args.run);
    const facts = await peerFacts(args, context.signal);
    const advice = advise(run, facts);
    const advised = { ...run, ...advice, facts: { ...run.facts, ...facts } };
    context.stdout.write(
      args.json
        ? `${JSON.stringify({ schemaVersion: 1, kind: 'advice', ...advice }, null, 2)}\n`
        : renderRunText(advised, textOptions(context, args)),
    );
    return EXIT.done;
  },
};
