import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { emptyLatency, type Probe } from '../../../src/core/run/index.ts';
import { nearestRank } from '../../../src/core/stats/index.ts';
import { latencyOf } from '../../../src/platform/histogram.ts';
import {
  DISK_MODELS,
  modelFromProbe,
  modelledVolume,
  parseModel,
  serializeModel,
} from '../../../src/storage/disk-models/index.ts';

function probe(valuesMs: readonly number[], more: Partial<Probe> = {}): Probe {
  return {
    schemaVersion: 1,
    kind: 'probe',
    path: '/data',
    startedAt: '2026-01-02T03:04:05.000Z',
    durationS: 10,
    verdict: 'pass',
    band: 'healthy',
    walFsyncMs: latencyOf(valuesMs),
    p99IntervalMs: null,
    confidence: 0.95,
    volume: { device: null, model: null, filesystem: null, mountOptions: null, rotational: null, class: null },
    warnings: [],
    ...more,
  };
}

const deviceUse = (writesPerSync: number): NonNullable<Probe['deviceUse']> => ({
  writesPerSync,
  writtenBytesPerSync: 4096,
  flushesPerSync: 1,
  reads: 0,
  busyShareBefore: null,
  writesPerSBefore: null,
  otherWriters: [],
});

describe('a model of a measured volume', () => {
  it('has the p50 and p99 of the probe', () => {
    const random = seededRandom(6);
    const measured = Array.from({ length: 20_000 }, () => 0.2 * Math.exp(random.float() * 3));
    const original = probe(measured);
    const volume = modelledVolume(modelFromProbe(original, 'mine'));
    const drawn = Float64Array.from({ length: 20_000 }, (_, i) => volume.nextSyncDelayMs(i * 5, 2300, random)).sort();
    expect(nearestRank(drawn, 0.5) / original.walFsyncMs.p50!).toBeCloseTo(1, 1);
    expect(nearestRank(drawn, 0.99) / original.walFsyncMs.p99!).toBeCloseTo(1, 1);
    expect(drawn.at(-1)).toBeLessThanOrEqual(original.walFsyncMs.max! * 1.001);
  });

  it('of a sustained probe has the latencies from before its credits ended', () => {
    const before = latencyOf(new Array<number>(100).fill(0.5));
    const burst = { endedAtS: 600, ratePerS: 1000, baselineRatePerS: 100, walFsyncMs: before };
    const values = [...new Array<number>(100).fill(0.5), ...new Array<number>(100).fill(10)];
    const model = modelFromProbe(probe(values, { sustained: { changes: [], burst, exhaustion: null } }), 'burst');
    const random = seededRandom(1);
    const volume = modelledVolume(model);
    const delays = Array.from({ length: 500 }, (_, i) => volume.nextSyncDelayMs(i * 5, 1, random));
    expect(Math.max(...delays)).toBeLessThan(0.6);
  });

  it('keeps the bucket that a sustained probe emptied', () => {
    const burst = { endedAtS: 600, ratePerS: 1000, baselineRatePerS: 100 };
    const model = modelFromProbe(
      probe(new Array<number>(100).fill(0.5), { sustained: { changes: [], burst, exhaustion: null } }),
      'burst',
    );
    const volume = modelledVolume(model);
    const random = seededRandom(1);
    let syncs = 0;
    for (let nowMs = 0; nowMs < 590_000; syncs++) nowMs += Math.max(1, volume.nextSyncDelayMs(nowMs, 1, random));
    expect(syncs / 590).toBeCloseTo(1000, -2);
    expect(volume.credits()[0]).toBeLessThan(540_000 * 0.03);
  });

  const rung = (ratePerS: number, ms: number, withinBudget: boolean, achievedPerS = ratePerS) => ({
    ratePerS,
    achievedPerS,
    // Whoever queues waits for those before it; the volume itself is no slower for that.
    responseMs: latencyOf(new Array<number>(50).fill(20 * ms)),
    serviceMs: latencyOf(new Array<number>(50).fill(ms)),
    withinBudget,
  });

  function delayAt(ladder: NonNullable<Probe['ladder']>, ratePerS: number): number {
    const volume = modelledVolume(modelFromProbe(probe([1], { ladder }), 'l'));
    let delay = 0;
    for (let i = 0; i < 1000; i++) delay = volume.nextSyncDelayMs((i * 1000) / ratePerS, 1, seededRandom(i));
    return delay;
  }

  it('takes the service times of the rungs that a ladder held, by rate, and none of the queue before them', () => {
    const ladder = [rung(50, 1, true), rung(100, 4, true), rung(200, 50, false)];
    expect(delayAt(ladder, 10)).toBeCloseTo(1, 1);
    expect(delayAt(ladder, 90)).toBeCloseTo(4, 1);
    expect(delayAt(ladder, 1000)).toBeCloseTo(4, 1);
  });

  it('takes the rate of a rung that could not be reached as the limit', () => {
    const ladder = [rung(100, 1, true), rung(400, 1, false, 210), rung(200, 1, true)];
    const model = modelFromProbe(probe([1], { ladder, deviceUse: deviceUse(3) }), 'l');
    expect(model.limits).toEqual([{ unit: 'writes', baselinePerS: 630, burstPerS: 630, credits: 0 }]);
    const volume = modelledVolume(model);
    let nowMs = 0;
    for (let i = 0; i < 1000; i++) nowMs += volume.nextSyncDelayMs(nowMs, 1, seededRandom(i));
    expect(1_000_000 / nowMs).toBeCloseTo(210, -1);
  });

  it('cannot be made of a probe without WAL figures', () => {
    expect(() => modelFromProbe(probe([1], { walFsyncMs: emptyLatency() }), 'x')).toThrow(/measured no WAL fsync/);
  });
});

describe('the file of a model', () => {
  it('gives every shipped model back', () => {
    for (const model of DISK_MODELS) expect(parseModel(serializeModel(model), 'f')).toEqual(model);
  });

  it.each([
    ['no json', /not JSON/],
    ['{}', /not a disk model/],
    [serializeModel(DISK_MODELS[0]!).replace('"schemaVersion": 1', '"schemaVersion": 2'), /version 1: schemaVersion/],
    [serializeModel(DISK_MODELS[0]!).replace('"writesPerSync": 2.13', '"writesPerSync": -1'), /writesPerSync/],
    [serializeModel(DISK_MODELS[0]!).replace('"title"', '"extra": 1, "title"'), /extra/],
  ])('refuses what is none', (text, message) => {
    expect(() => parseModel(text, 'f.json')).toThrow(message);
  });
});
