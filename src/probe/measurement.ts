/**
 * Runs one load and judges it while it runs: stops when the verdict is certain, when the time is over, or when told to.
 *
 * All instants are those of the samples, so a simulated load needs no waiting; the clock is only asked whether a real one
 * has stopped answering.
 */
import type { Clock } from '../base/clock.ts';
import { OperationError } from '../base/errors.ts';
import type { Latency } from '../core/run/index.ts';
import {
  budgetVerdict,
  effectiveSampleSizes,
  samplesToDecide,
  sequentialQuantile,
  type QuantileInterval,
  type Verdict,
} from '../core/stats/index.ts';
import { latencyFrom, newHistogram, recordMs } from '../platform/histogram.ts';
import type { LoadRunner, LoadSpec, SampleBatch } from './load/load.ts';
import { sampleStore } from './sample-store.ts';
import { secondSeries, type Second } from './seconds.ts';

export interface MeasureOptions {
  readonly spec: LoadSpec;
  readonly budgetMs: number;
  readonly confidence: number;
  /** No early stop before this. */
  readonly minDurationS: number;
  readonly maxDurationS: number;
  /** Which time of a step is judged. */
  readonly judged: 'sync' | 'write-and-sync' | 'response';
  /** Ends with an error when no sample has come for so long. */
  readonly hangAfterS: number;
}

export interface MeasureContext {
  readonly runner: LoadRunner;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly onSecond: (second: Second) => void;
}

export interface Measurement {
  readonly judgedMs: Latency;
  /** The sync alone, whatever is judged. */
  readonly syncMs: Latency;
  readonly writeMs: Latency;
  readonly switchMs: Latency;
  readonly interval: QuantileInterval | undefined;
  readonly verdict: Verdict;
  /** Seconds in all that would decide; null where no number would; undefined where it is decided. */
  readonly secondsToDecide: number | null | undefined;
  readonly samples: number;
  readonly bytes: number;
  readonly durationS: number;
  readonly seconds: readonly Second[];
  /** Cut short by the signal. */
  readonly partial: boolean;
  /** Judged values in time order, thinned where there were very many. */
  readonly valuesMs: Float64Array;
  readonly valuesAtMs: Float64Array;
}

const QUANTILE = 0.99;

export async function measure(options: MeasureOptions, context: MeasureContext): Promise<Measurement> {
  const { budgetMs, maxDurationS, minDurationS, judged } = options;
  const alpha = 1 - options.confidence;
  const watch = sequentialQuantile({ quantile: QUANTILE, alpha });
  const judgedHistogram = newHistogram();
  const syncs = judged === 'sync' ? judgedHistogram : newHistogram();
  const writes = newHistogram();
  const switches = newHistogram();
  const store = sampleStore();
  const series = secondSeries();
  let samples = 0;
  let bytes = 0;
  let durationMs = 0;
  let heardMs = context.clock.nowMs();
  let certain: QuantileInterval | undefined;

  const take = (batch: SampleBatch): void => {
    heardMs = context.clock.nowMs();
    const reported = series.seconds.length;
    for (let i = 0; i < batch.atMs.length; i++) {
      // A step that ended after the time was over belongs to no verdict; neither does one after an early stop.
      if (certain !== undefined || batch.atMs[i]! > maxDurationS * 1000) break;
      durationMs = batch.atMs[i]!;
      let value = batch.syncMs[i]!;
      if (judged !== 'sync') value += batch.writeMs[i]!;
      if (judged === 'response') value += batch.lateMs[i]!;
      recordMs(judgedHistogram, value);
      if (syncs !== judgedHistogram) recordMs(syncs, batch.syncMs[i]!);
      recordMs(writes, batch.writeMs[i]!);
      if (batch.switchMs[i]! > 0) recordMs(switches, batch.switchMs[i]!);
      store.add(value, durationMs);
      series.add(value, durationMs, batch.switchMs[i]! > 0);
      samples += 1;
      bytes += batch.bytes[i]!;
    }
    for (const second of series.seconds.slice(reported)) context.onSecond(second);
    if (certain === undefined && durationMs >= minDurationS * 1000 && watch.due(samples)) {
      const interval = watch.look(store.values);
      if (budgetVerdict(interval, budgetMs) !== 'inconclusive') certain = interval;
    }
    if (certain !== undefined || batch.atMs.at(-1)! >= maxDurationS * 1000) load.stop();
  };

  const load = context.runner.start(options.spec, take);
  const partial = await untilEnded(load, options, context, () => heardMs);
  series.finish();

  const interval =
    certain ?? (samples === 0 ? undefined : partial ? watch.look(store.values) : watch.finalLook(store.values));
  const verdict = interval === undefined ? 'inconclusive' : budgetVerdict(interval, budgetMs);
  return {
    judgedMs: latencyFrom(judgedHistogram),
    syncMs: latencyFrom(syncs),
    writeMs: latencyFrom(writes),
    switchMs: latencyFrom(switches),
    interval,
    verdict,
    secondsToDecide:
      verdict !== 'inconclusive' ? undefined : secondsToDecide(store.values, budgetMs, alpha, durationMs / 1000),
    samples,
    bytes,
    durationS: durationMs / 1000,
    seconds: series.seconds,
    partial,
    valuesMs: store.values,
    valuesAtMs: store.atMs,
  };
}

/** True when the signal cut it short. Throws when the load failed or hangs. */
async function untilEnded(
  load: ReturnType<LoadRunner['start']>,
  { hangAfterS, maxDurationS }: MeasureOptions,
  { clock, signal }: MeasureContext,
  heardMs: () => number,
): Promise<boolean> {
  let aborted = signal?.aborted ?? false;
  const abort = (): void => {
    aborted = true;
    load.stop();
  };
  if (aborted) abort();
  signal?.addEventListener('abort', abort);
  const startMs = clock.nowMs();
  let timer = { cancel: () => {} };
  const hung = new Promise<never>((_, reject) => {
    const check = (): void => {
      const silentS = (clock.nowMs() - heardMs()) / 1000;
      if (clock.nowMs() - startMs > maxDurationS * 1000) load.stop();
      if (silentS < hangAfterS) timer = clock.after(1000, check);
      else
        reject(new OperationError(`the volume hangs: no write or fdatasync has come back for ${silentS.toFixed(0)} s`));
    };
    timer = clock.after(1000, check);
  });
  try {
    await Promise.race([load.ended, hung]);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', abort);
  }
  return aborted;
}

/** At the rate and the correlation seen so far; null where the share above the budget lies on the line. */
function secondsToDecide(values: Float64Array, budgetMs: number, alpha: number, elapsedS: number): number | null {
  if (values.length === 0 || elapsedS === 0) return null;
  let above = 0;
  for (const value of values) if (value >= budgetMs) above += 1;
  const needed = samplesToDecide(above / values.length, QUANTILE, alpha / 2);
  if (needed === undefined) return null;
  // Never less than what has not sufficed.
  return Math.ceil(Math.max(elapsedS + 1, (needed / effectiveSampleSizes(values)(budgetMs)) * elapsedS));
}
