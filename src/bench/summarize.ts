/** Everything that was measured, as the Run tells it. */
import { availableParallelism } from 'node:os';
import type { Target } from '../cluster/index.ts';
import type { Audit, Evidence, GeneratorStats, Run, Target as TargetInfo } from '../core/run/index.ts';
import { measuredMs } from '../core/workload/index.ts';
import type { Profile } from '../core/workload/index.ts';
import { withBottlenecks } from './bottlenecks.ts';
import { collectClasses, collectSeries } from './collect.ts';
import { latencyOfCounts } from './histograms.ts';
import type { Sampler } from './metrics/sampler.ts';
import { serverStats } from './metrics/server-stats.ts';
import { judgeSteadyState } from './steady.ts';
import { DEFAULT_GENERATOR_LIMITS, saturation } from './saturation.ts';
import type { LoadReport, WatchReport } from './worker/protocol.ts';
import type { SecondRecord } from './worker/recorder.ts';

/** What a run of a profile contributes to a Run: what was measured, and no judgement. */
export type RunParts = Pick<
  Run,
  | 'durationS'
  | 'partial'
  | 'seed'
  | 'target'
  | 'profile'
  | 'operations'
  | 'total'
  | 'watch'
  | 'server'
  | 'generator'
  | 'series'
> & { [Part in 'phases' | 'events' | 'samples' | 'warnings' | 'steadyState']: NonNullable<Run[Part]> } & Pick<
    Run,
    'warmup' | 'audit'
  >;

export interface Measured {
  readonly profile: Profile;
  readonly target: Target;
  readonly seed: number;
  readonly loads: readonly LoadReport[];
  readonly watches: WatchReport | undefined;
  readonly audit: Audit | undefined;
  readonly sampler: Sampler;
  readonly seconds: readonly SecondRecord[];
  /** CLOCK_MONOTONIC of the profile's instant zero. */
  readonly startMs: number;
  /** From the profile's instant zero to the end of the last operation. */
  readonly elapsedMs: number;
  /** Why it was cut short. */
  readonly cutShort: string | undefined;
  readonly ceilingPerS: number | undefined;
  readonly connections: number;
}

export function summarize(measured: Measured): RunParts {
  const { profile, target, loads, watches, audit, sampler, cutShort } = measured;
  const elapsedS = Math.max(0, measured.elapsedMs / 1_000);
  const drivenS = Math.max(0, Math.min(elapsedS, lastSecondOf(measured)) - profile.warmup / 1_000);
  const measuredS = cutShort === undefined ? Math.max(measuredMs(profile) / 1_000, drivenS) : drivenS;
  const { operations, total, phases, warmup } = collectClasses(
    loads.flatMap((load) => load.classes),
    profile,
    measuredS,
  );
  const series = collectSeries(measured.seconds, profile);
  const generator = generatorStats(measured, elapsedS, total);
  const info = profileInfo(profile);
  const warm = profile.warmup > 0 ? 1 : 0;
  const watched = watches?.watches ?? [];
  return {
    durationS: elapsedS,
    partial: cutShort !== undefined,
    seed: measured.seed,
    target: targetInfo(target, sampler),
    profile: info,
    operations,
    total,
    watch: {
      events: watched.reduce((sum, watch) => sum + watch.events, 0),
      gaps: audit?.watchGaps ?? 0,
      deliveryMs: latencyOfCounts(watches === undefined ? [] : [watches.delivery]),
    },
    server: serverStats(sampler.readings.values(), total.completed + (warmup?.total.completed ?? 0)),
    generator,
    ...(warmup === undefined ? {} : { warmup }),
    steadyState: judgeSteadyState(series, profile),
    phases: withBottlenecks({
      phases,
      profile: info,
      sampler,
      startMs: measured.startMs,
      generatorIn: (place, ofPhase) => generatorStats(measured, elapsedS, ofPhase, place + warm),
    }),
    ...(audit === undefined ? {} : { audit }),
    warnings: [
      ...(cutShort === undefined ? [] : [{ code: 'cut-short', text: `the run was cut short: ${cutShort}` }]),
      ...errorTexts(loads).map((text) => ({ code: 'request-error', text })),
      ...(audit === undefined ? [{ code: 'no-audit', text: 'the cluster did not answer the final audit' }] : []),
    ],
    events: sampler.events.toSorted((a, b) => a.t - b.t),
    samples: sampler.samples,
    series,
  };
}

/** The end of the last second in which something was answered or failed; an action may outlast the load. */
function lastSecondOf({ seconds }: Measured): number {
  return seconds.reduce((last, { second }) => Math.max(last, second + 1), 0);
}

/** `phase`: of the recorder's; undefined: all but the warm-up, in which the generator itself is still getting warm. */
function generatorStats(measured: Measured, elapsedS: number, total: Run['total'], phase?: number): GeneratorStats {
  const { loads, profile } = measured;
  const [from, to] = phase === undefined ? [profile.warmup > 0 ? 1 : 0, undefined] : [phase, phase + 1];
  const lag = latencyOfCounts(loads.flatMap((load) => load.scheduleLag.slice(from, to)));
  const loopDelay = latencyOfCounts(loads.map((load) => load.loopDelay));
  const cpuShare = elapsedS > 0 ? Math.max(...loads.map((load) => load.cpuUs)) / 1e6 / elapsedS : 0;
  const because: Evidence[] = saturation(lag, loopDelay, cpuShare, total.responseMs, DEFAULT_GENERATOR_LIMITS);
  const requests = loads.reduce((sum, load) => sum + load.requests, 0);
  const cpuUs = loads.reduce((sum, load) => sum + load.cpuUs, 0);
  return {
    ceilingPerS: measured.ceilingPerS ?? null,
    cpuUsPerOp: requests === 0 ? null : cpuUs / requests,
    eventLoopDelayP99Ms: loopDelay.p99,
    saturated: because.length > 0,
    ...(because.length > 0 ? { because } : {}),
    workers: loads.length,
    connections: measured.connections,
    scheduleLagMs: lag,
  };
}

/** One line a code: what the first error of it said. */
function errorTexts(loads: readonly LoadReport[]): string[] {
  const texts = new Map(loads.flatMap((load) => Object.entries(load.errorTexts)));
  return [...texts].map(([code, text]) => `${code}, the first of them: ${text}`);
}

function targetInfo(target: Target, sampler: Sampler): TargetInfo {
  const quota = [...sampler.readings.values()].map((list) => list.at(-1)?.values.quotaBytes).find((q) => (q ?? 0) > 0);
  const settings = quota === undefined ? target.settings : { ...target.settings, quotaBackendBytes: quota };
  const spawned = target.kind !== 'endpoints';
  return {
    kind: target.kind,
    version: target.version,
    members: target.members.length,
    endpoints: [...target.endpoints],
    settings,
    ...(target.diskModel === undefined ? {} : { diskModel: target.diskModel }),
    ...(spawned ? { colocated: true, cpuCount: availableParallelism() } : {}),
  };
}

function profileInfo(profile: Profile): Run['profile'] {
  const closed = profile.sources.map((source) => source.arrivals).filter((arrivals) => arrivals.kind === 'closed');
  const clients = closed.reduce((sum, arrivals) => sum + arrivals.clients, 0);
  return {
    name: profile.name,
    description: profile.description,
    loop: closed.length > 0 ? 'closed' : 'open',
    ...(clients > 0 ? { clients } : {}),
    ...(profile.thresholds.length > 0 ? { thresholds: profile.thresholds } : {}),
  };
}
