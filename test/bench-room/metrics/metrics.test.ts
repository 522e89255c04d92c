import { describe, expect, it } from 'vitest';
import { bucketsBetween, latencyOfBuckets, quantileMs } from '../../../src/bench/metrics/buckets.ts';
import { eventsBetween } from '../../../src/bench/metrics/events.ts';
import { bucketsOf, parseMetrics, sumOf } from '../../../src/bench/metrics/parse.ts';
import { readingOf } from '../../../src/bench/metrics/reading.ts';
import { sampleBetween } from '../../../src/bench/metrics/samples.ts';
import { serverStats } from '../../../src/bench/metrics/server-stats.ts';
import { LatencySchema } from '../../../src/core/run/index.ts';

/** As etcd writes it. */
function metrics(change: { fsyncs?: number[]; leaderChanges?: number; cpu?: number; db?: number } = {}): string {
  const { fsyncs = [0, 0, 0, 0], leaderChanges = 1, cpu = 10, db = 1000 } = change;
  let below = 0;
  const buckets = ['0.001', '0.002', '0.004', '+Inf'].map((le, i) => {
    below += fsyncs[i]!;
    return `etcd_disk_wal_fsync_duration_seconds_bucket{le="${le}"} ${below}`;
  });
  return `# HELP etcd_disk_wal_fsync_duration_seconds The latency distributions of fsync called by WAL.
# TYPE etcd_disk_wal_fsync_duration_seconds histogram
${buckets.join('\n')}
etcd_disk_wal_fsync_duration_seconds_sum ${below * 0.0015}
etcd_disk_wal_fsync_duration_seconds_count ${below}
etcd_network_peer_sent_bytes_total{To="8e9e05c52164694d"} 100
etcd_network_peer_sent_bytes_total{To="91bc3c398fb3c146"} 1.5e+02
etcd_server_leader_changes_seen_total ${leaderChanges}
etcd_server_has_leader 1
etcd_mvcc_db_total_size_in_bytes ${db}
process_cpu_seconds_total ${cpu}
go_info{version="go1.19.8 \\"x\\" \\\\y\\n"} 1
not a metric
broken{ 5
`;
}

describe('parseMetrics', () => {
  it('reads names, labels, escapes and exponents, and passes over what it does not understand', () => {
    const parsed = parseMetrics(metrics());
    expect(sumOf(parsed, 'etcd_network_peer_sent_bytes_total')).toBe(250);
    expect(parsed.get('go_info')?.[0]?.labels).toEqual({ version: 'go1.19.8 "x" \\y\n' });
    expect(sumOf(parsed, 'etcd_no_such_metric')).toBeUndefined();
    expect(parsed.has('not')).toBe(false);
  });

  it('reads histograms with their bounds in order', () => {
    const buckets = bucketsOf(parseMetrics(metrics({ fsyncs: [5, 3, 1, 1] })), 'etcd_disk_wal_fsync_duration_seconds');
    expect(buckets?.bounds.map(({ leS, count }) => [leS, count])).toEqual([
      [0.001, 5],
      [0.002, 8],
      [0.004, 9],
      [Infinity, 10],
    ]);
    expect(buckets?.count).toBe(10);
  });
});

describe('buckets', () => {
  const reading = (fsyncs: number[]) => readingOf('m', 0, metrics({ fsyncs })).walFsync;

  it('subtract what was there before', () => {
    const between = bucketsBetween(reading([10, 0, 0, 0]), reading([15, 5, 0, 0]));
    expect(between.count).toBe(10);
    expect(quantileMs(between, 0.5)).toBeCloseTo(1, 9);
    expect(quantileMs(between, 0.75)).toBeCloseTo(1.5, 9);
    expect(quantileMs(between, 1)).toBeCloseTo(2, 9);
  });

  it('of a member that restarted are all new', () => {
    expect(bucketsBetween(reading([50, 0, 0, 0]), reading([3, 0, 0, 0])).count).toBe(3);
  });

  it('say no more than the last bound for what lies above it', () => {
    expect(quantileMs(bucketsBetween(undefined, reading([1, 0, 0, 9])), 0.99)).toBe(4);
  });

  it('are a Latency that a Run takes', () => {
    const latency = latencyOfBuckets(bucketsBetween(undefined, reading([0, 3, 6, 1])));
    expect(LatencySchema.parse(latency)).toMatchObject({ count: 10, min: 1, hdr: null });
    expect(LatencySchema.parse(latencyOfBuckets(bucketsBetween(undefined, reading([0, 0, 0, 0])))).count).toBe(0);
  });
});

describe('readings', () => {
  const before = readingOf('m', 1_000, metrics({ fsyncs: [10, 0, 0, 0], cpu: 10 }));
  const after = readingOf('m', 3_000, metrics({ fsyncs: [10, 20, 0, 0], cpu: 11, leaderChanges: 2 }));

  it('give rates and quantiles of the second between them', () => {
    expect(sampleBetween(before, after, 3, 2).metrics).toMatchObject({
      hasLeader: 1,
      dbSizeBytes: 1000,
      cpuPercent: 25,
      walFsyncsPerS: 10,
      walFsyncMeanMs: 1.5,
    });
  });

  it('say nothing of a share of processors whose number is not known', () => {
    expect(sampleBetween(before, after, 3, undefined).metrics).not.toHaveProperty('cpuPercent');
  });

  it('give events where something changed', () => {
    expect(eventsBetween(before, after, 3)).toEqual([
      { t: 3, kind: 'leader-change', member: 'm', text: 'saw a new leader' },
    ]);
    expect(eventsBetween(after, after, 4)).toEqual([]);
  });

  it('sum to what the members said over the run', () => {
    const stats = serverStats(
      [
        [before, after],
        [before, before],
      ],
      1_000,
    );
    expect(stats).toMatchObject({
      leaderChanges: 1,
      walFsyncs: 20,
      dbSizeBytes: 1000,
      cpuUsPerOp: 1_000,
      proposalsFailed: null,
    });
  });
});
