/** How far a run has come, for whoever watches it. */
import { measuredMs } from '../core/workload/index.ts';
import type { Profile } from '../core/workload/index.ts';
import type { SecondRecord } from './worker/recorder.ts';

export interface Progress {
  readonly elapsedS: number;
  readonly totalS: number;
  readonly phase: string;
  /** Requests answered in the last second, and how many of those that were due were not sent. */
  readonly completed: number;
  readonly errors: number;
  readonly skipped: number;
}

/** What all generators did in a second of the run; undefined until the last of them has told of it. */
export function progressAt(
  second: number,
  records: readonly SecondRecord[],
  generators: number,
  profile: Profile,
): Progress | undefined {
  const same = records.filter((record) => record.second === second);
  if (same.length < generators) return undefined;
  const sum = (pick: (each: SecondRecord) => number): number => same.reduce((total, each) => total + pick(each), 0);
  return {
    elapsedS: second + 1,
    // What is still under way then takes as long as it takes.
    totalS: Math.max(second + 1, (profile.warmup + measuredMs(profile)) / 1_000),
    phase: phaseAt(profile, second * 1_000),
    completed: sum((each) => Object.values(each.completed).reduce((total, n) => total + n, 0)),
    errors: sum((each) => each.errors),
    skipped: sum((each) => each.skipped),
  };
}

function phaseAt(profile: Profile, atMs: number): string {
  if (atMs < profile.warmup) return 'warm-up';
  let endMs = profile.warmup;
  return profile.phases.find((phase) => (endMs += phase.duration) > atMs)?.name ?? 'tail';
}
