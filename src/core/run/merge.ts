import type { Latency } from './latency.ts';
import { isMeasured } from './latency.ts';
import type { OperationStats, Operations, SeriesPoint } from './operations.ts';

/** What one worker measured. Its seconds count from the start that all workers share. */
export interface RunPart {
  readonly operations: Operations;
  readonly series: readonly SeriesPoint[];
}

export interface MergedParts {
  readonly operations: Operations;
  /** All classes as one. */
  readonly total: OperationStats;
  readonly series: SeriesPoint[];
}

/** One distribution out of several; handed in, because the histogram's code is no part of the pure core. */
export type CombineLatencies = (parts: readonly Latency[]) => Latency;

/**
 * The parts of several workers as one. Counts add up, distributions are combined whole (never averaged), and a rate is
 * what was completed over `durationS`.
 */
export function mergeParts(parts: readonly RunPart[], durationS: number, combine: CombineLatencies): MergedParts {
  const classes = [...new Set(parts.flatMap((part) => Object.keys(part.operations)))].sort();
  const operations: Record<string, OperationStats> = {};
  for (const name of classes) {
    const stats = parts.flatMap((part) => part.operations[name] ?? []);
    operations[name] = mergeOperations(stats, durationS, combine);
  }
  return {
    operations,
    total: mergeOperations(Object.values(operations), durationS, combine),
    series: mergeSeries(parts, combine),
  };
}

/** Several classes, or one class from several workers, as one. */
export function mergeOperations(
  stats: readonly OperationStats[],
  durationS: number,
  combine: CombineLatencies,
): OperationStats {
  const completed = sum(stats.map((one) => one.completed));
  const conflicts = stats.flatMap((one) => one.conflicts ?? []);
  return {
    scheduled: sum(stats.map((one) => one.scheduled)),
    completed,
    errors: sum(stats.map((one) => one.errors)),
    skipped: sum(stats.map((one) => one.skipped)),
    ratePerS: durationS > 0 ? completed / durationS : 0,
    responseMs: combine(stats.map((one) => one.responseMs)),
    serviceMs: combine(stats.map((one) => one.serviceMs)),
    errorsByCode: sumByKey(stats.map((one) => one.errorsByCode ?? {})),
    ...(conflicts.length > 0 && { conflicts: sum(conflicts) }),
  };
}

function mergeSeries(parts: readonly RunPart[], combine: CombineLatencies): SeriesPoint[] {
  const bySecond = new Map<number, SeriesPoint[]>();
  for (const point of parts.flatMap((part) => part.series)) {
    const sharing = bySecond.get(point.t);
    if (sharing === undefined) bySecond.set(point.t, [point]);
    else sharing.push(point);
  }
  return [...bySecond.entries()].sort(([a], [b]) => a - b).map(([t, points]) => mergePoints(t, points, combine));
}

function mergePoints(t: number, points: readonly SeriesPoint[], combine: CombineLatencies): SeriesPoint {
  const service = points.flatMap((point) => (isMeasured(point.serviceMs) ? point.serviceMs : []));
  return {
    t,
    completed: sumByKey(points.map((point) => point.completed)),
    errors: sum(points.map((point) => point.errors)),
    skipped: sum(points.map((point) => point.skipped ?? 0)),
    responseMs: combine(points.map((point) => point.responseMs)),
    ...(service.length > 0 && { serviceMs: combine(service) }),
    ...(points.some((point) => point.warmup) && { warmup: true }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sumByKey(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) total[key] = (total[key] ?? 0) + value;
  }
  return total;
}
