/** What the generators counted, as the Run tells it: classes, total, phases, warm-up, seconds. */
import type { OperationStats, Operations, Phase, SeriesPoint } from '../core/run/index.ts';
import type { Profile } from '../core/workload/index.ts';
import { latencyOfCounts } from './histograms.ts';
import type { ClassRecord, SecondRecord } from './worker/recorder.ts';

export interface Collected {
  readonly operations: Operations;
  readonly total: OperationStats;
  readonly phases: Phase[];
  readonly warmup: { durationS: number; total: OperationStats } | undefined;
}

/**
 * `measuredS`: how long the measured phases really lasted: shorter than planned in a run that was cut short, longer where
 * operations were still under way at their end. That tail belongs to the last phase, in time as in requests.
 */
export function collectClasses(records: readonly ClassRecord[], profile: Profile, measuredS: number): Collected {
  const warm = profile.warmup > 0 ? 1 : 0;
  const measured = records.filter((record) => record.phase >= warm);
  let startMs = profile.warmup;
  const phases = profile.phases.map((phase, index): Phase => {
    const mine = measured.filter((record) => record.phase === index + warm);
    const startS = startMs / 1_000;
    const leftS = measuredS - (startMs - profile.warmup) / 1_000;
    const plannedS = phase.duration / 1_000;
    const lastedS = index === profile.phases.length - 1 ? leftS : Math.min(plannedS, leftS);
    // One that never began has no requests, whatever its length.
    const durationS = lastedS > 0 ? lastedS : plannedS;
    startMs += phase.duration;
    const total = statsOf(mine, durationS);
    return {
      name: phase.name,
      profile: profile.name,
      startS,
      durationS,
      ratePerS: total.scheduled / durationS,
      operations: byClass(mine, durationS),
      total,
    };
  });
  const warmupS = profile.warmup / 1_000;
  return {
    operations: byClass(measured, measuredS),
    total: statsOf(measured, measuredS),
    phases,
    warmup:
      warm === 0
        ? undefined
        : {
            durationS: warmupS,
            total: statsOf(
              records.filter((record) => record.phase === 0),
              warmupS,
            ),
          },
  };
}

function byClass(records: readonly ClassRecord[], durationS: number): Operations {
  const names = [...new Set(records.map((record) => record.class))].sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      statsOf(
        records.filter((record) => record.class === name),
        durationS,
      ),
    ]),
  );
}

function statsOf(records: readonly ClassRecord[], durationS: number): OperationStats {
  const sum = (field: 'scheduled' | 'completed' | 'errors' | 'skipped' | 'conflicts'): number =>
    records.reduce((total, record) => total + record[field], 0);
  const errorsByCode: Record<string, number> = {};
  for (const record of records) {
    for (const [code, n] of Object.entries(record.errorsByCode)) errorsByCode[code] = (errorsByCode[code] ?? 0) + n;
  }
  const completed = sum('completed');
  return {
    scheduled: sum('scheduled'),
    completed,
    errors: sum('errors'),
    skipped: sum('skipped'),
    ratePerS: durationS > 0 ? completed / durationS : 0,
    responseMs: latencyOfCounts(records.map((record) => record.response)),
    serviceMs: latencyOfCounts(records.map((record) => record.service)),
    errorsByCode,
    conflicts: sum('conflicts'),
  };
}

/** One point a second, the generators' seconds laid on each other; seconds in which nothing happened are there too. */
export function collectSeries(seconds: readonly SecondRecord[], profile: Profile): SeriesPoint[] {
  const bySecond = new Map<number, SecondRecord[]>();
  for (const record of seconds) {
    const list = bySecond.get(record.second);
    if (list === undefined) bySecond.set(record.second, [record]);
    else list.push(record);
  }
  const last = seconds.reduce((most, record) => Math.max(most, record.second + 1), 0);
  const points: SeriesPoint[] = [];
  for (let t = 0; t < last; t++) {
    const parts = bySecond.get(t) ?? [];
    const completed: Record<string, number> = {};
    for (const part of parts) {
      for (const [name, n] of Object.entries(part.completed)) completed[name] = (completed[name] ?? 0) + n;
    }
    const point: SeriesPoint = {
      t,
      completed,
      errors: parts.reduce((sum, part) => sum + part.errors, 0),
      skipped: parts.reduce((sum, part) => sum + part.skipped, 0),
      responseMs: latencyOfCounts(parts.map((part) => part.response)),
      serviceMs: latencyOfCounts(parts.map((part) => part.service)),
    };
    points.push((t + 1) * 1_000 <= profile.warmup ? { ...point, warmup: true } : point);
  }
  return points;
}
