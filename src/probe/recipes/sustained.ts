/**
 * The WAL for minutes or hours: when do burst credits end, what is left, and when would they end at another rate?
 *
 * A bucket of credits that refills at the baseline rate b and is drained at the rate r holds (r − b) × t when it runs dry
 * after t. Counted in syncs, the I/Os per sync cancel out, so the projection needs no knowledge of the volume's class.
 */
import { changePoints, type ChangePoint } from '../../core/stats/index.ts';
import type { Probe } from '../../core/run/index.ts';
import { latencyOf } from '../../platform/histogram.ts';
import type { Measurement } from '../measurement.ts';
import type { Second } from '../seconds.ts';
import { loadSpec, measureOptions, walShape, type RecipeRun } from './recipe.ts';
import { appendResult } from './simple.ts';

/** Long enough for a bucket of 30 minutes, as instances of AWS and disks of Azure have them. */
const DEFAULT_DURATION_S = 2400;

export const sustainedRecipe: RecipeRun = async (context) => {
  const { options } = context;
  const shape = walShape(context);
  const spec = loadSpec(context, shape, options.ratePerS);
  const defaults = { maxDurationS: DEFAULT_DURATION_S, minDurationS: Infinity };
  const main = await context.measure('sustained', measureOptions(context, spec, defaults));
  const result = appendResult(main, shape);
  const sustained = sustainedFindings(main.seconds, options.projectedRatePerS);
  return { ...result, probe: { ...result.probe, sustained: withBurstLatency(sustained, main) } };
};

type Sustained = NonNullable<Probe['sustained']>;

/** What the volume did while it had credits, apart from its waits for new ones. */
function withBurstLatency(sustained: Sustained, { valuesMs, valuesAtMs }: Measurement): Sustained {
  const { burst } = sustained;
  if (burst === null) return sustained;
  const endedAtMs = burst.endedAtS * 1000;
  const after = valuesAtMs.findIndex((atMs) => atMs >= endedAtMs);
  const walFsyncMs = latencyOf(valuesMs.subarray(0, after === -1 ? valuesMs.length : after));
  return { ...sustained, burst: { ...burst, walFsyncMs } };
}

/** A fall of the rate below this share, that lasts to the end, is the end of a burst. */
const BURST_FALL = 0.8;

function sustainedFindings(seconds: readonly Second[], projectedRatePerS: number | undefined): Sustained {
  // Neither the first second nor the last is whole.
  const whole = seconds.slice(1, -1);
  const rates = changePoints(whole.map((second) => second.count));
  const latencies = changePoints(whole.map((second) => Math.max(second.p50, 1e-3)));
  const at = (change: ChangePoint): number => whole[change.index]?.t ?? 0;
  const changes = [
    ...rates.map((change) => ({ atS: at(change), kind: 'rate' as const, before: change.before, after: change.after })),
    ...latencies.map((change) => ({
      atS: at(change),
      kind: 'latency' as const,
      before: change.before,
      after: change.after,
    })),
  ].sort((a, b) => a.atS - b.atS);
  const last = rates.at(-1);
  if (last === undefined || last.after >= last.before * BURST_FALL) return { changes, burst: null, exhaustion: null };
  const burst = { endedAtS: at(last), ratePerS: meanRate(whole, at(last)), baselineRatePerS: last.after };
  return { changes, burst, exhaustion: exhaustionAt(burst, projectedRatePerS) };
}

/** Over the whole burst, because what it spent counts, not its typical second. */
function meanRate(seconds: readonly Second[], untilS: number): number {
  const spent = seconds.filter((second) => second.t < untilS);
  return spent.reduce((sum, second) => sum + second.count, 0) / Math.max(1, spent.length);
}

function exhaustionAt(
  burst: { endedAtS: number; ratePerS: number; baselineRatePerS: number },
  ratePerS: number | undefined,
): Sustained['exhaustion'] {
  if (ratePerS === undefined) return null;
  const bucketSyncs = (burst.ratePerS - burst.baselineRatePerS) * burst.endedAtS;
  const drainPerS = ratePerS - burst.baselineRatePerS;
  return { ratePerS, afterS: drainPerS <= 0 ? null : bucketSyncs / drainPerS };
}
