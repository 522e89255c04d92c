import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { emptyLatency, type Probe } from '../../src/core/run/index.ts';
import { latencyOf } from '../../src/platform/histogram.ts';
import {
  parseBudget,
  parseRecordSizes,
  probeTable,
  ranked,
  verdictLine,
  volumeHistory,
} from '../../src/probe/index.ts';
import { seededRandom } from '../../src/base/random.ts';
import { meanBytes, sizeSampler, KUBERNETES_RECORD_SIZES, largestBytes } from '../../src/probe/load/record-sizes.ts';
import { sampleStore } from '../../src/probe/sample-store.ts';

function probe(path: string, ms: number, changes: Partial<Probe> = {}): Probe {
  return {
    schemaVersion: 1,
    kind: 'probe',
    path,
    startedAt: '2026-01-01T00:00:00.000Z',
    verdict: 'pass',
    band: 'healthy',
    walFsyncMs: latencyOf(new Array<number>(1000).fill(ms)),
    p99IntervalMs: [ms, ms],
    confidence: 0.95,
    budgetMs: 10,
    volume: { device: 'sda', model: null, filesystem: 'ext4', mountOptions: null, rotational: false, class: 'ssd' },
    warnings: [],
    ...changes,
  };
}

describe('the verdict line', () => {
  it('of an inconclusive probe says what would settle it', () => {
    const inconclusive = { verdict: 'inconclusive', p99IntervalMs: null } as const;
    expect(verdictLine(probe('/a', 9, { ...inconclusive, secondsToDecide: 90 }))).toMatch(
      /^INCONCLUSIVE .*no upper bound yet.*--duration 90s would settle it$/,
    );
    expect(verdictLine(probe('/a', 9, { ...inconclusive, secondsToDecide: null }))).toContain('no probing will tell');
    expect(verdictLine(probe('/a', 9, inconclusive))).toContain('the warnings leave no verdict');
  });

  it('of a backend probe is about its commits', () => {
    const backend = probe('/a', 1, { walFsyncMs: emptyLatency(), backendCommitMs: latencyOf([4]), recipe: 'backend' });
    expect(verdictLine(backend)).toContain('backend commit p99 4.00 ms');
  });
});

describe('the table of several volumes', () => {
  const probes = [
    probe('/slow', 30, { verdict: 'fail' }),
    probe('/good', 2),
    probe('/best', 1),
    probe('/?', 3, { verdict: 'inconclusive' }),
  ];

  it('ranks by verdict, then p99', () => {
    expect(ranked(probes).map((one) => one.path)).toEqual(['/best', '/good', '/?', '/slow']);
  });

  it('is aligned, one row each', () => {
    const lines = probeTable(probes).split('\n');
    expect(lines.length).toBe(5);
    const column = lines[0]!.indexOf('verdict');
    expect(lines.slice(1).map((line) => line.slice(column).split(' ')[0])).toEqual([
      'pass',
      'pass',
      'inconclusive',
      'fail',
    ]);
  });
});

describe('the history of a volume', () => {
  it('is in order of time and marks where the latency moved', () => {
    const series = Array.from({ length: 12 }, (_, day) =>
      probe('/a', day < 7 ? 1 + day / 100 : 5 + day / 100, {
        startedAt: `2026-01-${String(day + 1).padStart(2, '0')}T00:00:00.000Z`,
      }),
    );
    const rows = volumeHistory([...series].reverse());
    expect(rows.map((row) => row.startedAt.slice(8, 10))).toEqual(series.map((one) => one.startedAt!.slice(8, 10)));
    expect(rows.flatMap((row, i) => (row.moved === undefined ? [] : [i]))).toEqual([7]);
    expect(rows[7]!.moved!.toMs / rows[7]!.moved!.fromMs).toBeCloseTo(5, 0);
  });
});

describe('budgets', () => {
  it('are known by name or given in milliseconds, each with a source', () => {
    expect(parseBudget('openshift-heavy')).toMatchObject({ p99Ms: 2 });
    expect(parseBudget('7.5ms')).toMatchObject({ name: 'custom', p99Ms: 7.5 });
    for (const text of ['fast', '0', '-1', '10s', '']) expect(() => parseBudget(text)).toThrow(UsageError);
  });
});

describe('record sizes', () => {
  it('are drawn with their weights and stay under the largest', () => {
    const next = sizeSampler(KUBERNETES_RECORD_SIZES, seededRandom(1));
    const drawn = Array.from({ length: 20_000 }, next);
    const mean = drawn.reduce((sum, bytes) => sum + bytes, 0) / drawn.length;
    expect(mean / meanBytes(KUBERNETES_RECORD_SIZES)).toBeCloseTo(1, 1);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(largestBytes(KUBERNETES_RECORD_SIZES));
  });

  it('are read from text, or refused', () => {
    expect(parseRecordSizes('900:60,4000:40')).toEqual([
      { bytes: 900, weight: 60 },
      { bytes: 4000, weight: 40 },
    ]);
    for (const text of ['', 'x', '0:1', '100:0', '100:1,', '9999999:1'])
      expect(() => parseRecordSizes(text)).toThrow(UsageError);
  });
});

describe('the sample store', () => {
  it('thins evenly when full, in order', () => {
    const store = sampleStore(2048);
    for (let i = 0; i < 100_000; i++) store.add(i, i);
    const { values } = store;
    expect(values.length).toBeLessThanOrEqual(2048);
    expect(values.length).toBeGreaterThan(1000);
    const step = values[1]! - values[0]!;
    for (let i = 1; i < values.length; i++) expect(values[i]! - values[i - 1]!).toBe(step);
    expect(store.atMs).toEqual(values);
  });
});
