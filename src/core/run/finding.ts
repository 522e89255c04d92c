import { z } from 'zod';

/** One observed fact: a sentence; where it rests on a figure of the Run, that figure and its place (`disk.walFsyncMs.p99`). */
export const EvidenceSchema = z.strictObject({
  text: z.string(),
  metric: z.string().optional(),
  value: z.number().optional(),
  unit: z.string().optional(),
});
export type Evidence = z.infer<typeof EvidenceSchema>;

export const SEVERITIES = ['critical', 'warning', 'unknown', 'info', 'good'] as const;

/** What the figures mean. `unknown` is an honest 'cannot tell' and says in `settle` what would make it tell. */
export const FindingSchema = z.strictObject({
  code: z.string(),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  text: z.string(),
  because: z.array(EvidenceSchema),
  settle: z.string().optional(),
  /** Who says that this matters: a document, a named rule. */
  source: z.string(),
});
export type Finding = z.infer<typeof FindingSchema>;

const settingValue = z.union([z.number(), z.string()]);

/**
 * One etcd setting judged. `current` is null where it could not be read; `recommended` is null exactly when `answer` is
 * 'cannot tell', and then `settle` names what would tell.
 */
export const RecommendationSchema = z.strictObject({
  setting: z.string(),
  flag: z.string(),
  answer: z.enum(['change', 'keep', 'set', 'cannot tell']),
  current: settingValue.nullable(),
  recommended: settingValue.nullable(),
  unit: z.string(),
  because: z.array(EvidenceSchema),
  /** What following it costs, such as a slower failover. */
  cost: z.string().optional(),
  settle: z.string().optional(),
  source: z.string(),
});
export type Recommendation = z.infer<typeof RecommendationSchema>;

const BOTTLENECKS = ['disk', 'cpu', 'network', 'server queue', 'generator', 'none', 'cannot tell'] as const;

/** What broke first, with what shows it. */
export const BottleneckSchema = z.strictObject({
  answer: z.enum(BOTTLENECKS),
  because: z.array(EvidenceSchema),
});
export type Bottleneck = z.infer<typeof BottleneckSchema>;
