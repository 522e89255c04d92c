/**
 * A model from a probe of one's own, and its file.
 *
 * The latencies are service times, never response times: a modelled volume makes its own queues. A `ladder` gives one table
 * for each rate that it held, and the rate at which the volume was full as its limit; a `sustained` probe that saw burst
 * credits end gives the bucket, and the latencies from before that end.
 */
import { z } from 'zod';
import { OperationError, UsageError } from '../../base/errors.ts';
import { isMeasured, type Latency, type Probe } from '../../core/run/index.ts';
import { histogramFrom } from '../../platform/histogram.ts';
import { flatLimit, type DiskModel, type LimitModel, type QuantilePoint } from './model.ts';

const LEVELS = [
  0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985,
  0.99, 0.9925, 0.995, 0.9975, 0.999, 0.9995, 0.9999,
];

/** Names the model after `name`. Throws OperationError where the probe has no WAL figures. */
export function modelFromProbe(probe: Probe, name: string): DiskModel {
  if (!isMeasured(probe.walFsyncMs) || probe.durationS === undefined || probe.durationS === 0) {
    throw new OperationError(`${probe.path}: the probe measured no WAL fsync, so no model can be made of it`);
  }
  const held = (probe.ladder ?? []).flatMap(({ withinBudget, ratePerS, serviceMs }) =>
    withinBudget && isMeasured(serviceMs) ? [{ ratePerS, quantiles: quantilesOf(serviceMs) }] : [],
  );
  const whole = probe.sustained?.burst?.walFsyncMs ?? probe.walFsyncMs;
  const tables =
    held.length > 0 ? held : [{ ratePerS: probe.walFsyncMs.count / probe.durationS, quantiles: quantilesOf(whole) }];
  const writesPerSync = Math.max(1, probe.deviceUse?.writesPerSync ?? 1);
  return {
    name,
    title: `${probe.volume.class ?? 'volume'} under ${probe.path}, measured`,
    asOf: probe.startedAt?.slice(0, 10) ?? 'unknown',
    sources: [`etcdmark probe ${probe.path} --recipe ${probe.recipe ?? 'wal'}: ${probe.walFsyncMs.count} samples`],
    confidence: 'measured',
    writesPerSync,
    // The probe's own records are in its latencies already.
    bytesPerS: 1e12,
    latency: { kind: 'measured', tables },
    limits: [...burstLimit(probe, writesPerSync), ...saturation(probe, writesPerSync)],
  };
}

function burstLimit({ sustained }: Probe, writesPerSync: number): LimitModel[] {
  const burst = sustained?.burst;
  if (burst === undefined || burst === null) return [];
  const { ratePerS, baselineRatePerS, endedAtS } = burst;
  return [
    {
      unit: 'writes',
      baselinePerS: baselineRatePerS * writesPerSync,
      burstPerS: ratePerS * writesPerSync,
      credits: (ratePerS - baselineRatePerS) * endedAtS * writesPerSync,
    },
  ];
}

/** A rung that was asked for more than it could do shows what the volume does at most. */
const FULL_SHARE = 0.95;

function saturation({ ladder = [] }: Probe, writesPerSync: number): LimitModel[] {
  const full = ladder.filter(({ achievedPerS, ratePerS }) => achievedPerS > 0 && achievedPerS < FULL_SHARE * ratePerS);
  if (full.length === 0) return [];
  return [flatLimit('writes', Math.max(...full.map(({ achievedPerS }) => achievedPerS)) * writesPerSync)];
}

function quantilesOf(latency: Latency): QuantilePoint[] {
  const histogram = histogramFrom(latency);
  const at = (q: number): number => Math.max(1, histogram.getValueAtPercentile(q * 100));
  return [
    { q: 0, us: Math.max(1, (latency.min ?? 0) * 1000) },
    ...LEVELS.map((q) => ({ q, us: at(q) })),
    { q: 1, us: Math.max(1, (latency.max ?? 0) * 1000) },
  ];
}

const positive = z.number().positive();
const amount = z.number().nonnegative();
const share = z.number().min(0).max(1);

const DISK_MODEL_VERSION = 1;

const ModelFileSchema = z.strictObject({
  schemaVersion: z.literal(DISK_MODEL_VERSION),
  kind: z.literal('disk-model'),
  name: z.string().min(1).max(100),
  title: z.string(),
  asOf: z.string(),
  sources: z.array(z.string()),
  confidence: z.enum(['measured', 'high', 'medium', 'low']),
  note: z.string().optional(),
  writesPerSync: positive,
  bytesPerS: positive,
  latency: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('lognormal'),
      medianUs: positive,
      sigma: amount,
      outliers: z.strictObject({ share, fromMs: amount, toMs: amount }),
    }),
    z.strictObject({
      kind: z.literal('measured'),
      tables: z
        .array(
          z.strictObject({ ratePerS: positive, quantiles: z.array(z.strictObject({ q: share, us: positive })).min(2) }),
        )
        .min(1),
    }),
  ]),
  limits: z.array(
    z.strictObject({ unit: z.enum(['writes', 'bytes']), baselinePerS: positive, burstPerS: positive, credits: amount }),
  ),
  episodes: z.strictObject({ everyS: positive, lengthS: positive, factor: positive }).optional(),
});

export function serializeModel(model: DiskModel): string {
  return JSON.stringify({ schemaVersion: DISK_MODEL_VERSION, kind: 'disk-model', ...model }, null, 1) + '\n';
}

/** Reads a saved model; `name` is what errors call it. Throws UsageError. */
export function parseModel(text: string, name: string): DiskModel {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${name}: not a disk model: it is not JSON; give a file that probe --save-model wrote`);
  }
  const result = ModelFileSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const where = issue?.path.map(String).join('.') ?? '';
    throw new UsageError(
      `${name}: not a disk model of version ${DISK_MODEL_VERSION}: ${where}: ${issue?.message ?? 'invalid'}`,
    );
  }
  const { schemaVersion: _version, kind: _kind, note, episodes, ...model } = result.data;
  return { ...model, ...(note === undefined ? {} : { note }), ...(episodes === undefined ? {} : { episodes }) };
}
