import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serializeProbe } from '../../src/core/run/index.ts';
import { WAL_BUDGETS, parseFio, probeFromFio, runFio } from '../../src/probe/index.ts';
import { describeWithPeers } from '../support/peers.ts';

/** fio's document with `n` syncs and percentiles in µs. */
function fio(n: number, percentilesUs: Record<string, number>): string {
  const percentile = Object.fromEntries(Object.entries(percentilesUs).map(([level, us]) => [level, us * 1000]));
  const sync = { total_ios: 0, lat_ns: { min: 50_000, max: 30e6, mean: 200_000, stddev: 1, N: n, percentile } };
  return `fio: a warning\n${JSON.stringify({ 'fio version': 'fio-3.33', jobs: [{ jobname: 'wal', sync }] })}`;
}

const FAST = {
  '50.000000': 150,
  '90.000000': 200,
  '95.000000': 240,
  '99.000000': 400,
  '99.500000': 900,
  '99.900000': 2000,
};
const NEAR = { ...FAST, '99.000000': 9500, '99.500000': 12_000, '99.900000': 20_000 };
const SLOW = { ...FAST, '95.000000': 15_000, '99.000000': 30_000, '99.500000': 31_000, '99.900000': 32_000 };

describe('figures of fio', () => {
  it('are read from its JSON, warnings before it or not', () => {
    expect(parseFio(fio(10_029, FAST), 'f')).toEqual({
      version: 'fio-3.33',
      samples: 10_029,
      p50Ms: 0.15,
      p99Ms: 0.4,
      p999Ms: 2,
    });
  });

  it.each([
    [FAST, 'pass'],
    [NEAR, 'inconclusive'],
    [SLOW, 'fail'],
  ] as const)('get a verdict with an interval: case %#', (percentiles, verdict) => {
    const probe = probeFromFio(fio(10_029, percentiles), 'old.json', WAL_BUDGETS.etcd);
    expect(probe.verdict).toBe(verdict);
    expect(probe.p99IntervalMs![0]).toBeLessThanOrEqual(probe.walFsyncMs.p99!);
    expect(probe.p99IntervalMs![1]).toBeGreaterThanOrEqual(probe.walFsyncMs.p99!);
    expect(() => serializeProbe(probe)).not.toThrow();
  });

  it('from a hundred samples decide nothing', () => {
    const probe = probeFromFio(fio(100, FAST), 'old.json', WAL_BUDGETS.etcd);
    expect(probe).toMatchObject({ verdict: 'inconclusive', p99IntervalMs: null });
  });

  it.each([
    ['no json at all', /not fio's JSON/],
    ['{"a": 1}', /no 'fio version'/],
    [fio(0, FAST), /no job in it synced; run fio with --fdatasync=1/],
    [fio(10, { '50.000000': 1 }), /percentile 99 /],
  ])('that are none are refused', (text, message) => {
    expect(() => parseFio(text, 'x.json')).toThrow(message);
  });
});

describeWithPeers(['fio'], 'fio itself', () => {
  it('runs a recipe and leaves nothing', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'etcdmark-test-fio-'));
    try {
      const figures = await runFio(directory, 'fio-2300');
      // 22 MiB in blocks of 2,300 bytes.
      expect(figures.samples).toBe(10_029);
      expect(figures.p99Ms).toBeGreaterThanOrEqual(figures.p50Ms);
      expect(readdirSync(directory)).toEqual([]);
      await expect(runFio(join(directory, 'missing'), 'fio-2300')).rejects.toThrow(/fio failed on/);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
