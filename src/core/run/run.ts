import { z } from 'zod';
import { ThresholdSchema } from '../workload/index.ts';
import { AuditSchema } from './audit.ts';
import { EnvironmentSchema } from './environment.ts';
import { BottleneckSchema, EvidenceSchema, FindingSchema, RecommendationSchema } from './finding.ts';
import { LatencySchema } from './latency.ts';
import { OperationStatsSchema, OperationsSchema, SeriesPointSchema } from './operations.ts';
import { ProbeSchema, WarningSchema } from './probe.ts';
import { TargetSchema } from './target.ts';
import { VerdictSchema } from './verdict.ts';

export const RUN_SCHEMA_VERSION = 1;

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();

const ProfileInfoSchema = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  loop: z.enum(['open', 'closed']).optional(),
  /** Arrivals demanded, where the profile has one rate. */
  ratePerS: z.number().nonnegative().optional(),
  clients: count.optional(),
  /** Scale factors that were set: `nodes`, `pods`. */
  scale: z.record(z.string(), z.number()).optional(),
  /** What the profile promises to hold; each is judged. */
  thresholds: z.array(ThresholdSchema).optional(),
});
export type ProfileInfo = z.infer<typeof ProfileInfoSchema>;
export type Threshold = z.infer<typeof ThresholdSchema>;

/** A stretch of the run with a load of its own; `assess` has one for each of its profiles. */
export const PhaseSchema = z.strictObject({
  name: z.string(),
  profile: z.string().optional(),
  startS: seconds,
  durationS: seconds,
  ratePerS: z.number().nonnegative().optional(),
  operations: OperationsSchema.optional(),
  total: OperationStatsSchema.optional(),
  bottleneck: BottleneckSchema.optional(),
});
export type Phase = z.infer<typeof PhaseSchema>;

const EVENT_KINDS = [
  'leader-change',
  'compaction',
  'defrag',
  'slow-fsync',
  'alarm',
  'member-down',
  'member-up',
  'fault',
  'note',
] as const;

const RunEventSchema = z.strictObject({
  t: seconds,
  kind: z.enum(EVENT_KINDS),
  member: z.string().optional(),
  durationMs: z.number().nonnegative().optional(),
  text: z.string(),
});
export type RunEvent = z.infer<typeof RunEventSchema>;

/** What one member said in one second. Names carry their units (`walFsyncP99Ms`, `cpuPercent`, `rssBytes`). */
const MemberSampleSchema = z.strictObject({
  t: seconds,
  member: z.string(),
  metrics: z.record(z.string(), z.number()),
});
export type MemberSample = z.infer<typeof MemberSampleSchema>;

const WatchStatsSchema = z.strictObject({
  events: count,
  gaps: count,
  /** From the writer's intended send to the watcher's receipt. */
  deliveryMs: LatencySchema,
});

/** What the members said of themselves over the run; null where they did not. */
const ServerStatsSchema = z.strictObject({
  walFsyncMs: LatencySchema,
  backendCommitMs: LatencySchema,
  leaderChanges: count.nullable(),
  proposalsFailed: count.nullable(),
  dbSizeBytes: z.number().nonnegative().nullable(),
  dbInUseBytes: z.number().nonnegative().nullable(),
  dbSizeStartBytes: z.number().nonnegative().nullable().optional(),
  /** etcd's own peer round trip, from its metric. */
  peerRttMs: LatencySchema.optional(),
  walFsyncs: count.nullable().optional(),
  writtenBytes: z.number().nonnegative().nullable().optional(),
  cpuUsPerOp: z.number().nonnegative().nullable().optional(),
  rssBytes: z.number().nonnegative().nullable().optional(),
});
export type ServerStats = z.infer<typeof ServerStatsSchema>;

const GeneratorStatsSchema = z.strictObject({
  /** What this machine sends at most, against a server that does nothing; null when not calibrated. */
  ceilingPerS: z.number().nonnegative().nullable(),
  cpuUsPerOp: z.number().nonnegative().nullable(),
  eventLoopDelayP99Ms: z.number().nonnegative().nullable(),
  saturated: z.boolean(),
  /** Why it is held to be saturated. */
  because: z.array(EvidenceSchema).optional(),
  workers: count.optional(),
  connections: count.optional(),
  /** Actual minus intended send. */
  scheduleLagMs: LatencySchema.optional(),
});
export type GeneratorStats = z.infer<typeof GeneratorStatsSchema>;

/** The highest rate that held the service-level objective, and the Universal Scalability Law fitted to what was tried. */
export const KneeSchema = z.strictObject({
  slo: z.string(),
  maxRatePerS: z.number().nonnegative().nullable(),
  intervalPerS: z.tuple([z.number().nonnegative(), z.number().nonnegative()]).nullable(),
  points: z.array(
    z.strictObject({
      ratePerS: z.number().nonnegative(),
      achievedPerS: z.number().nonnegative(),
      p50Ms: z.number().nonnegative(),
      p99Ms: z.number().nonnegative(),
      held: z.boolean(),
    }),
  ),
  usl: z
    .strictObject({
      lambda: z.number(),
      sigma: z.number(),
      kappa: z.number(),
      sigmaInterval: z.tuple([z.number(), z.number()]).optional(),
      kappaInterval: z.tuple([z.number(), z.number()]).optional(),
    })
    .optional(),
});
export type Knee = z.infer<typeof KneeSchema>;

/** A peer round trip that somebody measured, and how: it alone can settle heartbeat advice. */
export const PeerRttSchema = z.strictObject({
  meanMs: z.number().nonnegative(),
  p99Ms: z.number().nonnegative().optional(),
  samples: count.optional(),
  source: z.enum(['flag', 'probe', 'metric']),
});
export type PeerRtt = z.infer<typeof PeerRttSchema>;

/** Facts that were handed to advice, kept so that it can be given again from the stored Run. */
const FactsSchema = z.strictObject({
  peerRtt: PeerRttSchema.optional(),
  expectedDbBytes: z.number().nonnegative().optional(),
});
export type Facts = z.infer<typeof FactsSchema>;

export const RunSchema = z.strictObject({
  schemaVersion: z.literal(RUN_SCHEMA_VERSION),
  kind: z.literal('run'),
  id: z.string().min(1),
  startedAt: z.iso.datetime(),
  durationS: seconds,
  partial: z.boolean(),
  verdict: VerdictSchema,
  /** What was typed, quoted for a POSIX shell. */
  command: z.string(),
  seed: z.int().nonnegative(),
  environment: EnvironmentSchema,
  target: TargetSchema,
  profile: ProfileInfoSchema,
  operations: OperationsSchema,
  total: OperationStatsSchema,
  watch: WatchStatsSchema,
  server: ServerStatsSchema,
  generator: GeneratorStatsSchema,
  disk: ProbeSchema.optional(),
  /** Seconds that were driven but are not in `operations` and `total`. */
  warmup: z.strictObject({ durationS: seconds, total: OperationStatsSchema }).optional(),
  steadyState: z
    .strictObject({
      reached: z.boolean().nullable(),
      fromS: seconds.nullable(),
      text: z.string(),
      /** What was answered from there on, until the load changed. */
      total: z
        .strictObject({
          durationS: seconds,
          completed: count,
          errors: count,
          ratePerS: z.number().nonnegative(),
          responseMs: LatencySchema,
          serviceMs: LatencySchema,
        })
        .optional(),
    })
    .optional(),
  phases: z.array(PhaseSchema).optional(),
  bottleneck: BottleneckSchema.optional(),
  audit: AuditSchema.optional(),
  knee: KneeSchema.optional(),
  facts: FactsSchema.optional(),
  findings: z.array(FindingSchema),
  recommendations: z.array(RecommendationSchema),
  warnings: z.array(WarningSchema).optional(),
  events: z.array(RunEventSchema).optional(),
  samples: z.array(MemberSampleSchema).optional(),
  series: z.array(SeriesPointSchema),
});
export type Run = z.infer<typeof RunSchema>;
