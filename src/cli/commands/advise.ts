/** `etcdmark advise RUN`: recommendations again from a stored Run, with facts that were not known when it was measured. */
import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { advise, farthestPeer } from '../../core/advice/index.ts';
import type { Facts } from '../../core/run/index.ts';
import { realClock } from '../../platform/clock.ts';
import { probePeers } from '../../probe/index.ts';
import { loadRun, renderRunText } from '../../report/index.ts';
import { EXIT, textOptions, type CliContext } from '../context.ts';
import { positive } from '../options.ts';
import type { Command } from '../program.ts';

interface AdviseArguments {
  readonly run: string;
  readonly peerRttMs: number | undefined;
  readonly peer: string[] | undefined;
}

export const adviseCommand: Command<AdviseArguments> = {
  usage: 'advise <run>',
  summary: 'Recommendations again from a stored run',
  examples: [
    ['$0 advise reports/runs/... --peer-rtt-ms 0.8', 'Settles the timeouts with the round trip between members'],
    ['$0 advise reports/runs/... --peer 10.0.0.2:2380', 'The same, measured from this machine to another member'],
  ],
  options: (args: Argv) =>
    args
      .positional('run', { type: 'string', demandOption: true, describe: 'A Run directory or a run.json' })
      .option('peer-rtt-ms', {
        type: 'number',
        describe: 'Round trip between the members of the planned cluster',
      })
      .option('peer', {
        type: 'string',
        array: true,
        describe: 'host:port of another member: measure the round trip from here',
      }) as unknown as Argv<AdviseArguments>,
  run: async (args, context) => {
    const run = await loadRun(args.run);
    const meanMs = positive('peer-rtt-ms', args.peerRttMs);
    const facts: Facts =
      meanMs === undefined ? await peerFacts(args.peer ?? [], context) : { peerRtt: { meanMs, source: 'flag' } };
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

/** The farthest of the peers; nothing where none was given. Throws UsageError where all are on this machine. */
async function peerFacts(addresses: readonly string[], context: CliContext): Promise<Facts> {
  if (addresses.length === 0) return {};
  const peers = await probePeers(addresses, realClock(), context.signal);
  const farthest = farthestPeer(peers);
  if (farthest === undefined) {
    throw new UsageError(
      `--peer ${addresses.join(' ')}: a loopback’s round trip says nothing of a network; name another machine`,
    );
  }
  return { peerRtt: farthest.rtt };
}
