/**
 * Synthetic Runs for tests: the shapes and sizes of a real one, every figure out of a seed, every time fixed.
 */
import { seededRandom } from '../../src/base/random.ts';
import type { Random } from '../../src/base/random.ts';
import { emptyLatency } from '../../src/core/run/index.ts';
import type { Audit, Latency, OperationStats, Probe, Run, RunEvent, SeriesPoint } from '../../src/core/run/index.ts';
import { combineLatencies, latencyOf } from '../../src/platform/histogram.ts';

export interface RunShape {
  readonly seed?: number;
  readonly name?: string;
  readonly kind?: 'bundled' | 'etcd' | 'endpoints';
  readonly durationS?: number;
  readonly ratePerS?: number;
  /** The disk's fdatasync: median in ms and the spread of its logarithm. */
  readonly fsyncMedianMs?: number;
  readonly fsyncSigma?: number;
  readonly events?: readonly RunEvent[];
  readonly changes?: Partial<Run>;
}

/** What an audit says that found nothing wrong. */
export const CLEAN_AUDIT: Audit = {
  acknowledgedWrites: 100,
  lostWrites: 0,
  doubledWrites: 0,
  revisionRegressions: 0,
  watchGaps: 0,
  watchDisorders: 0,
  violations: [],
};

const CLASSES = [
  { name: 'create', share: 0.25, medianFactor: 2.2 },
  { name: 'update', share: 0.4, medianFactor: 2.3 },
  { name: 'get', share: 0.3, medianFactor: 1.1 },
  { name: 'list', share: 0.05, medianFactor: 4 },
] as const;

/** A healthy minute of `kubectl-apply-storm` on three bundled members, unless told otherwise. */
export function buildRun(shape: RunShape = {}): Run {
  const random = seededRandom(shape.seed ?? 42);
  const durationS = shape.durationS ?? 60;
  const median = shape.fsyncMedianMs ?? 0.8;
  const sigma = shape.fsyncSigma ?? 0.35;
  const events = shape.events ?? [
    { t: Math.round(durationS * 0.4), kind: 'compaction', member: 'm1', text: 'Compacted at revision 18,211' },
    { t: Math.round(durationS * 0.7), kind: 'slow-fsync', member: 'm2', durationMs: median * 60, text: 'Slow sync' },
  ];
  const { operations, series } = buildLoad(random, durationS, shape.ratePerS ?? 200, median, sigma, events);
  const kind = shape.kind ?? 'bundled';
  return {
    schemaVersion: 1,
    kind: 'run',
    id: `run-${shape.seed ?? 42}`,
    startedAt: '2026-03-14T09:26:53.000Z',
    durationS,
    partial: false,
    verdict: 'pass',
    command: `etcdmark run ${shape.name ?? 'kubectl-apply-storm'} --seed ${shape.seed ?? 42}`,
    seed: shape.seed ?? 42,
    environment: {
      etcdmark: '0.1.0',
      node: 'v20.20.2',
      kernel: 'Linux 6.1.0-18-amd64',
      cpu: 'AMD EPYC 7R13',
      cpuCount: 8,
      memoryBytes: 34_359_738_368,
      os: 'Debian GNU/Linux 12',
      arch: 'x64',
    },
    target: {
      kind,
      version: kind === 'bundled' ? '3.5.99' : '3.5.12',
      members: 3,
      colocated: kind !== 'endpoints',
      settings: {
        heartbeatIntervalMs: 100,
        electionTimeoutMs: 1000,
        quotaBackendBytes: 2_147_483_648,
        autoCompactionMode: 'periodic',
        autoCompactionRetention: '0',
        snapshotCount: 10_000,
      },
    },
    profile: {
      name: shape.name ?? 'kubectl-apply-storm',
      description: 'kubectl apply of many objects at once: a read and a transaction each',
      loop: 'open',
      ratePerS: shape.ratePerS ?? 200,
      clients: 64,
    },
    operations,
    total: totalOf(Object.values(operations), durationS),
    watch: { events: 8_214, gaps: 0, deliveryMs: drawLatency(random, 8_214, median * 2.8, 0.4) },
    server: {
      walFsyncMs: drawLatency(random, 9_000, median, sigma),
      backendCommitMs: drawLatency(random, 600, median * 3, 0.4),
      leaderChanges: events.filter((event) => event.kind === 'leader-change').length,
      proposalsFailed: 0,
      dbSizeStartBytes: 20_480,
      dbSizeBytes: 41_943_040,
      dbInUseBytes: 39_845_888,
    },
    generator: {
      ceilingPerS: 41_000,
      cpuUsPerOp: 18.4,
      eventLoopDelayP99Ms: 1.2,
      saturated: false,
      workers: 1,
      connections: 10,
      scheduleLagMs: drawLatency(random, 12_000, 0.08, 0.5),
    },
    disk: buildProbe({ seed: shape.seed ?? 42, medianMs: median, sigma }),
    warmup: { durationS: 5, total: { ...emptyOperationStats(), scheduled: 1000, completed: 1000, ratePerS: 200 } },
    findings: [],
    recommendations: [],
    events: [...events],
    series,
    ...shape.changes,
  };
}

export interface ProbeShape {
  readonly seed?: number;
  readonly medianMs?: number;
  readonly sigma?: number;
  readonly samples?: number;
  readonly changes?: Partial<Probe>;
}

/** A probe whose verdict and band follow from its p99 by the seeds' bands (10, 50, 100 ms). */
export function buildProbe(shape: ProbeShape = {}): Probe {
  const random = seededRandom((shape.seed ?? 42) + 1000);
  const walFsyncMs = drawLatency(random, shape.samples ?? 20_000, shape.medianMs ?? 0.8, shape.sigma ?? 0.35);
  const p99 = walFsyncMs.p99 ?? 0;
  return {
    schemaVersion: 1,
    kind: 'probe',
    path: '/var/lib/etcd',
    startedAt: '2026-03-14T09:25:40.000Z',
    durationS: 60,
    verdict: p99 < 10 ? 'pass' : 'fail',
    band: p99 < 10 ? 'healthy' : p99 < 50 ? 'degraded' : p99 < 100 ? 'critical' : 'emergency',
    walFsyncMs,
    p99IntervalMs: [p99 * 0.96, p99 * 1.05],
    confidence: 0.95,
    budgetMs: 10,
    maxRateWithinBudgetPerS: Math.round(900 / (shape.medianMs ?? 0.8)),
    method: { writeBytes: 2300, preallocation: 'fallocate', samples: walFsyncMs.count },
    volume: {
      device: 'nvme1n1',
      model: 'Amazon Elastic Block Store',
      filesystem: 'ext4',
      mountPoint: '/var/lib/etcd',
      mountOptions: 'rw,relatime',
      rotational: false,
      class: 'gp3',
      sizeBytes: 107_374_182_400,
      freeBytes: 96_636_764_160,
      scheduler: 'none',
      writeCache: 'write through',
    },
    warnings: [],
    ...shape.changes,
  };
}

/** `count` draws from a lognormal of this median. */
function drawLatency(random: Random, count: number, medianMs: number, sigma: number): Latency {
  return latencyOf(Array.from({ length: count }, () => medianMs * Math.exp(sigma * normal(random))));
}

function buildLoad(
  random: Random,
  durationS: number,
  ratePerS: number,
  medianMs: number,
  sigma: number,
  events: readonly RunEvent[],
) {
  const byClass = new Map<string, Latency[]>(CLASSES.map(({ name }) => [name, []]));
  const series: SeriesPoint[] = [];
  for (let t = 0; t < durationS; t++) {
    const slow = events.some((event) => event.t === t) ? 6 : 1;
    const latencies = CLASSES.map(({ name, share, medianFactor }) => {
      const count = Math.max(0, Math.round(ratePerS * share * (1 + 0.08 * normal(random))));
      const latency = drawLatency(random, count, (medianMs * medianFactor + 0.2) * slow, sigma + 0.1);
      byClass.get(name)?.push(latency);
      return { name, latency };
    });
    series.push({
      t,
      completed: Object.fromEntries(latencies.map(({ name, latency }) => [name, latency.count])),
      errors: 0,
      skipped: 0,
      responseMs: combineLatencies(latencies.map(({ latency }) => latency)),
    });
  }
  const operations = Object.fromEntries(
    [...byClass].map(([name, latencies]) => [name, statsOf(random, combineLatencies(latencies), durationS)]),
  );
  return { operations, series };
}

/** Most requests are sent when they are due; the slow ones had waited for their turn. */
function statsOf(random: Random, responseMs: Latency, durationS: number): OperationStats {
  const median = responseMs.p50 ?? 1;
  return {
    scheduled: responseMs.count,
    completed: responseMs.count,
    errors: 0,
    skipped: 0,
    ratePerS: responseMs.count / durationS,
    responseMs,
    serviceMs: drawLatency(random, responseMs.count, median * 0.97, 0.38),
    errorsByCode: {},
  };
}

function totalOf(classes: readonly OperationStats[], durationS: number): OperationStats {
  const completed = classes.reduce((sum, each) => sum + each.completed, 0);
  return {
    ...emptyOperationStats(),
    scheduled: completed,
    completed,
    ratePerS: completed / durationS,
    responseMs: combineLatencies(classes.map((each) => each.responseMs)),
    serviceMs: combineLatencies(classes.map((each) => each.serviceMs)),
  };
}

/** Nothing was sent. */
export function emptyOperationStats(): OperationStats {
  return {
    scheduled: 0,
    completed: 0,
    errors: 0,
    skipped: 0,
    ratePerS: 0,
    responseMs: emptyLatency(),
    serviceMs: emptyLatency(),
    errorsByCode: {},
  };
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
}
