/** Whether the cluster settled while the load stood still: judged on the longest phase of constant level. */
import { formatMs, formatRate } from '../core/run/index.ts';
import type { Run, SeriesPoint } from '../core/run/index.ts';
import { steadyState } from '../core/stats/index.ts';
import type { Profile } from '../core/workload/index.ts';
import { combineLatencies } from '../platform/histogram.ts';

/** Fewer seconds say nothing about settling. Source: assumed. */
const LEAST_SECONDS = 10;

export function judgeSteadyState(series: readonly SeriesPoint[], profile: Profile): NonNullable<Run['steadyState']> {
  const hold = longestHold(profile);
  if (hold === undefined) return { reached: null, fromS: null, text: 'the load never stands still in this profile' };
  const points = series.filter(
    (point) => point.t >= hold.startS && point.t + 1 <= hold.endS && (point.responseMs.p50 ?? 0) > 0,
  );
  if (points.length < LEAST_SECONDS) {
    const text = `${points.length} seconds of constant load in phase "${hold.name}" are too few to tell (${LEAST_SECONDS} at least)`;
    return { reached: null, fromS: null, text };
  }
  const { reached, from, level } = steadyState(points.map((point) => point.responseMs.p50!));
  const fromS = points[from]!.t;
  if (!reached) {
    const text = `response p50 did not settle in phase "${hold.name}"; its last level began at second ${fromS}`;
    return { reached, fromS: null, text };
  }
  const total = totalOf(series.filter((point) => point.t >= fromS && point.t + 1 <= hold.endS));
  const text =
    `response p50 settled at ${level.toFixed(2)} ms from second ${fromS} on: ` +
    `${formatRate(total.ratePerS)}, response p99 ${formatMs(total.responseMs.p99 ?? 0)} in those ${total.durationS} seconds`;
  return { reached, fromS, text, total };
}

/** The seconds in which it stood still, without those in which it was getting there. */
function totalOf(points: readonly SeriesPoint[]): NonNullable<NonNullable<Run['steadyState']>['total']> {
  const completed = points.reduce((sum, point) => sum + Object.values(point.completed).reduce((a, b) => a + b, 0), 0);
  return {
    durationS: points.length,
    completed,
    errors: points.reduce((sum, point) => sum + point.errors, 0),
    ratePerS: completed / points.length,
    responseMs: combineLatencies(points.map((point) => point.responseMs)),
    serviceMs: combineLatencies(points.flatMap((point) => point.serviceMs ?? [])),
  };
}

function longestHold(profile: Profile): { name: string; startS: number; endS: number } | undefined {
  let startMs = profile.warmup;
  let longest: { name: string; startS: number; endS: number } | undefined;
  for (const phase of profile.phases) {
    const endMs = startMs + phase.duration;
    const span = { name: phase.name, startS: startMs / 1_000, endS: endMs / 1_000 };
    const length = longest === undefined ? 0 : longest.endS - longest.startS;
    if (phase.kind === 'hold' && phase.level > 0 && phase.duration / 1_000 > length) longest = span;
    startMs = endMs;
  }
  return longest;
}
