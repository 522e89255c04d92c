/** What limited each phase, from what generators and members showed while it lasted. */
import { DEFAULT_THRESHOLDS, findBottleneck } from '../core/advice/index.ts';
import type { GeneratorStats, Phase, Run } from '../core/run/index.ts';
import type { Reading } from './metrics/reading.ts';
import { serverStats } from './metrics/server-stats.ts';
import type { Sampler } from './metrics/sampler.ts';

export interface BottleneckOptions {
  readonly phases: readonly Phase[];
  readonly profile: Run['profile'];
  readonly sampler: Pick<Sampler, 'samples' | 'readings'>;
  /** CLOCK_MONOTONIC of the profile's instant zero. */
  readonly startMs: number;
  /** The generators during a phase, by its place. */
  readonly generatorIn: (phase: number, total: Run['total']) => GeneratorStats;
}

export function withBottlenecks({ phases, profile, sampler, startMs, generatorIn }: BottleneckOptions): Phase[] {
  return phases.map((phase, place) => {
    const { total, startS, durationS } = phase;
    if (total === undefined) return phase;
    const endS = startS + durationS;
    const [fromMs, toMs] = [startMs + startS * 1_000, startMs + endS * 1_000];
    const readings = [...sampler.readings.values()].map((list) => during(list, fromMs, toMs));
    const bottleneck = findBottleneck(
      {
        total,
        profile,
        generator: generatorIn(place, total),
        server: serverStats(readings, total.completed),
        // A sample tells of the second before it: it belongs where the middle of that is.
        samples: sampler.samples.filter(({ t }) => t - 0.5 >= startS && t - 0.5 < endS),
      },
      DEFAULT_THRESHOLDS,
    );
    return { ...phase, bottleneck };
  });
}

/** The readings that span it: from the last before its start to the first after its end. */
function during(list: readonly Reading[], fromMs: number, toMs: number): readonly Reading[] {
  const first = list.findLastIndex(({ atMs }) => atMs <= fromMs);
  const last = list.findIndex(({ atMs }) => atMs >= toMs);
  return list.slice(Math.max(0, first), last === -1 ? undefined : last + 1);
}
