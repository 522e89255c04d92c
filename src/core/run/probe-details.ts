import { z } from 'zod';
import { LatencySchema } from './latency.ts';
import { VerdictSchema } from './verdict.ts';

const quantity = z.number().nonnegative();

/** What was demanded, and who demands it. */
export const BudgetSchema = z.strictObject({ name: z.string(), p99Ms: z.number().positive(), source: z.string() });

/** An I/O limit of a cgroup on the probed disk. */
export const IoLimitSchema = z.strictObject({
  cgroup: z.string(),
  device: z.string(),
  writeBytesPerS: quantity.optional(),
  writesPerS: quantity.optional(),
});

/** What the disk did during the probe, by the kernel's own counters. */
export const DeviceUseSchema = z.strictObject({
  writesPerSync: quantity,
  writtenBytesPerSync: quantity,
  /** Null where the kernel does not count flushes. */
  flushesPerSync: quantity.nullable(),
  reads: quantity,
  /** Before the probe began: share of time busy, and writes a second. */
  busyShareBefore: quantity.nullable(),
  writesPerSBefore: quantity.nullable(),
  /** Other processes that wrote meanwhile, to whichever disk, most first. */
  otherWriters: z.array(z.strictObject({ command: z.string(), pid: z.int(), writtenBytes: quantity })),
});

export const HostSettingsSchema = z.strictObject({
  swapBytes: quantity,
  swappiness: z.number().nullable(),
  transparentHugePages: z.string().nullable(),
  cpuGovernor: z.string().nullable(),
});

/** The WAL's latency while something else ran on the volume. */
export const ProbePhaseSchema = z.strictObject({
  name: z.string(),
  /** The writers and readers beside the WAL. */
  beside: z.array(z.string()),
  walFsyncMs: LatencySchema,
  backendCommitMs: LatencySchema.optional(),
  p99IntervalMs: z.tuple([quantity, quantity]).nullable(),
  verdict: VerdictSchema,
});

/** One rate of the ladder. */
export const RungSchema = z.strictObject({
  ratePerS: z.number().positive(),
  achievedPerS: quantity,
  /** From the instant at which the sync was due to its end: what the budget is held against. */
  responseMs: LatencySchema,
  /** The fdatasync alone, without the wait for the one before it. */
  serviceMs: LatencySchema.optional(),
  /** By the figures as they are. */
  withinBudget: z.boolean(),
  /** By the interval of the p99. */
  verdict: VerdictSchema.optional(),
});

/** How the volume behaved over a long time. */
export const SustainedSchema = z.strictObject({
  /** Moves to another level; `kind` says of what. */
  changes: z.array(
    z.strictObject({ atS: quantity, kind: z.enum(['rate', 'latency']), before: quantity, after: quantity }),
  ),
  /** Syncs a second before and after the burst credits were gone. */
  burst: z
    .strictObject({
      endedAtS: quantity,
      ratePerS: quantity,
      baselineRatePerS: quantity,
      /** The syncs before that alone. */
      walFsyncMs: LatencySchema.optional(),
    })
    .nullable(),
  /** Seconds until the credits would be gone at a given rate; null: never. */
  exhaustion: z.strictObject({ ratePerS: quantity, afterS: quantity.nullable() }).nullable(),
});

/** The round trip to a host that was named, as seen from here. */
export const ProbedPeerSchema = z.strictObject({
  address: z.string(),
  connectMs: LatencySchema,
  /** Round trips of a small request on an open connection; empty where the peer answered none. */
  requestMs: LatencySchema,
});

/** fio's figures for the same recipe on the same directory. */
export const FioFiguresSchema = z.strictObject({
  version: z.string(),
  samples: z.int().nonnegative(),
  p50Ms: quantity,
  p99Ms: quantity,
  p999Ms: quantity,
});
