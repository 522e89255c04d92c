/** The profile's promises judged, and whether the generator itself was the limit. */
import { figureAt } from '../core/run/index.ts';
import type { Evidence, GeneratorStats, Latency, OperationStats, Operations, Threshold } from '../core/run/index.ts';

/** Limits beyond which a run says more about its generator than about the cluster. */
export interface GeneratorLimits {
  /** Schedule lag and loop delay, p99: this many ms and this share of the response p99, both. */
  readonly lagMs: number;
  readonly lagShare: number;
  /** Of one processor, for a generator process that has one thread to work in. */
  readonly cpuShare: number;
}

/** Source: assumed. A tenth of what is measured is as much error as a percentile of three digits can bear. */
export const DEFAULT_GENERATOR_LIMITS: GeneratorLimits = { lagMs: 5, lagShare: 0.1, cpuShare: 0.9 };

/** Why the generator was the limit; empty: it was not. */
export function saturation(
  lag: Latency,
  loopDelay: Latency,
  cpuShare: number,
  response: Latency,
  limits: GeneratorLimits,
): NonNullable<GeneratorStats['because']> {
  const because: Evidence[] = [];
  const late = (value: number | null, what: string, metric: string): void => {
    if (value === null || value <= limits.lagMs || value <= limits.lagShare * (response.p99 ?? 0)) return;
    because.push({ text: `${what} p99 was ${value.toFixed(1)} ms`, metric, value, unit: 'ms' });
  };
  late(lag.p99, 'sends behind their schedule:', 'generator.scheduleLagMs.p99');
  late(loopDelay.p99, "the generator's event loop was delayed:", 'generator.eventLoopDelayP99Ms');
  if (cpuShare > limits.cpuShare) {
    const percent = Math.round(cpuShare * 100);
    because.push({ text: `a generator process used ${percent} % of a processor`, value: percent, unit: '%' });
  }
  return because;
}

/** The profile's thresholds that do not hold, one line each. */
export function failedThresholds(
  thresholds: readonly Threshold[],
  figures: { readonly total: OperationStats; readonly operations: Operations },
): string[] {
  return thresholds.flatMap((threshold) => {
    const value = figureAt(figures, threshold.metric);
    if (value === undefined) return [`${threshold.metric}: was not measured`];
    return holds(value, threshold)
      ? []
      : [`${threshold.metric} is ${value}, not ${threshold.comparison} ${threshold.value}`];
  });
}

function holds(value: number, { comparison, value: limit }: Threshold): boolean {
  switch (comparison) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '=':
      return value === limit;
  }
}
