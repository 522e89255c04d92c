/** What a probe can be asked, and what it needs from outside. */
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import type { Random } from '../base/random.ts';
import type { Budget } from './budgets.ts';
import type { Tree } from './facts/index.ts';
import type { HonestyLimits } from './honesty.ts';
import type { NeighbourName } from './load/load.ts';
import type { RecordSizes } from './load/record-sizes.ts';
import type { WorkerRunner } from './load/worker-runner.ts';

export const RECIPES = {
  wal: 'what etcd does: records into preallocated segments of 64 MB, an fdatasync after each; stops when certain',
  'fio-2300': 'fio --rw=write --ioengine=sync --fdatasync=1 --bs=2300 --size=22m, for comparison with figures on file',
  'fio-8000': 'the same with --bs=8000 --size=100m --runtime=60 --time_based, as OpenShift measures',
  backend: 'commits of scattered pages with one sync every 100 ms, against 25 ms',
  together:
    'WAL and backend at once, then an image pull, a log writer, a snapshot read and a defragmentation beside them',
  ladder: 'the highest rate of synced writes whose p99, from the instant each was due, stays inside the budget',
  sustained: 'the WAL at full or a fixed rate for long, to see when burst credits are gone and what is left then',
} as const;

export type Recipe = keyof typeof RECIPES;

export function isRecipe(name: string): name is Recipe {
  return Object.hasOwn(RECIPES, name);
}

export interface ProbeOptions {
  /** An existing directory on the volume to be qualified. */
  readonly path: string;
  /** Default `wal`. */
  readonly recipe?: Recipe;
  /** Default: etcd's 10 ms for the WAL, its 25 ms for `backend`. */
  readonly budget?: Budget;
  /** 0.95 unless told otherwise. */
  readonly confidence?: number;
  /** The longest that one measurement may take; each recipe has its default. */
  readonly durationS?: number;
  /** No early stop before this; default 5. */
  readonly minDurationS?: number;
  /** Syncs started per second; default: each as soon as the last has ended. */
  readonly ratePerS?: number;
  /** Sizes of the WAL's records; default Kubernetes-like. The fio recipes have their own. */
  readonly recordSizes?: RecordSizes;
  /** Which neighbours `together` adds; default all. */
  readonly neighbours?: readonly NeighbourName[];
  /** The rate for which `sustained` projects when burst credits end. */
  readonly projectedRatePerS?: number;
  /** Allows more than a low-rate `wal` probe beside a live etcd. */
  readonly liveEtcdAtRisk?: boolean;
  readonly honestyLimits?: HonestyLimits;
}

export interface ProbeProgress {
  readonly path: string;
  /** What is being measured now. */
  readonly phase: string;
  readonly elapsedS: number;
  readonly samples: number;
  readonly p99Ms: number | undefined;
  /** Something to be said once, such as what the probe may spend. */
  readonly notice?: string;
}

export interface ProbeEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly onProgress?: (progress: ProbeProgress) => void;
  readonly signal?: AbortSignal;
  /** The host's /proc and /sys unless given. */
  readonly tree?: Tree;
  /** The real disk unless given. */
  readonly disk?: Disk;
  /** Loads run in workers unless given. */
  readonly runner?: WorkerRunner;
  /** How long the disk is watched before the probe; 1,000 ms unless given. */
  readonly watchBeforeMs?: number;
}
