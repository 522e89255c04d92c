/** `etcdmark cluster`: a local cluster of bundled members, until it is stopped. */
import type { Argv } from 'yargs';
import { startTarget } from '../../cluster/index.ts';
import { realClock } from '../../platform/clock.ts';
import { EXIT } from '../context.ts';
import { DEFAULT_MEMBERS, existingDirectory, MOST_MEMBERS, wholeBetween } from '../options.ts';
import type { Command } from '../program.ts';

interface ClusterArguments {
  readonly members: number;
  readonly dataDir: string | undefined;
  readonly etcdFlag: string[] | undefined;
}

export const clusterCommand: Command<ClusterArguments> = {
  usage: 'cluster',
  summary: 'Start a local cluster of bundled members; Ctrl-C stops it',
  examples: [
    ['$0 cluster --members 3', 'Three members on free ports, their data in a temporary folder'],
    ['$0 cluster --etcd-flag=--heartbeat-interval=250', 'With etcd’s flags for every member'],
  ],
  options: (args: Argv) =>
    args
      .option('members', { type: 'number', default: DEFAULT_MEMBERS, describe: 'How many members' })
      .option('data-dir', {
        type: 'string',
        describe: 'Folder under which the members’ data is made (default: a temporary one)',
      })
      .option('etcd-flag', {
        type: 'string',
        array: true,
        describe: 'A flag for every member, as etcd takes it',
      }) as unknown as Argv<ClusterArguments>,
  run: async (args, context) => {
    existingDirectory('data-dir', args.dataDir);
    const clock = realClock();
    const target = await startTarget(
      {
        kind: 'bundled',
        members: wholeBetween('members', args.members, 1, MOST_MEMBERS),
        ...(args.etcdFlag === undefined ? {} : { flags: args.etcdFlag }),
        ...(args.dataDir === undefined ? {} : { dataRoot: args.dataDir }),
      },
      { clock, signal: context.signal },
    );
    try {
      if (args.json) {
        const members = target.members.map(({ name, clientUrl, pid }) => ({ name, clientUrl, pid }));
        context.stdout.write(
          `${JSON.stringify({ schemaVersion: 1, kind: 'cluster', endpoints: target.endpoints, members })}\n`,
        );
      } else {
        const rows = target.members.map(({ name, clientUrl, pid }) => `  ${name}  ${clientUrl}  pid ${pid ?? '-'}\n`);
        context.stdout.write(
          `A cluster of ${target.members.length} is ready.\n${rows.join('')}\n` +
            `  export ETCDCTL_ENDPOINTS=${target.endpoints.join(',')}\n\nCtrl-C stops it and removes its data.\n`,
        );
      }
      await new Promise<void>((resolve) => {
        if (context.signal.aborted) resolve();
        else context.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      return EXIT.done;
    } finally {
      await target.stop();
    }
  },
};
