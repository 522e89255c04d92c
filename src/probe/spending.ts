/**
 * What a probe may spend of a volume's burst credits, said before it starts.
 *
 * A synced append of a few KB costs about two I/Os on a filesystem (2.13 device writes per fdatasync were counted on gp3),
 * and one credit each. The rates are the most that such a volume does in burst.
 *
 * Source: AWS EC2 user guide, "General Purpose SSD volumes"; Azure, "Managed disk bursting".
 */
import type { VolumeFacts } from './facts/index.ts';
import type { ProbeOptions, Recipe } from './options.ts';

const WRITES_PER_SYNC = 2.1;

const BURST_CLASSES: Readonly<Record<string, { burstWritesPerS: number; bucket: string }>> = {
  'aws-ebs': { burstWritesPerS: 3000, bucket: 'on gp2, of a bucket of 5.4 million' },
  'azure-disk': { burstWritesPerS: 3500, bucket: 'on small Premium SSD, of a bucket of about 6 million' },
};

/** The longest that each recipe loads the disk without a pause, unless told. */
const DURATION_S: Readonly<Record<Recipe, number>> = {
  wal: 60,
  'fio-2300': 30,
  'fio-8000': 60,
  backend: 120,
  together: 60,
  ladder: 120,
  sustained: 1800,
};

export function spendingNotice(
  { class: volume }: VolumeFacts,
  recipe: Recipe,
  options: ProbeOptions,
): string | undefined {
  const burst = BURST_CLASSES[volume.name];
  if (burst === undefined) return undefined;
  const durationS = options.durationS ?? DURATION_S[recipe];
  const writesPerS = Math.min(burst.burstWritesPerS, (options.ratePerS ?? Infinity) * WRITES_PER_SYNC);
  return `may spend up to ${Math.round(writesPerS * durationS).toLocaleString('en')} I/O credits (${burst.bucket})`;
}
