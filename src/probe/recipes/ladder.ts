/**
 * The highest rate of synced writes that stays inside the budget.
 *
 * Latency counts from the instant at which a sync was due, so a volume that falls behind cannot hide it. The rate doubles
 * until a rung fails, then the gap is halved until it is within a tenth; the first rung is what a small cluster needs.
 */
import type { AppendSpec } from '../load/load.ts';
import type { Measurement } from '../measurement.ts';
import type { Probe } from '../../core/run/index.ts';
import { loadSpec, measureOptions, walShape, type RecipeContext, type RecipeRun } from './recipe.ts';
import { appendResult } from './simple.ts';

/** etcd's hardware guide: 50 sequential IOPS are the least. */
const FIRST_RATE_PER_S = 50;
const HIGHEST_RATE_PER_S = 100_000;
const PRECISION = 0.1;
/** A rung is held when this share of the rate was reached. */
const HELD_SHARE = 0.98;
const RUNG_S = 10;

type Rung = NonNullable<Probe['ladder']>[number];

export const ladderRecipe: RecipeRun = async (context) => {
  const rungs: { rung: Rung; measurement: Measurement; shape: AppendSpec }[] = [];
  const climb = async (ratePerS: number): Promise<boolean> => {
    const shape = walShape(context);
    const measurement = await measureRung(context, shape, ratePerS);
    rungs.push({ shape, rung: judgeRung(measurement, ratePerS, context.budget.p99Ms), measurement });
    return rungs.at(-1)!.rung.withinBudget && !measurement.partial;
  };
  let held = 0;
  let failed = FIRST_RATE_PER_S;
  while (failed <= HIGHEST_RATE_PER_S && (await climb(failed))) {
    held = failed;
    failed *= 2;
  }
  const partial = (): boolean => rungs.at(-1)!.measurement.partial;
  while (!partial() && held > 0 && failed <= HIGHEST_RATE_PER_S && failed / held > 1 + PRECISION) {
    const middle = Math.round(Math.sqrt(held * failed));
    if (await climb(middle)) held = middle;
    else failed = middle;
  }
  const { ratePerS: judged } = judgedRung(rungs.map(({ rung }) => rung))!;
  const { measurement: main, shape } = rungs.find(({ rung }) => rung.ratePerS === judged)!;
  const result = appendResult({ ...main, partial: partial() }, shape);
  return {
    ...result,
    syncs: rungs.reduce((sum, { measurement }) => sum + measurement.samples, 0),
    probe: {
      ...result.probe,
      maxRateWithinBudgetPerS: held,
      ladder: rungs.map(({ rung }) => rung).sort((a, b) => a.ratePerS - b.ratePerS),
    },
  };
};

/**
 * The rung that the verdict is about: the highest that surely held, else the highest that held, else the lowest. The highest
 * that held lies at the budget by its making, so nothing could be sure of it.
 */
export function judgedRung(rungs: readonly Rung[]): Rung | undefined {
  const falling = [...rungs].sort((a, b) => b.ratePerS - a.ratePerS);
  const held = falling.filter((rung) => rung.withinBudget);
  return held.find((rung) => rung.verdict === 'pass') ?? held[0] ?? falling.at(-1);
}

function measureRung(context: RecipeContext, shape: AppendSpec, ratePerS: number): Promise<Measurement> {
  const spec = loadSpec(context, shape, ratePerS);
  return context.measure(
    `${ratePerS}/s`,
    measureOptions(context, spec, { maxDurationS: RUNG_S, minDurationS: RUNG_S, judged: 'response' }),
  );
}

function judgeRung(measurement: Measurement, ratePerS: number, budgetMs: number): Rung {
  const { judgedMs, syncMs, samples, durationS, partial, verdict } = measurement;
  const achievedPerS = durationS === 0 ? 0 : samples / durationS;
  const fast = judgedMs.p99 !== null && judgedMs.p99 < budgetMs;
  return {
    ratePerS,
    achievedPerS,
    responseMs: judgedMs,
    serviceMs: syncMs,
    withinBudget: !partial && fast && achievedPerS >= HELD_SHARE * ratePerS,
    verdict,
  };
}
