import { z } from 'zod';
import { EnvironmentSchema } from './environment.ts';
import { LatencySchema } from './latency.ts';
import {
  BudgetSchema,
  DeviceUseSchema,
  FioFiguresSchema,
  HostSettingsSchema,
  IoLimitSchema,
  ProbedPeerSchema,
  ProbePhaseSchema,
  RungSchema,
  SustainedSchema,
} from './probe-details.ts';
import { VerdictSchema } from './verdict.ts';

const quantity = z.number().nonnegative();

export const PROBE_SCHEMA_VERSION = 1;

const BANDS = ['healthy', 'degraded', 'critical', 'emergency'] as const;
const BandSchema = z.enum(BANDS);
export type Band = z.infer<typeof BandSchema>;

/** What is under a path. Null where the host does not tell. */
const VolumeSchema = z.strictObject({
  /** Such as `nvme0n1`, or the remote of a network mount. */
  device: z.string().nullable(),
  model: z.string().nullable(),
  filesystem: z.string().nullable(),
  mountPoint: z.string().nullable().optional(),
  mountOptions: z.string().nullable(),
  rotational: z.boolean().nullable(),
  /** Such as `gp3`, `local-nvme`, `tmpfs`; null when it cannot be told. */
  class: z.string().nullable(),
  sizeBytes: z.number().nonnegative().nullable().optional(),
  freeBytes: z.number().nonnegative().nullable().optional(),
  scheduler: z.string().nullable().optional(),
  writeCache: z.string().nullable().optional(),
  /** Force Unit Access, as the kernel uses it. */
  fua: z.boolean().nullable().optional(),
  /** Where the bytes end up: `local`, `network`, `virtual`, `memory`, `layered` or `unknown`. */
  storage: z.string().optional(),
  /** What the class does not tell. */
  classNote: z.string().optional(),
  ioLimits: z.array(IoLimitSchema).optional(),
  /** Devices under a mapped or multi-disk device, top first. */
  stack: z.array(z.string()).optional(),
});
export type Volume = z.infer<typeof VolumeSchema>;

export const WarningSchema = z.strictObject({ code: z.string(), text: z.string() });
export type Warning = z.infer<typeof WarningSchema>;

/** One volume against the WAL fsync budget. */
export const ProbeSchema = z.strictObject({
  schemaVersion: z.literal(PROBE_SCHEMA_VERSION),
  kind: z.literal('probe'),
  path: z.string(),
  startedAt: z.iso.datetime().optional(),
  durationS: z.number().nonnegative().optional(),
  partial: z.boolean().optional(),
  command: z.string().optional(),
  environment: EnvironmentSchema.optional(),
  /** How it was measured: `wal`, `fio-2300`, `fio-8000`, `backend`, `together`, `ladder` or `sustained`. */
  recipe: z.string().optional(),
  verdict: VerdictSchema,
  band: BandSchema,
  /** Time inside fdatasync alone, as etcd's own metric counts it. */
  walFsyncMs: LatencySchema,
  /** The interval that holds the true p99 with `confidence`; null with too few samples to give one. */
  p99IntervalMs: z.tuple([z.number().nonnegative(), z.number().nonnegative()]).nullable(),
  confidence: z.number().min(0).max(1),
  /** The p99 that was demanded. */
  budgetMs: z.number().positive().optional(),
  budget: BudgetSchema.optional(),
  /** How many independent samples the correlated ones are worth. */
  effectiveSamples: quantity.optional(),
  /** Seconds of probing that would settle an inconclusive verdict; null where it lies on the line. */
  secondsToDecide: quantity.nullable().optional(),
  /** Changes from one WAL segment to the next; each is one of the samples too. */
  segmentSwitchMs: LatencySchema.optional(),
  deviceUse: DeviceUseSchema.optional(),
  host: HostSettingsSchema.optional(),
  phases: z.array(ProbePhaseSchema).optional(),
  ladder: z.array(RungSchema).optional(),
  sustained: SustainedSchema.optional(),
  peers: z.array(ProbedPeerSchema).optional(),
  fio: FioFiguresSchema.optional(),
  /** Time of the write before each sync, apart. */
  writeMs: LatencySchema.optional(),
  backendCommitMs: LatencySchema.optional(),
  maxRateWithinBudgetPerS: z.number().nonnegative().nullable().optional(),
  /** The shape of what was written. */
  method: z
    .strictObject({
      writeBytes: z.int().positive(),
      fileBytes: z.int().nonnegative().optional(),
      preallocation: z.enum(['fallocate', 'zero-fill', 'none']).optional(),
      samples: z.int().nonnegative().optional(),
      /** Writers that shared the volume with the probe, and what they did. */
      neighbours: z.string().optional(),
    })
    .optional(),
  /** By the second. */
  series: z
    .array(
      z.strictObject({
        t: z.number().nonnegative(),
        count: z.int().nonnegative(),
        p50: z.number().nonnegative(),
        p99: z.number().nonnegative(),
        max: z.number().nonnegative(),
        /** Changes from one WAL segment to the next in this second. */
        switches: z.int().positive().optional(),
      }),
    )
    .optional(),
  volume: VolumeSchema,
  warnings: z.array(WarningSchema),
});
export type Probe = z.infer<typeof ProbeSchema>;
