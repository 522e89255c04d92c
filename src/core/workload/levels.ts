/**
 * How hard the phases press at each instant: a piecewise linear level, its integral (the load done by then) and the
 * inverse of that. Arrivals are drawn at unit rate in load and mapped through the inverse, so that ramps and bursts are
 * exact for constant and Poisson arrivals alike (time rescaling of a non-homogeneous process).
 */
import type { Phase } from './profile.ts';

interface Segment {
  readonly startMs: number;
  readonly durationMs: number;
  readonly from: number;
  readonly to: number;
  /** Level × milliseconds before this segment. */
  readonly loadBefore: number;
}

export interface Levels {
  readonly durationMs: number;
  /** Level × milliseconds of the whole. */
  readonly totalLoad: number;
  /** The level at an instant. */
  levelAt(ms: number): number;
  /** Level × milliseconds done by an instant. */
  loadAt(ms: number): number;
  /** When `load` is done; undefined where the whole has less. `load` must not fall from call to call. */
  instantOf(load: number): number | undefined;
}

/** Warm-up at the level the first phase opens with, then the phases. */
export function levelsOf(warmupMs: number, phases: readonly Phase[]): Levels {
  const first = phases[0];
  const opening = first === undefined ? 1 : endsOf(first).from;
  const spans = [{ durationMs: warmupMs, from: opening, to: opening }].concat(
    phases.map((phase) => ({ durationMs: phase.duration, ...endsOf(phase) })),
  );
  return build(spans.filter((span) => span.durationMs > 0));
}

/** Level one all the time. */
export function steadyLevels(durationMs: number): Levels {
  return build([{ durationMs, from: 1, to: 1 }]);
}

function endsOf(phase: Phase): { from: number; to: number } {
  switch (phase.kind) {
    case 'hold':
    case 'burst':
      return { from: phase.level, to: phase.level };
    case 'ramp':
      return { from: phase.from, to: phase.to };
    case 'pause':
      return { from: 0, to: 0 };
  }
}

function build(spans: readonly { durationMs: number; from: number; to: number }[]): Levels {
  const segments: Segment[] = [];
  let startMs = 0;
  let load = 0;
  for (const span of spans) {
    segments.push({ ...span, startMs, loadBefore: load });
    startMs += span.durationMs;
    load += ((span.from + span.to) / 2) * span.durationMs;
  }
  let cursor = 0;
  let latest: Segment | undefined;
  const at = (ms: number): Segment | undefined =>
    latest !== undefined && latest.startMs <= ms && ms < latest.startMs + latest.durationMs
      ? latest
      : (latest = segments.findLast((segment) => segment.startMs <= ms && ms <= segment.startMs + segment.durationMs));
  return {
    durationMs: startMs,
    totalLoad: load,
    levelAt: (ms) => {
      const segment = at(ms);
      if (segment === undefined) return 0;
      if (segment.from === segment.to) return segment.from;
      return segment.from + ((segment.to - segment.from) * (ms - segment.startMs)) / segment.durationMs;
    },
    loadAt: (ms) => {
      const segment = at(ms);
      if (segment === undefined) return ms <= 0 ? 0 : load;
      const into = ms - segment.startMs;
      const slope = (segment.to - segment.from) / segment.durationMs;
      return segment.loadBefore + segment.from * into + (slope * into * into) / 2;
    },
    instantOf: (wanted) => {
      for (; cursor < segments.length; cursor++) {
        const segment = segments[cursor]!;
        const into = timeInto(segment, wanted - segment.loadBefore);
        if (into !== undefined) return segment.startMs + Math.min(into, segment.durationMs);
      }
      return undefined;
    },
  };
}

/** When `load` is done inside a segment: the smaller root of slope/2·t² + from·t = load. */
function timeInto(segment: Segment, load: number): number | undefined {
  const { durationMs, from, to } = segment;
  if (load > ((from + to) / 2) * durationMs || (from === 0 && to === 0)) return undefined;
  // The formula below has no answer for the foot of a ramp from nothing.
  if (load === 0) return 0;
  const slope = (to - from) / durationMs;
  if (slope === 0) return load / from;
  // The stable form of the quadratic formula: no difference of near equals when the slope is slight.
  return Math.min(durationMs, (2 * load) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * load))));
}
