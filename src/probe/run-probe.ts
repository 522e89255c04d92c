/** One path, one recipe, one Probe: facts, measurement, honesty, and nothing left behind. */
import { existsSync, statSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { OperationError, UsageError } from '../base/errors.ts';
import type { Probe } from '../core/run/index.ts';
import { nodeDisk } from '../platform/node-disk.ts';
import { BACKEND_BUDGET, WAL_BUDGETS } from './budgets.ts';
import {
  countersBetween,
  diskCounters,
  findLiveEtcd,
  hostTree,
  otherWriters,
  processWrites,
  volumeFacts,
  type DiskCounters,
  type LiveEtcd,
  type Tree,
} from './facts/index.ts';
import { probeFailure } from './failure.ts';
import { honestyFlags } from './honesty.ts';
import { workerRunner } from './load/worker-runner.ts';
import { measure, type MeasureContext } from './measurement.ts';
import { isRecipe, RECIPES, type ProbeEnvironment, type ProbeOptions } from './options.ts';
import { probeDocument } from './probe-document.ts';
import { RECIPE_RUNS, spaceNeeded } from './recipes/index.ts';
import { spendingNotice } from './spending.ts';
import { makeScratch, probedDirectory } from './scratch.ts';

/** Beside a live etcd: enough syncs to decide within a minute, few enough to go unnoticed. */
const LIVE_RATE_PER_S = 30;

/**
 * Qualifies the volume under `options.path`.
 *
 * Throws UsageError for a path or a recipe that cannot be meant, OperationError where the path cannot be written to or the
 * disk fails. A signal ends it early with a Probe marked partial, once there are samples.
 */
export async function runProbe(given: ProbeOptions, environment: ProbeEnvironment): Promise<Probe> {
  const { clock, random, tree = hostTree(), disk = nodeDisk(), watchBeforeMs = 1000 } = environment;
  const recipe = given.recipe ?? 'wal';
  const directory = probedDirectory(given.path);
  const live = findLiveEtcd(tree, directory, deviceNumber);
  const options = besideLive(given, live);
  const budget = options.budget ?? (recipe === 'backend' ? BACKEND_BUDGET : WAL_BUDGETS.etcd);
  const confidence = options.confidence ?? 0.95;
  const facts = volumeFacts(tree, directory);
  const startedAt = new Date(clock.wallMs()).toISOString();
  const scratch = makeScratch(directory, spaceNeeded(recipe), disk, clock.wallMs());
  const remove = (): void => void scratch.remove();
  process.once('exit', remove);
  try {
    const names = facts.disks.map((one) => one.name);
    const before = await idleUse(tree, names, clock, watchBeforeMs);
    const countersBefore = diskCounters(tree, names);
    const writesBefore = processWrites(tree);
    const runner = environment.runner ?? workerRunner(disk);
    const context = (phase: string): MeasureContext => {
      let samples = 0;
      return {
        runner,
        clock,
        signal: environment.signal,
        onSecond: (second) => {
          samples += second.count;
          environment.onProgress?.({ path: given.path, phase, elapsedS: second.t + 1, samples, p99Ms: second.p99 });
        },
      };
    };
    const notice = spendingNotice(facts, recipe, options);
    if (notice !== undefined) {
      environment.onProgress?.({ path: given.path, phase: recipe, elapsedS: 0, samples: 0, p99Ms: undefined, notice });
    }
    const result = await RECIPE_RUNS[recipe]({
      options,
      budget,
      nextDirectory: () => scratch.nextDirectory(),
      nextSeed: () => random.uint32(),
      measure: (phase, measureOptions) => measure(measureOptions, context(phase)),
      measureContext: context('beside'),
    });
    const { main, syncs } = result;
    if (main.samples === 0) throw new OperationError('the probe ended before its first sample');
    const during = between(countersBefore, diskCounters(tree, names));
    const preparation = runner.preparation();
    const flags = honestyFlags(
      {
        facts,
        samples: main.samples,
        bounded: main.interval !== undefined && Number.isFinite(main.interval.high),
        medianUs: main.syncMs.p50 === null ? undefined : main.syncMs.p50 * 1000,
        clockStepUs: clockStepUs(clock),
        cpuWaitShare: cpuWaitShare(runner.cpuWaitMs(), main.durationS),
        zeroFilled: preparation?.how === 'zero-filled',
        sparse: preparation?.sparse ?? false,
        during,
        syncs,
        before,
        live,
      },
      options.honestyLimits,
    );
    return probeDocument({
      path: directory,
      recipe,
      startedAt,
      budget,
      confidence,
      result,
      facts,
      freeBytes: disk.freeBytes(directory),
      flags,
      during,
      before,
      writers: otherWriters(writesBefore, processWrites(tree), process.pid),
      preparation,
    });
  } catch (error) {
    const isThere = existsSync(scratch.directory);
    const left = scratch.remove() ? undefined : scratch.directory;
    throw probeFailure(error, { path: given.path, neededBytes: spaceNeeded(recipe), isThere, left });
  } finally {
    remove();
    process.removeListener('exit', remove);
  }
}

/** Only a low-rate `wal` probe runs beside a live etcd, unless the risk was taken by name. */
function besideLive(options: ProbeOptions, live: LiveEtcd | undefined): ProbeOptions {
  const { recipe = 'wal' } = options;
  if (!isRecipe(recipe)) {
    throw new UsageError(`recipe '${String(recipe)}' is not known: give one of ${Object.keys(RECIPES).join(', ')}`);
  }
  if (live === undefined || options.liveEtcdAtRisk === true) return options;
  if (recipe !== 'wal') {
    throw new UsageError(
      `${options.path}: ${live.evidence}, and '${recipe}' would slow it down: use the wal recipe, or add --live-etcd-at-risk`,
    );
  }
  return { ...options, ratePerS: Math.min(options.ratePerS ?? LIVE_RATE_PER_S, LIVE_RATE_PER_S) };
}

/** How the disk is used before the probe adds to it. */
async function idleUse(
  tree: Tree,
  names: readonly string[],
  clock: Clock,
  watchMs: number,
): Promise<{ busyShare: number; writesPerS: number } | undefined> {
  const first = diskCounters(tree, names);
  if (first === undefined || watchMs === 0) return undefined;
  const startMs = clock.nowMs();
  await new Promise<void>((resolve) => clock.after(watchMs, resolve));
  const use = between(first, diskCounters(tree, names));
  const elapsedMs = clock.nowMs() - startMs;
  if (use === undefined || elapsedMs <= 0) return undefined;
  return { busyShare: use.busyMs / elapsedMs / names.length, writesPerS: (use.writes / elapsedMs) * 1000 };
}

function between(before: DiskCounters | undefined, after: DiskCounters | undefined): DiskCounters | undefined {
  return before === undefined || after === undefined ? undefined : countersBetween(before, after);
}

function deviceNumber(path: string): number | undefined {
  try {
    return statSync(path).dev;
  } catch {
    return undefined;
  }
}

function cpuWaitShare(waitMs: number | undefined, durationS: number): number | undefined {
  return waitMs === undefined || durationS === 0 ? undefined : waitMs / 1000 / durationS;
}

/** The smallest step of the clock that is seen. */
function clockStepUs(clock: Clock): number {
  let smallest = Infinity;
  let last = clock.nowMs();
  for (let i = 0; i < 10_000; i++) {
    const now = clock.nowMs();
    if (now > last) smallest = Math.min(smallest, now - last);
    last = now;
  }
  return smallest === Infinity ? 0 : smallest * 1000;
}
