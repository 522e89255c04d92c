/**
 * What a disk model says, as data.
 *
 * One fdatasync of a growing file costs `writesPerSync` device writes. It waits until every limit admits them, then takes a
 * latency drawn from the distribution for the present rate, plus the transfer of what exceeds 8 KB. During an episode (off
 * unless a model has one) latencies are multiplied.
 */
export interface DiskModel {
  /** What `--disk-model` takes. */
  readonly name: string;
  readonly title: string;
  /** Date of the limits, which providers change. */
  readonly asOf: string;
  readonly sources: readonly string[];
  /** What the latencies rest on: measurements of one's own volume, several published ones, one or two, or a mere promise. */
  readonly confidence: 'measured' | 'high' | 'medium' | 'low';
  readonly note?: string;
  readonly writesPerSync: number;
  /** Bytes a second beyond 8 KB of a sync. */
  readonly bytesPerS: number;
  readonly latency: LatencyModel;
  readonly limits: readonly LimitModel[];
  readonly episodes?: EpisodeModel;
}

export type LatencyModel = LognormalLatency | MeasuredLatencies;

/** Lognormal with a share of outliers spread evenly over a range. */
export interface LognormalLatency {
  readonly kind: 'lognormal';
  readonly medianUs: number;
  readonly sigma: number;
  readonly outliers: { readonly share: number; readonly fromMs: number; readonly toMs: number };
}

/** Quantiles as measured, one table a rate, in rising order of rate; the table nearest above the present rate holds. */
export interface MeasuredLatencies {
  readonly kind: 'measured';
  readonly tables: readonly { readonly ratePerS: number; readonly quantiles: readonly QuantilePoint[] }[];
}

export interface QuantilePoint {
  /** Rising from 0 to 1. */
  readonly q: number;
  readonly us: number;
}

/**
 * A token bucket: `burstPerS` while there are credits, `baselinePerS` when they are gone; credits come back at the baseline
 * rate up to `credits`. Without credits it is a plain limit.
 */
export interface LimitModel {
  readonly unit: 'writes' | 'bytes';
  readonly baselinePerS: number;
  readonly burstPerS: number;
  readonly credits: number;
}

export interface EpisodeModel {
  readonly everyS: number;
  readonly lengthS: number;
  readonly factor: number;
}

export const lognormal = (
  medianUs: number,
  sigma: number,
  share: number,
  fromMs: number,
  toMs: number,
): LognormalLatency => ({ kind: 'lognormal', medianUs, sigma, outliers: { share, fromMs, toMs } });

/** A limit without credits. */
export function flatLimit(unit: LimitModel['unit'], perS: number): LimitModel {
  return { unit, baselinePerS: perS, burstPerS: perS, credits: 0 };
}
