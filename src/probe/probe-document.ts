/** Puts a Probe document together from what was measured and what is known of the volume. */
import { bandOf, DEFAULT_THRESHOLDS } from '../core/advice/index.ts';
import { isMeasured, PROBE_SCHEMA_VERSION, type Probe } from '../core/run/index.ts';
import type { Budget } from './budgets.ts';
import type { DiskCounters, VolumeFacts, Writer } from './facts/index.ts';
import { honestVerdict, type Flag } from './honesty.ts';
import type { Preparation } from './load/load.ts';
import type { Recipe } from './options.ts';
import type { RecipeResult } from './recipes/recipe.ts';

export interface DocumentParts {
  readonly path: string;
  readonly recipe: Recipe;
  readonly startedAt: string;
  readonly budget: Budget;
  readonly confidence: number;
  readonly result: RecipeResult;
  readonly facts: VolumeFacts;
  readonly freeBytes: number;
  readonly flags: readonly Flag[];
  readonly during: DiskCounters | undefined;
  readonly before: { readonly busyShare: number; readonly writesPerS: number } | undefined;
  readonly writers: readonly Writer[];
  readonly preparation: Preparation | undefined;
}

export function probeDocument(parts: DocumentParts): Probe {
  const { result, budget, flags, facts } = parts;
  const { main } = result;
  const verdict = honestVerdict(main.verdict, flags);
  const bounded = main.interval !== undefined && Number.isFinite(main.interval.high);
  const { method, ...rest } = result.probe;
  const preallocation = parts.preparation?.how === 'fallocate' ? 'fallocate' : 'zero-fill';
  return {
    schemaVersion: PROBE_SCHEMA_VERSION,
    kind: 'probe',
    path: parts.path,
    startedAt: parts.startedAt,
    durationS: main.durationS,
    partial: main.partial,
    recipe: parts.recipe,
    verdict,
    band: bandFor(main.judgedMs.p99 ?? 0, parts),
    ...rest,
    p99IntervalMs: bounded ? [Math.max(0, main.interval.low), main.interval.high] : null,
    confidence: parts.confidence,
    budgetMs: budget.p99Ms,
    budget,
    ...(main.interval === undefined ? {} : { effectiveSamples: main.interval.effectiveSamples }),
    ...(main.secondsToDecide === undefined ? {} : { secondsToDecide: main.secondsToDecide }),
    ...(method === undefined
      ? {}
      : { method: { ...method, ...(parts.preparation === undefined ? {} : { preallocation }) } }),
    series: [...main.seconds],
    ...deviceUse(parts),
    host: {
      swapBytes: facts.host.swapBytes,
      swappiness: facts.host.swappiness ?? null,
      transparentHugePages: facts.host.transparentHugePages ?? null,
      cpuGovernor: facts.host.cpuGovernor ?? null,
    },
    volume: volumeOf(facts, parts.freeBytes),
    warnings: [...(rest.warnings ?? []), ...flags.map(({ code, text }) => ({ code, text }))],
  };
}

/** The backend has a budget of its own, at which its band begins; the other borders are those of the WAL. */
function bandFor(p99Ms: number, { recipe, budget, result }: DocumentParts): Probe['band'] {
  if (recipe !== 'backend' || isMeasured(result.probe.walFsyncMs)) return bandOf(p99Ms);
  const healthy = { ...DEFAULT_THRESHOLDS.backendCommitP99, value: budget.p99Ms };
  return bandOf(p99Ms, { ...DEFAULT_THRESHOLDS, walFsyncHealthyP99: healthy });
}

function deviceUse({ during, before, writers, result: { syncs } }: DocumentParts): Pick<Probe, 'deviceUse'> {
  if (during === undefined || syncs === 0) return {};
  return {
    deviceUse: {
      writesPerSync: during.writes / syncs,
      writtenBytesPerSync: during.writtenBytes / syncs,
      flushesPerSync: during.flushes === undefined ? null : during.flushes / syncs,
      reads: during.reads,
      busyShareBefore: before?.busyShare ?? null,
      writesPerSBefore: before?.writesPerS ?? null,
      otherWriters: [...writers],
    },
  };
}

/** The first disk stands for all: a RAID's members are alike, or the class says 'mixed'. */
function volumeOf(facts: VolumeFacts, freeBytes: number | null): Probe['volume'] {
  const { mount, device, stack, class: volume, limits } = facts;
  const [disk] = facts.disks;
  const name = [disk?.vendor, disk?.model].filter((part) => part !== undefined && !/^0x/.test(part)).join(' ');
  return {
    device: device?.name ?? mount?.source ?? null,
    model: name === '' ? null : name,
    filesystem: mount?.filesystem ?? null,
    mountPoint: mount?.mountPoint ?? null,
    mountOptions: mount?.options.join(',') ?? null,
    rotational: disk?.rotational ?? null,
    class: volume.name,
    storage: volume.storage,
    ...(volume.note === undefined ? {} : { classNote: volume.note }),
    sizeBytes: disk?.sizeBytes ?? null,
    freeBytes,
    scheduler: disk?.scheduler ?? null,
    writeCache: disk?.writeCache ?? null,
    fua: disk?.fua ?? null,
    stack: [...stack],
    ioLimits: limits.map((limit) => ({ ...limit })),
  };
}
