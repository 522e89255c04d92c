import { z } from 'zod';
import { LatencySchema } from './latency.ts';

const count = z.int().nonnegative();

/**
 * One class of requests. `responseMs` runs from the instant the schedule wanted the request sent, `serviceMs` from the
 * instant it was sent. `skipped` arrivals were due but never sent; they are part of `scheduled` and never hidden.
 */
export const OperationStatsSchema = z.strictObject({
  scheduled: count,
  completed: count,
  errors: count,
  skipped: count,
  ratePerS: z.number().nonnegative(),
  responseMs: LatencySchema,
  serviceMs: LatencySchema,
  /** gRPC code name (`UNAVAILABLE`) or `TIMEOUT`, with how many; the sum is `errors`. */
  errorsByCode: z.record(z.string(), count).optional(),
  /** Answers that were right but said 'conflict, retry': a compare that failed. Not errors. */
  conflicts: count.optional(),
});
export type OperationStats = z.infer<typeof OperationStatsSchema>;

export const OperationsSchema = z.record(z.string(), OperationStatsSchema);
export type Operations = z.infer<typeof OperationsSchema>;

/** One second of the run, `t` seconds after its start. */
export const SeriesPointSchema = z.strictObject({
  t: z.number().nonnegative(),
  /** Completed in this second, by class. */
  completed: z.record(z.string(), count),
  errors: count,
  skipped: count.optional(),
  responseMs: LatencySchema,
  serviceMs: LatencySchema.optional(),
  /** True for seconds that the totals leave out. */
  warmup: z.boolean().optional(),
});
export type SeriesPoint = z.infer<typeof SeriesPointSchema>;
