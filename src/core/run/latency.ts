import { z } from 'zod';

const quantity = z.number().nonnegative();

/**
 * A distribution of durations in milliseconds: its usual percentiles for reading, and the whole of it as an
 * HdrHistogram (V2 compressed, base64, recorded in µs) for every later question. With `count: 0` all the rest is null.
 *
 * `buckets` stands in place of `hdr` where a server only told its own cumulative histogram (Prometheus `le` bounds):
 * percentiles between two bounds are then interpolated, and no more exact than the bounds are near.
 */
export const LatencySchema = z
  .strictObject({
    count: z.int().nonnegative(),
    min: quantity.nullable(),
    p50: quantity.nullable(),
    p90: quantity.nullable(),
    p99: quantity.nullable(),
    p999: quantity.nullable(),
    max: quantity.nullable(),
    mean: quantity.nullable(),
    /** Standard deviation; of the program's own measurements only. */
    stdDev: quantity.optional(),
    hdr: z.string().nullable(),
    buckets: z.array(z.strictObject({ leMs: quantity.nullable(), count: z.int().nonnegative() })).optional(),
  })
  .superRefine((latency, context) => {
    const figures = FIGURES.map((name) => latency[name]);
    if (latency.count === 0 && figures.some((figure) => figure !== null)) {
      context.addIssue({ code: 'custom', message: 'a Latency with count 0 has nulls' });
    }
    if (latency.count > 0 && figures.some((figure) => figure === null)) {
      context.addIssue({ code: 'custom', message: 'a Latency with a count has figures, not nulls' });
    }
    if (latency.count > 0 && latency.hdr === null && latency.buckets === undefined) {
      context.addIssue({ code: 'custom', message: 'a Latency with a count keeps its histogram: hdr or buckets' });
    }
  });

const FIGURES = ['min', 'p50', 'p90', 'p99', 'p999', 'max', 'mean'] as const;

export type Latency = z.infer<typeof LatencySchema>;

/** A Latency that holds samples, so that its figures are numbers. */
export type MeasuredLatency = Latency & { readonly [Name in (typeof FIGURES)[number]]: number };

/** Nothing was measured. */
export function emptyLatency(): Latency {
  return { count: 0, min: null, p50: null, p90: null, p99: null, p999: null, max: null, mean: null, hdr: null };
}

/** Whether there is anything in it; narrows its figures to numbers. */
export function isMeasured(latency: Latency | undefined): latency is MeasuredLatency {
  return latency !== undefined && latency.count > 0;
}
