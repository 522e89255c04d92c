import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { nearestRank } from '../../../src/core/stats/index.ts';
import { readDiskModel } from '../../../src/server/config/disk-model.ts';
import { DISK_MODELS, findDiskModel, modelledVolume, type DiskModel } from '../../../src/storage/disk-models/index.ts';
import { tokenBucket } from '../../../src/storage/disk-models/token-bucket.ts';

/** One writer without a pause, `otherMs` between its syncs: syncs a second in each second. */
function closedLoop(model: DiskModel, seconds: number, otherMs: number, bytes = 2300): number[] {
  const volume = modelledVolume(model);
  const random = seededRandom(3);
  const counts = new Array<number>(seconds).fill(0);
  for (let nowMs = 0; nowMs < seconds * 1000;) {
    nowMs += otherMs + volume.nextSyncDelayMs(nowMs, bytes, random);
    if (nowMs < seconds * 1000) counts[Math.floor(nowMs / 1000)]! += 1;
  }
  return counts;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a token bucket', () => {
  // AWS EC2 user guide: how long 5.4 million credits last at 3,000 IOPS.
  it.each([
    [33, 1862],
    [100, 2000],
    [334, 2703],
    [750, 7200],
  ])('gives gp2 of %d GiB its %d seconds of burst', (sizeGiB, seconds) => {
    const [limit] = findDiskModel(`gp2:${sizeGiB}GiB`).limits;
    const bucket = tokenBucket(limit!);
    let nowMs = 0;
    while (bucket.credits >= 10 && nowMs < 1e8) nowMs = bucket.admit(nowMs, 10);
    expect(Math.abs(nowMs / 1000 - seconds)).toBeLessThan(seconds * 0.002);
  });

  it('does not delay what comes slower than its rate, and refills to the brim only', () => {
    const bucket = tokenBucket({ unit: 'writes', baselinePerS: 100, burstPerS: 1000, credits: 50 });
    for (let i = 0; i < 100; i++) expect(bucket.admit(i * 20, 1)).toBe(i * 20);
    expect(bucket.credits).toBe(49);
    expect(bucket.admit(1e6, 1)).toBe(1e6);
    expect(bucket.credits).toBe(49);
  });

  it('falls to the baseline when its credits are gone', () => {
    const bucket = tokenBucket({ unit: 'writes', baselinePerS: 100, burstPerS: 1000, credits: 50 });
    let nowMs = 0;
    const at = Array.from({ length: 200 }, () => (nowMs = bucket.admit(nowMs, 1)));
    expect(at[45]! - at[44]!).toBeCloseTo(1, 6);
    expect((at[199]! - at[99]!) / 100).toBeCloseTo(10, 0);
  });
});

describe('shipped models', () => {
  it('each say where they are from, and have names of their own', () => {
    for (const model of DISK_MODELS) {
      expect(model.sources.length, model.name).toBeGreaterThan(0);
      expect(model.asOf, model.name).toMatch(/^\d{4}-\d{2}$/);
      if (model.name !== 'gp2:100GiB') expect(findDiskModel(model.name)).toEqual(model);
    }
    expect(new Set(DISK_MODELS.map((model) => model.name)).size).toBe(DISK_MODELS.length);
  });

  it.each([
    ['gp3', 0.66, 1.4],
    ['instance-nvme', 0.08, 0.2],
    ['hdd', 24, 68],
    ['nvme-consumer', 1.7, 5.4],
  ])('%s has a median of %d ms and a p99 of %d ms', (name, p50, p99) => {
    const volume = modelledVolume(findDiskModel(name));
    const random = seededRandom(1);
    const delays = Float64Array.from({ length: 10_000 }, (_, i) =>
      volume.nextSyncDelayMs(i * 1000, 2300, random),
    ).sort();
    expect(nearestRank(delays, 0.5) / p50).toBeCloseTo(1, 1);
    expect(Math.abs(nearestRank(delays, 0.99) / p99 - 1)).toBeLessThan(0.1);
  });

  it('io2 never stalls for an election timeout, flooded does: leaders stay on the one and fall on the other', () => {
    const path = fileURLToPath(new URL('../../bench/models/flooded.json', import.meta.url));
    const flooded = readDiskModel(path, (file) => readFileSync(file, 'utf8'));
    const [still, stalling] = [findDiskModel('io2'), flooded].map((model) => {
      const volume = modelledVolume(model);
      const random = seededRandom(1);
      return Float64Array.from({ length: 10_000 }, (_, i) => volume.nextSyncDelayMs(i * 1000, 2300, random)).sort();
    });
    expect(still!.at(-1)).toBeLessThan(1000);
    expect(stalling!.at(-1)).toBeGreaterThan(1000);
    expect(nearestRank(stalling!, 0.99)).toBeGreaterThan(100);
  });

  it('gp3 reaches the measured 1,105 syncs/s, latency-bound: 6,000 IOPS change nothing', () => {
    const measured = mean(closedLoop(findDiskModel('gp3'), 60, 0.205));
    expect(Math.abs(measured / 1105 - 1)).toBeLessThan(0.03);
    expect(mean(closedLoop(findDiskModel('gp3:6000iops'), 60, 0.205)) / measured).toBeCloseTo(1, 2);
  });

  it('gp2 of 300 GiB reaches 709 syncs/s until its credits are gone, then the baseline', () => {
    const model = findDiskModel('gp2:300GiB');
    // A tenth of the bucket, so a tenth of the two and a half hours that 5.4 million credits last at that rate.
    const limits = model.limits.map((limit) => ({ ...limit, credits: limit.credits / 10 }));
    const counts = closedLoop({ ...model, limits }, 1200, 0.04);
    expect(Math.abs(mean(counts.slice(0, 800)) / 709 - 1)).toBeLessThan(0.03);
    const ended = counts.findIndex((count) => count < 500);
    expect(Math.abs(ended / 885 - 1)).toBeLessThan(0.08);
    expect(Math.abs(mean(counts.slice(-200)) / (900 / 2.13) - 1)).toBeLessThan(0.01);
  });

  it('large syncs take the time of their bytes', () => {
    const model: DiskModel = {
      ...findDiskModel('sd-card'),
      latency: { kind: 'lognormal', medianUs: 1000, sigma: 0, outliers: { share: 0, fromMs: 0, toMs: 0 } },
    };
    const delayMs = modelledVolume(model).nextSyncDelayMs(0, 8192 + 2_000_000, seededRandom(1));
    expect(delayMs).toBeCloseTo(1 + 100, 6);
  });

  it('episodes multiply the latency for about their share of the time', () => {
    const model: DiskModel = {
      ...findDiskModel('gp3'),
      latency: { kind: 'lognormal', medianUs: 1000, sigma: 0, outliers: { share: 0, fromMs: 0, toMs: 0 } },
      limits: [],
      episodes: { everyS: 90, lengthS: 10, factor: 300 },
    };
    const volume = modelledVolume(model);
    const random = seededRandom(4);
    let slow = 0;
    for (let i = 0; i < 100_000; i++) if (volume.nextSyncDelayMs(i * 1000, 1, random) > 100) slow++;
    expect(slow / 100_000).toBeGreaterThan(0.08);
    expect(slow / 100_000).toBeLessThan(0.12);
  });

  it.each(['gp9', 'gp2:0GiB', 'gp2:33iops', 'gp3:10iops', 'io2:5000', '', 'GP3'])('refuses %j by name', (name) => {
    expect(() => findDiskModel(name)).toThrow(/is not known: give one of .*gp3/);
  });
});
