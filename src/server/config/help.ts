/** The help of `etcdmark serve`, from the table of flags. */
import type { FlagSpec } from './flag-spec.ts';
import { FLAGS } from './flags.ts';

export function serveHelp(): string {
  const rows = Object.entries(FLAGS as Readonly<Record<string, FlagSpec>>);
  const line = ([name, spec]: [string, FlagSpec]): string => `  --${name} '${spec.initial}'`;
  const served = rows.filter(([, spec]) => spec.refused === undefined).map(line);
  const refused = rows
    .filter(([, spec]) => spec.refused !== undefined)
    .map(([name, spec]) => `  --${name}: ${spec.refused}`);
  return [
    'Usage: etcdmark serve [flags]',
    '',
    "Runs one member of the bundled cluster in place of the etcd binary: etcd's flags with their defaults, ETCD_* variables,",
    'or --config-file.',
    '',
    'Flags:',
    ...served,
    "  --config-file ''",
    '',
    'For experiments only; every figure taken with them says so:',
    "  --experiment-peer-delay '0'   --experiment-peer-jitter '0'   --experiment-peer-loss '0'",
    "  --experiment-disk-model ''   (a model's name such as gp3, or a file that probe --save-model wrote)",
    "  --experiment-stop-grace '25s'   (what has not stopped by then is ended as it stands, with 1)",
    '',
    'Known to etcd and refused here:',
    ...refused,
    '',
  ].join('\n');
}
