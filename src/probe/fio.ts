/**
 * fio beside our own probe: figures that people have on file, and a cross-check where fio is installed.
 *
 * Source: fio(1), the JSON output's `sync.lat_ns` (times of the syncs that --fdatasync=1 asks for).
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { OperationError, UsageError, errorCode, errorMessage } from '../base/errors.ts';
import { bandOf } from '../core/advice/index.ts';
import { PROBE_SCHEMA_VERSION, type Latency, type Probe } from '../core/run/index.ts';
import { budgetVerdict, quantileRanks } from '../core/stats/index.ts';
import type { Budget } from './budgets.ts';

const SyncSchema = z.object({
  lat_ns: z.object({
    min: z.number(),
    max: z.number(),
    mean: z.number(),
    N: z.int().nonnegative(),
    percentile: z.record(z.string(), z.number()).optional(),
  }),
});

const FioSchema = z.object({
  'fio version': z.string(),
  jobs: z.array(z.object({ jobname: z.string(), sync: SyncSchema.optional() })).min(1),
});

type Sync = z.infer<typeof SyncSchema>['lat_ns'];

export type FioFigures = NonNullable<Probe['fio']>;

/** The figures of the first job that synced. Throws UsageError for what is not fio's JSON, or has no syncs in it. */
export function parseFio(text: string, name: string): FioFigures {
  const { version, sync } = syncOf(text, name);
  return {
    version,
    samples: sync.N,
    p50Ms: percentile(sync, 50, name),
    p99Ms: percentile(sync, 99, name),
    p999Ms: percentile(sync, 99.9, name),
  };
}

/**
 * A verdict on figures measured by fio. fio keeps no order of its samples, so the interval takes them as independent, and it
 * keeps few percentiles, so each bound is the next one it did keep: true of fio's run, and wide.
 */
export function probeFromFio(text: string, name: string, budget: Budget, confidence = 0.95): Probe {
  const { version, sync, jobName } = syncOf(text, name);
  const points = percentiles(sync);
  const ranks = quantileRanks(Math.max(1, sync.N), 0.99, 1 - confidence);
  const low = points.filter(({ share }) => share * sync.N <= ranks.lower).at(-1)?.ms ?? sync.min / 1e6;
  const above = points.find(({ share }) => share * sync.N >= ranks.upper)?.ms ?? sync.max / 1e6;
  const high = ranks.upper > sync.N ? Infinity : above;
  const walFsyncMs = latencyOf(sync, points, name);
  return {
    schemaVersion: PROBE_SCHEMA_VERSION,
    kind: 'probe',
    path: name,
    recipe: 'fio',
    verdict: budgetVerdict({ low, high }, budget.p99Ms),
    band: bandOf(walFsyncMs.p99 ?? 0),
    walFsyncMs,
    p99IntervalMs: high === Infinity ? null : [low, high],
    confidence,
    budgetMs: budget.p99Ms,
    budget,
    fio: parseFio(text, name),
    volume: { device: null, model: null, filesystem: null, mountOptions: null, rotational: null, class: null },
    warnings: [
      {
        code: 'from-fio',
        text: `Measured by ${version}, job '${jobName}', not by etcdmark: nothing is known of the volume, and the samples are taken as independent.`,
      },
    ],
  };
}

const BLOCKS = {
  'fio-2300': ['--bs=2300', '--size=22m'],
  'fio-8000': ['--bs=8000', '--size=100m', '--runtime=60', '--time_based'],
} as const;

/** Runs fio with a recipe on `directory` and removes its file. Throws OperationError where fio is missing or fails. */
export async function runFio(
  directory: string,
  recipe: keyof typeof BLOCKS,
  signal?: AbortSignal,
): Promise<FioFigures> {
  // A name of its own, so that no file of the user is written over; fio puts the file number behind it.
  const job = `.etcdmark-fio-${process.pid}-${Date.now()}`;
  const flags = ['--rw=write', '--ioengine=sync', '--fdatasync=1', ...BLOCKS[recipe], '--output-format=json'];
  try {
    const { stdout } = await execa('fio', [`--name=${job}`, `--directory=${directory}`, ...flags], {
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    return parseFio(stdout, 'fio');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw new OperationError(
        'fio is not installed: install it (Debian: apt-get install fio), or leave out --with-fio',
      );
    }
    if (error instanceof UsageError) throw error;
    throw new OperationError(`fio failed on ${directory}: ${errorMessage(error).split('\n')[0] ?? ''}`);
  } finally {
    await rm(join(directory, `${job}.0.0`), { force: true });
  }
}

function syncOf(text: string, name: string): { version: string; sync: Sync; jobName: string } {
  let value: unknown;
  try {
    // Warnings may stand before the document.
    value = JSON.parse(text.slice(Math.max(0, text.indexOf('{'))));
  } catch {
    throw new UsageError(`${name}: not fio's JSON; run fio with --output-format=json`);
  }
  const result = FioSchema.safeParse(value);
  if (!result.success) throw new UsageError(`${name}: not fio's JSON: no 'fio version' and 'jobs' in it`);
  for (const { sync, jobname } of result.data.jobs) {
    if (sync !== undefined && sync.lat_ns.N > 0) {
      return { version: result.data['fio version'], sync: sync.lat_ns, jobName: jobname };
    }
  }
  throw new UsageError(`${name}: no job in it synced; run fio with --fdatasync=1`);
}

function percentiles({ percentile: listed = {} }: Sync): { share: number; ms: number }[] {
  return Object.entries(listed)
    .map(([level, ns]) => ({ share: Number(level) / 100, ms: ns / 1e6 }))
    .filter(({ share }) => Number.isFinite(share))
    .sort((a, b) => a.share - b.share);
}

function percentile(sync: Sync, level: number, name: string): number {
  const found = percentiles(sync).find(({ share }) => Math.abs(share - level / 100) < 1e-9);
  if (found === undefined) throw new UsageError(`${name}: percentile ${level} of the syncs is not in it`);
  return found.ms;
}

function latencyOf(sync: Sync, points: readonly { share: number; ms: number }[], name: string): Latency {
  return {
    count: sync.N,
    min: sync.min / 1e6,
    p50: percentile(sync, 50, name),
    p90: percentile(sync, 90, name),
    p99: percentile(sync, 99, name),
    // fio's percentiles are borders of its buckets, which may lie beyond the longest.
    p999: Math.min(percentile(sync, 99.9, name), sync.max / 1e6),
    max: sync.max / 1e6,
    mean: sync.mean / 1e6,
    hdr: null,
    buckets: [
      ...points.map(({ share, ms }) => ({ leMs: ms, count: Math.round(share * sync.N) })),
      { leMs: null, count: sync.N },
    ],
  };
}
