/**
 * Flags of our own, for experiments on the bundled cluster. They stand apart from etcd's and are named so that nobody takes
 * a figure measured with them for an ordinary one.
 */
import { UsageError } from '../../base/errors.ts';
import { NO_FAULTS, type LinkFaults } from '../peer/link-faults.ts';
import { parseDurationMs } from './values.ts';

const NAMES = {
  'experiment-peer-delay': 'delayMs',
  'experiment-peer-jitter': 'jitterMs',
  'experiment-peer-loss': 'lossRatio',
} as const satisfies Readonly<Record<string, keyof LinkFaults>>;

const DISK_MODEL = 'experiment-disk-model';
const STOP_GRACE = 'experiment-stop-grace';
const KNOWN = [...Object.keys(NAMES), DISK_MODEL, STOP_GRACE];

export interface Experiments {
  readonly faults: LinkFaults;
  /** The write-ahead log's syncs take as long as on this disk: a model's name or file. */
  readonly diskModel: string | undefined;
  /** How long the member may take to stop. */
  readonly stopGraceMs: number | undefined;
  /** etcd's own flags. */
  readonly rest: string[];
}

/** Takes our flags (`--experiment-peer-delay=5ms`) out of the arguments and leaves etcd's. */
export function takeExperimentFlags(argv: readonly string[]): Experiments {
  let diskModel: string | undefined;
  let stopGraceMs: number | undefined;
  const faults: Record<keyof LinkFaults, number> = { ...NO_FAULTS };
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const match = /^--?(experiment-[\w-]+)(?:=(.*))?$/.exec(argv[i]!);
    if (match === null) {
      rest.push(argv[i]!);
      continue;
    }
    const [, name = '', inline] = match;
    if (!KNOWN.includes(name)) {
      throw new UsageError(`unknown experiment --${name}: there are ${KNOWN.map((known) => `--${known}`).join(', ')}`);
    }
    const value = inline ?? argv[++i];
    if (value === undefined) throw new UsageError(`flag needs an argument: --${name}`);
    if (name === DISK_MODEL) {
      diskModel = value;
      continue;
    }
    if (name === STOP_GRACE) {
      stopGraceMs = parseDurationMs(name, value);
      continue;
    }
    faults[NAMES[name as keyof typeof NAMES]] =
      name === 'experiment-peer-loss' ? parseRatio(name, value) : parseDurationMs(name, value);
  }
  return { faults, diskModel, stopGraceMs, rest };
}

function parseRatio(name: string, text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= 1))
    throw new UsageError(`--${name}: '${text}' is no share between 0 and 1`);
  return value;
}
