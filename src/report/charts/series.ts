import type { Latency, Run, SeriesPoint } from '../../core/run/index.ts';
import { combineLatencies } from '../../platform/histogram.ts';

/** A stretch of the run, one or more seconds. */
export interface Slice {
  readonly t: number;
  readonly spanS: number;
  readonly completedPerS: number;
  readonly errorsPerS: number;
  readonly skippedPerS: number;
  readonly responseMs: Latency;
  readonly warmup: boolean;
}

/** The seconds of a run as at most `most` equal stretches, worked out once for each `most`. */
export type Slices = (most: number) => readonly Slice[];

/** Slices a run: distributions are combined whole, nothing is left out. */
export function slicesOf(run: Run): Slices {
  const known = new Map<number, readonly Slice[]>();
  return (most) => {
    const found = known.get(most) ?? cut(run, most);
    known.set(most, found);
    return found;
  };
}

function cut(run: Run, most: number): Slice[] {
  const last = run.series.at(-1);
  if (last === undefined) return [];
  const spanS = Math.max(1, Math.ceil((last.t + 1) / most));
  const groups = new Map<number, SeriesPoint[]>();
  for (const point of run.series) {
    const start = Math.floor(point.t / spanS) * spanS;
    const group = groups.get(start);
    if (group === undefined) groups.set(start, [point]);
    else group.push(point);
  }
  return [...groups].map(([t, points]) => slice(t, spanS, points));
}

function slice(t: number, spanS: number, points: readonly SeriesPoint[]): Slice {
  const perS = (value: (point: SeriesPoint) => number): number =>
    points.reduce((sum, point) => sum + value(point), 0) / spanS;
  return {
    t,
    spanS,
    completedPerS: perS((point) => Object.values(point.completed).reduce((sum, count) => sum + count, 0)),
    errorsPerS: perS((point) => point.errors),
    skippedPerS: perS((point) => point.skipped ?? 0),
    responseMs: combineLatencies(points.map((point) => point.responseMs)),
    warmup: points.every((point) => point.warmup === true),
  };
}

/** The x axis of every chart over time. */
export function timeAxis(spanS: number, ticks: number): object {
  const minutes = spanS > 180;
  const step = niceStep(spanS / ticks, minutes ? 60 : 1);
  const values: number[] = [];
  for (let t = 0; t <= spanS * 1.0001; t += step) values.push(t);
  return {
    values,
    labelFlush: true,
    labelExpr: minutes ? "format(datum.value / 60, '~r') + ' min'" : "datum.value + ' s'",
  };
}

function niceStep(rough: number, unit: number): number {
  const magnitude = unit * 10 ** Math.floor(Math.log10(Math.max(1, rough / unit)));
  return [1, 2, 5, 10].map((factor) => factor * magnitude).find((step) => step >= rough) ?? 10 * magnitude;
}

export function spanOf(run: Run): number {
  return Math.max(1, (run.series.at(-1)?.t ?? 0) + 1);
}

/** Where the warm-up ends, or undefined where it is not in the series. */
export function warmupEnd(all: readonly Slice[]): number | undefined {
  const last = all.findLast((one) => one.warmup);
  return last === undefined ? undefined : last.t + last.spanS;
}
