/** A volume over time: its stored Probes in order, and where its latency moved. */
import { isMeasured, type Probe } from '../core/run/index.ts';
import { changePoints } from '../core/stats/index.ts';
import { judgedLatency } from './format.ts';

export interface HistoryRow {
  readonly startedAt: string;
  readonly verdict: Probe['verdict'];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
  /** The first probe after the p99 moved to another level. */
  readonly moved: { readonly fromMs: number; readonly toMs: number } | undefined;
}

/** Probes of one path, device and recipe, oldest first; those without a date or figures are left out. */
export function volumeHistory(probes: readonly Probe[]): HistoryRow[] {
  const dated = probes
    .flatMap((probe) => {
      const latency = judgedLatency(probe);
      return probe.startedAt === undefined || !isMeasured(latency) ? [] : [{ probe, latency, at: probe.startedAt }];
    })
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  // Runs are few and noisy: a move counts from a half, over three runs on each side.
  const moves = changePoints(
    dated.map(({ latency }) => Math.max(latency.p99, 1e-3)),
    { minimumEffect: 0.5, minimumSegment: 3, significance: 0.05 },
  );
  return dated.map(({ probe, latency, at }, index) => {
    const move = moves.find((one) => one.index === index);
    return {
      startedAt: at,
      verdict: probe.verdict,
      p50Ms: latency.p50,
      p99Ms: latency.p99,
      samples: latency.count,
      moved: move === undefined ? undefined : { fromMs: move.before, toMs: move.after },
    };
  });
}

/** What makes probes comparable over time. */
export function historyKey({ path, recipe, volume }: Probe): string {
  return [path, volume.device ?? '', recipe ?? 'wal'].join(' ');
}
