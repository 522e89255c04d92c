import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disk } from '../../src/base/disk.ts';
import { seededRandom } from '../../src/base/random.ts';
import { serializeProbe } from '../../src/core/run/index.ts';
import { realClock } from '../../src/platform/clock.ts';
import { nodeDisk } from '../../src/platform/node-disk.ts';
import { recordedTree } from '../../src/probe/facts/tree.ts';
import { runProbe, verdictLine, type ProbeEnvironment, type ProbeOptions } from '../../src/probe/index.ts';
import { findDiskModel, type DiskModel } from '../../src/storage/disk-models/index.ts';
import { modelRunner, simulatedRunner } from './support/simulated-runner.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'etcdmark-test-probe-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const NOTHING = recordedTree({ files: {}, links: {} });

function environment(changes: Partial<ProbeEnvironment> = {}): ProbeEnvironment {
  const runner = simulatedRunner(() => 1);
  return { clock: realClock(), random: seededRandom(1), tree: NOTHING, watchBeforeMs: 0, runner, ...changes };
}

const probe = (options: Partial<ProbeOptions> = {}, changes: Partial<ProbeEnvironment> = {}) =>
  runProbe({ path: directory, ...options }, environment(changes));

const disk = (changes: Partial<Disk>): Disk => ({ ...nodeDisk(), ...changes });

describe('a probe', () => {
  it('is a valid document with verdict, interval, budget and source, and leaves nothing', async () => {
    const result = await probe();
    expect(() => serializeProbe(result)).not.toThrow();
    expect(result).toMatchObject({ kind: 'probe', path: directory, verdict: 'pass', band: 'healthy', partial: false });
    expect(result.p99IntervalMs).toEqual([1, 1]);
    expect(result.budget).toMatchObject({ name: 'etcd', p99Ms: 10 });
    expect(result.budget?.source).toContain('etcd');
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    [5, 'pass', 'healthy'],
    [20, 'fail', 'degraded'],
    [80, 'fail', 'critical'],
    [300, 'fail', 'emergency'],
  ])('at %d ms says %s, %s', async (ms, verdict, band) => {
    expect(await probe({}, { runner: simulatedRunner(() => ms) })).toMatchObject({ verdict, band });
  });

  it('holds the same figures against the budget that was asked for', async () => {
    const budget = { name: 'custom', p99Ms: 0.5, source: 'given by the caller' };
    expect(await probe({ budget })).toMatchObject({ verdict: 'fail', band: 'healthy', budgetMs: 0.5 });
  });

  it('says in one line what it found', async () => {
    const line = verdictLine(await probe({ recipe: 'fio-8000' }));
    expect(line).toMatch(
      /^PASS {2}\S+ {2}healthy: WAL fsync p99 1\.00 ms \(95 % interval 1\.00–1\.00 ms, [\d,]+ samples\)/,
    );
    expect(line).toContain('budget 10.0 ms (etcd)');
    expect(line).toContain('recipe fio-8000');
    expect(line).not.toContain('\n');
  });

  it('cut short is marked partial, and cleans up', async () => {
    const controller = new AbortController();
    let steps = 0;
    const runner = simulatedRunner(() => (++steps === 2500 && controller.abort(), 1));
    const result = await probe({}, { runner, signal: controller.signal });
    expect(result.partial).toBe(true);
    expect(verdictLine(result)).toContain('cut short');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('cleans up after a disk that fills in the middle', async () => {
    let steps = 0;
    const runner = simulatedRunner(() => {
      if (++steps > 500) throw new Error('cannot write to x: no space left on the device (ENOSPC)');
      return 1;
    });
    await expect(probe({}, { runner })).rejects.toThrow(/no space left/);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('planted truths', () => {
  const planted = (p99Ms: number): DiskModel => ({
    ...findDiskModel('gp3'),
    latency: {
      kind: 'lognormal',
      medianUs: p99Ms * 1000 * Math.exp(-2.326 * 0.5),
      sigma: 0.5,
      outliers: { share: 0, fromMs: 0, toMs: 0 },
    },
    limits: [],
  });

  it.each([
    [9, 'pass'],
    [11, 'fail'],
  ])('a p99 of %d ms against 10 ms: %s', async (p99Ms, verdict) => {
    const result = await probe({ durationS: 240 }, { runner: modelRunner(planted(p99Ms), seededRandom(2)) });
    expect(result.verdict).toBe(verdict);
    expect(result.p99IntervalMs![0]).toBeLessThan(p99Ms);
    expect(result.p99IntervalMs![1]).toBeGreaterThan(p99Ms);
  });

  it('a p99 on the line cannot be told', async () => {
    const result = await probe({ durationS: 30 }, { runner: modelRunner(planted(10), seededRandom(3)) });
    expect(result.verdict).toBe('inconclusive');
    expect(result.secondsToDecide === null || result.secondsToDecide! > 30).toBe(true);
  });

  it('a burst bucket that empties is found by sustained, with when it would empty at another rate', async () => {
    // 300 GiB of gp2 with a hundredth of its bucket.
    const gp2 = findDiskModel('gp2:300GiB');
    const model = { ...gp2, limits: [{ ...gp2.limits[0]!, credits: 54_000 }] };
    const runner = modelRunner(model, seededRandom(4));
    const { sustained } = await probe({ recipe: 'sustained', durationS: 200, projectedRatePerS: 600 }, { runner });
    const rate = sustained!.burst!.ratePerS;
    // Full at the start, refilled at 900/s, 2.13 credits a sync.
    expect(sustained!.burst!.endedAtS / (54_000 / (rate * 2.13 - 900))).toBeCloseTo(1, 1);
    expect(sustained!.burst!.baselineRatePerS / (900 / 2.13)).toBeCloseTo(1, 1);
    expect(Math.abs(sustained!.exhaustion!.afterS! / (54_000 / (600 * 2.13 - 900)) - 1)).toBeLessThan(0.05);
  });

  it('a ladder finds the rate at which a limit breaks the budget', async () => {
    const gp3 = findDiskModel('gp3');
    const model = { ...gp3, limits: [{ unit: 'writes', baselinePerS: 852, burstPerS: 852, credits: 0 }] } as DiskModel;
    const result = await probe({ recipe: 'ladder' }, { runner: modelRunner(model, seededRandom(5)) });
    // 852 writes a second are 400 syncs.
    expect(result.maxRateWithinBudgetPerS).toBeGreaterThan(350);
    expect(result.maxRateWithinBudgetPerS).toBeLessThan(420);
    const rates = result.ladder!.map((rung) => rung.ratePerS);
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    expect(result.verdict).toBe('pass');
  });
});

describe('neighbours', () => {
  it('that break the budget are named', async () => {
    let noisy = false;
    const quiet = simulatedRunner(() => (noisy ? 40 : 1));
    const runner = {
      ...quiet,
      start: (...[spec, onBatch]: Parameters<typeof quiet.start>) => {
        if (spec.shape.kind === 'neighbour') noisy = spec.shape.neighbour === 'image-pull';
        return quiet.start(spec, onBatch);
      },
    };
    const result = await probe({ recipe: 'together', durationS: 30, ratePerS: 50 }, { runner });
    expect(result.verdict).toBe('pass');
    expect(result.phases?.map((phase) => phase.verdict)).toEqual(['pass', 'pass', 'fail', 'pass', 'pass', 'pass']);
    expect(result.warnings.filter((warning) => warning.code === 'neighbour')).toEqual([
      { code: 'neighbour', text: expect.stringContaining('image-pull') as string },
    ]);
  });
});

describe('a path that cannot be probed', () => {
  it.each([
    ['missing', /does not exist: give an existing directory/],
    ['file', /is not a directory/],
    ['file/below', /does not exist/],
  ])('%s is refused as a wrong call', async (name, message) => {
    writeFileSync(join(directory, 'file'), '');
    await expect(probe({ path: join(directory, name) })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(message) as string,
    });
  });

  it('with too little space is named with what it needs', async () => {
    await expect(probe({}, { disk: disk({ freeBytes: () => 5e6 }) })).rejects.toThrow(
      /has too little space: the probe needs \d+ MB, 5 MB are free/,
    );
    expect(readdirSync(directory)).toEqual([]);
  });

  it('of an unknown recipe names those there are', async () => {
    await expect(probe({ recipe: 'fast' as 'wal' })).rejects.toThrow(
      /recipe 'fast' is not known: give one of wal, fio-2300/,
    );
  });
});

describe('beside a live etcd', () => {
  const live = recordedTree({ files: { '/proc/9/comm': 'etcd\n', '/proc/9/cmdline': 'etcd\0' }, links: {} });

  it('only a low-rate wal probe runs', async () => {
    const runner = simulatedRunner(() => 1);
    const result = await probe({}, { tree: live, runner });
    expect(runner.specs[0]?.ratePerS).toBe(30);
    expect(result.warnings.map((warning) => warning.code)).toContain('live-etcd');
    await expect(probe({ recipe: 'ladder' }, { tree: live })).rejects.toThrow(/--live-etcd-at-risk/);
  });

  it('more runs when the risk is taken by name', async () => {
    const runner = simulatedRunner(() => 1);
    await probe({ recipe: 'fio-8000', liveEtcdAtRisk: true }, { tree: live, runner });
    expect(runner.specs[0]?.ratePerS).toBeUndefined();
  });
});

describe('what a killed probe left', () => {
  const stale = '.etcdmark-probe-0123456789abcdef';

  it('is swept by the next, unless someone holds it', async () => {
    for (const name of [stale, '.etcdmark-probe-fedcba9876543210'])
      mkdirSync(join(directory, name, 'load-0'), { recursive: true });
    const held = nodeDisk().lock(join(directory, stale));
    await probe();
    expect(readdirSync(directory)).toEqual([stale]);
    held.release();
    await probe();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('where nothing can be locked, is swept by its age', async () => {
    const noLock = disk({
      lock: () => {
        throw new Error('no flock');
      },
    });
    mkdirSync(join(directory, stale));
    await probe({}, { disk: noLock });
    expect(readdirSync(directory)).toEqual([stale]);
    utimesSync(join(directory, stale), 1e9, 1e9);
    await probe({}, { disk: noLock });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('never includes a planted link, a file or a name of another', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'etcdmark-test-kept-'));
    writeFileSync(join(kept, 'precious'), 'x');
    symlinkSync(kept, join(directory, stale));
    writeFileSync(join(directory, '.etcdmark-probe-00000000deadbeef'), 'x');
    mkdirSync(join(directory, '.etcdmark-probe-mine'));
    await probe();
    expect(readdirSync(directory).length).toBe(3);
    expect(readdirSync(kept)).toEqual(['precious']);
    rmSync(kept, { recursive: true });
  });
});
