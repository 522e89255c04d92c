/**
 * WAL and backend on one volume, as a member has them, then its neighbours one after another: which of them breaks the
 * budget?
 *
 * The WAL runs at a fixed rate, so that every phase is asked the same.
 */
import type { Probe } from '../../core/run/index.ts';
import { NEIGHBOURS, type AppendSpec, type LoadSpec, type NeighbourName, type RunningLoad } from '../load/load.ts';
import { NEIGHBOUR_SHAPES } from '../load/neighbour-load.ts';
import { BACKEND_COMMITS_PER_S } from '../load/pages-load.ts';
import { latencyOf } from '../../platform/histogram.ts';
import type { Measurement } from '../measurement.ts';
import { loadSpec, measureOptions, walShape, type RecipeContext, type RecipeRun } from './recipe.ts';
import { appendResult, backendShape } from './simple.ts';

/** A busy control plane's WAL: a heavily loaded cluster needs a few hundred syncs a second. */
const WAL_RATE_PER_S = 200;
const PHASE_S = 10;
export const NEIGHBOUR_FILE_BYTES = 256 << 20;

type Phase = NonNullable<Probe['phases']>[number];

export const togetherRecipe: RecipeRun = async (context) => {
  const phases: { phase: Phase; measurement: Measurement; shape: AppendSpec }[] = [];
  const wanted: readonly (NeighbourName | undefined)[] = [undefined, ...(context.options.neighbours ?? NEIGHBOURS)];
  phases.push(await runPhase(context, 'wal alone', []));
  for (const neighbour of wanted) {
    if (phases.at(-1)!.measurement.partial) break;
    const name = neighbour === undefined ? 'wal and backend' : `with ${neighbour}`;
    phases.push(await runPhase(context, name, ['backend', ...(neighbour === undefined ? [] : [neighbour])]));
  }
  // The verdict is about the member itself; what a neighbour does to it stands in the phases.
  const { measurement: main, shape } = phases[1] ?? phases[0]!;
  const result = appendResult({ ...main, partial: phases.at(-1)!.measurement.partial }, shape);
  const backendCommitMs = phases[1]?.phase.backendCommitMs;
  return {
    ...result,
    syncs: phases.reduce((sum, { measurement }) => sum + measurement.samples, 0),
    probe: {
      ...result.probe,
      ...(backendCommitMs === undefined ? {} : { backendCommitMs }),
      phases: phases.map(({ phase }) => phase),
      warnings: breakingNeighbours(phases.map(({ phase }) => phase)).map((neighbour) => ({
        code: 'neighbour',
        text: `The budget holds for the member alone and breaks beside ${neighbour}: keep it off this volume.`,
      })),
      ...(result.probe.method === undefined
        ? {}
        : { method: { ...result.probe.method, neighbours: wanted.filter((one) => one !== undefined).join(', ') } }),
    },
  };
};

type Beside = 'backend' | NeighbourName;

async function runPhase(
  context: RecipeContext,
  name: string,
  beside: readonly Beside[],
): Promise<{ phase: Phase; measurement: Measurement; shape: AppendSpec }> {
  const commitsMs: number[] = [];
  const loads: RunningLoad[] = [];
  try {
    for (const one of beside) {
      loads.push(
        context.measureContext.runner.start(besideSpec(context, one), (batch) => {
          if (one === 'backend') batch.syncMs.forEach((syncMs, i) => commitsMs.push(syncMs + batch.writeMs[i]!));
        }),
      );
    }
    const shape = walShape(context);
    const spec = loadSpec(context, shape, context.options.ratePerS ?? WAL_RATE_PER_S);
    const defaults = { maxDurationS: PHASE_S, minDurationS: Infinity };
    const measurement = await context.measure(name, measureOptions(context, spec, defaults));
    loads.forEach((load) => load.stop());
    await Promise.all(loads.map((load) => load.ended));
    return { phase: phaseOf(name, beside, measurement, commitsMs), measurement, shape };
  } finally {
    loads.forEach((load) => load.stop());
    await Promise.allSettled(loads.map((load) => load.ended));
  }
}

function besideSpec(context: RecipeContext, one: Beside): LoadSpec {
  const directory = context.nextDirectory();
  if (one === 'backend') return loadSpec(context, backendShape(directory), BACKEND_COMMITS_PER_S);
  const shape = { kind: 'neighbour', neighbour: one, directory, fileBytes: NEIGHBOUR_FILE_BYTES } as const;
  return loadSpec(context, shape, NEIGHBOUR_SHAPES[one].stepsPerS);
}

function phaseOf(
  name: string,
  beside: readonly Beside[],
  measurement: Measurement,
  commitsMs: readonly number[],
): Phase {
  const { interval, judgedMs, verdict } = measurement;
  return {
    name,
    beside: [...beside],
    walFsyncMs: judgedMs,
    ...(beside.includes('backend') ? { backendCommitMs: latencyOf(commitsMs) } : {}),
    p99IntervalMs:
      interval === undefined || !Number.isFinite(interval.high) ? null : [Math.max(0, interval.low), interval.high],
    verdict,
  };
}

/** The neighbours in whose company the budget was surely broken, though the member alone kept it. */
export function breakingNeighbours(phases: readonly Phase[]): string[] {
  const member = phases.find((phase) => phase.beside.length === 1);
  if (member === undefined || member.verdict === 'fail') return [];
  return phases
    .filter((phase) => phase.beside.length > 1 && phase.verdict === 'fail')
    .flatMap((phase) => phase.beside.slice(1));
}
