/**
 * The knee: the highest rate at which a profile still holds an objective. The rate doubles until it fails, then the gap is
 * halved until it is narrow; the Universal Scalability Law is fitted to all that was tried.
 */
import { UsageError } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import type { Knee, OperationStats } from '../core/run/index.ts';
import { fitScalabilityLaw } from '../core/stats/index.ts';

/** Rates differ by less than this share when the search ends. */
const PRECISION = 0.1;
const MOST_STEPS = 14;
/** Fewer of what was due is not the rate that was asked for. Source: etcdctl check perf passes at 0.9. */
const LEAST_SHARE = 0.9;

export interface Slo {
  readonly text: string;
  readonly quantile: 'p50' | 'p90' | 'p99' | 'p999';
  readonly limitMs: number;
}

/** `p99<50ms`. Throws UsageError for anything else. */
export function parseSlo(text: string): Slo {
  const match = /^(p50|p90|p99|p999)\s*<\s*(\d+(?:\.\d+)?)\s*(ms|s)$/.exec(text.trim());
  if (match === null) {
    throw new UsageError(`--slo "${text}": write a percentile, < and a duration in ms or s, such as p99<50ms`);
  }
  const limitMs = Number(match[2]) * (match[3] === 's' ? 1_000 : 1);
  return { text: text.trim(), quantile: match[1] as Slo['quantile'], limitMs };
}

export interface Trial {
  /** Demanded. */
  readonly ratePerS: number;
  readonly total: OperationStats;
  /** The generator was the limit: the trial can tell nothing. */
  readonly saturated: boolean;
}

export interface KneeOptions {
  readonly slo: Slo;
  readonly seed: number;
  /** Runs the profile at `scale` times its rates. */
  readonly trial: (scale: number) => Promise<Trial>;
}

/** A trial whose generator was the limit ends the search upwards: beyond it nothing can be known. */
export async function findKnee(options: KneeOptions): Promise<Knee> {
  const { slo, seed, trial } = options;
  const points: (Knee['points'][number] & { readonly scale: number })[] = [];
  const holdsAt = async (scale: number): Promise<boolean> => {
    const { ratePerS, total, saturated } = await trial(scale);
    const latency = total.responseMs[slo.quantile];
    const sent = total.scheduled - total.skipped;
    const held =
      !saturated &&
      latency !== null &&
      latency < slo.limitMs &&
      total.errors === 0 &&
      sent >= LEAST_SHARE * total.scheduled;
    const { p50, p99 } = total.responseMs;
    points.push({ scale, ratePerS, achievedPerS: total.ratePerS, p50Ms: p50 ?? 0, p99Ms: p99 ?? 0, held });
    return held;
  };
  let low = 0;
  let high = 1;
  let steps = 0;
  while (steps++ < MOST_STEPS && (await holdsAt(high))) {
    low = high;
    high *= 2;
  }
  while (steps++ < MOST_STEPS && high - low > PRECISION * high) {
    const middle = low === 0 ? high / 2 : Math.sqrt(low * high);
    if (await holdsAt(middle)) low = middle;
    else high = middle;
  }
  const rateOf = (scale: number): number | undefined => points.find((point) => point.scale === scale)?.ratePerS;
  const lowest = rateOf(low);
  const highest = rateOf(high);
  const tried = points.toSorted((a, b) => a.ratePerS - b.ratePerS);
  return {
    slo: slo.text,
    maxRatePerS: lowest ?? null,
    intervalPerS: lowest === undefined || highest === undefined ? null : [lowest, highest],
    points: tried.map(({ scale: _, ...point }) => point),
    ...scalability(tried, seed),
  };
}

function scalability(points: Knee['points'], seed: number): Pick<Knee, 'usl'> {
  const usable = points.filter((point) => point.ratePerS > 0 && point.achievedPerS > 0);
  if (new Set(usable.map((point) => point.ratePerS)).size < 3) return {};
  // Load in units of the lowest rate tried: the law wants 1 to mean one client.
  const unit = usable[0]!.ratePerS;
  const { lambda, sigma, kappa, intervals } = fitScalabilityLaw(
    usable.map((point) => ({ load: point.ratePerS / unit, throughput: point.achievedPerS })),
    { random: seededRandom(seed) },
  );
  return {
    usl: { lambda, sigma, kappa, sigmaInterval: [...intervals.sigma], kappaInterval: [...intervals.kappa] },
  };
}
