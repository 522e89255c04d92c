/** What every recipe is given, and what it gives back. */
import type { Probe } from '../../core/run/index.ts';
import type { Budget } from '../budgets.ts';
import type { AppendSpec, LoadShape, LoadSpec } from '../load/load.ts';
import { KUBERNETES_RECORD_SIZES } from '../load/record-sizes.ts';
import type { MeasureContext, MeasureOptions, Measurement } from '../measurement.ts';
import type { ProbeOptions } from '../options.ts';
import { SEGMENT_BYTES } from '../../storage/wal/index.ts';

/** An fdatasync that takes longer than this is taken as a hang. */
const HANG_AFTER_S = 60;

export interface RecipeContext {
  readonly options: ProbeOptions;
  readonly budget: Budget;
  /** A new, empty directory for one load, which empties it again when it ends. */
  readonly nextDirectory: () => string;
  readonly nextSeed: () => number;
  /** Measures one load; `phase` is what progress calls it. */
  readonly measure: (phase: string, options: MeasureOptions) => Promise<Measurement>;
  /** Starts a load beside the measured one, whose samples nobody judges. */
  readonly measureContext: MeasureContext;
}

export interface RecipeResult {
  /** The measurement whose p99 the verdict is about. */
  readonly main: Measurement;
  readonly probe: Pick<Probe, 'walFsyncMs'> & Partial<Probe>;
  /** Syncs of all loads. */
  readonly syncs: number;
}

export type RecipeRun = (context: RecipeContext) => Promise<RecipeResult>;

/** The WAL as etcd writes it. */
export function walShape({ options, nextDirectory }: RecipeContext): AppendSpec {
  const recordSizes = options.recordSizes ?? KUBERNETES_RECORD_SIZES;
  return { kind: 'append', directory: nextDirectory(), fileBytes: SEGMENT_BYTES, recordSizes, atEnd: 'switch' };
}

export function loadSpec(context: RecipeContext, shape: LoadShape, ratePerS?: number): LoadSpec {
  return { shape, seed: context.nextSeed(), ...(ratePerS === undefined ? {} : { ratePerS }) };
}

/** Options of a measurement from the probe's, with this recipe's defaults. */
export function measureOptions(
  context: RecipeContext,
  spec: LoadSpec,
  defaults: { maxDurationS: number; minDurationS: number; judged?: MeasureOptions['judged'] },
): MeasureOptions {
  const { options, budget } = context;
  const maxDurationS = options.durationS ?? defaults.maxDurationS;
  return {
    spec,
    budgetMs: budget.p99Ms,
    confidence: options.confidence ?? 0.95,
    maxDurationS,
    minDurationS: Math.min(options.minDurationS ?? defaults.minDurationS, maxDurationS),
    judged: defaults.judged ?? 'sync',
    hangAfterS: HANG_AFTER_S,
  };
}
