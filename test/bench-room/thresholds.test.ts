import { describe, expect, it } from 'vitest';
import { ClusterGuard } from '../../src/bench/cluster-guard.ts';
import { troubleIn } from '../../src/bench/safety.ts';
import { DEFAULT_GENERATOR_LIMITS, failedThresholds, saturation } from '../../src/bench/thresholds.ts';
import { asksForProgress } from '../../src/bench/watches.ts';
import { readingOf } from '../../src/bench/metrics/reading.ts';
import { emptyLatency, emptyOperationStats } from '../../src/core/run/index.ts';
import { latencyOf } from '../../src/platform/histogram.ts';

describe('failedThresholds', () => {
  const total = { ...emptyOperationStats(), errors: 2, ratePerS: 950, serviceMs: latencyOf([10, 20, 30, 400]) };
  const figures = { total, operations: { 'create pods': total } };
  const judge = (metric: string, comparison: '<' | '<=' | '>' | '>=' | '=', value: number) =>
    failedThresholds([{ metric, comparison, value }], figures);

  it('finds figures of the total and of classes', () => {
    expect(judge('total.errors', '=', 2)).toEqual([]);
    expect(judge('operations.create pods.ratePerS', '>', 900)).toEqual([]);
    expect(judge('total.errors', '=', 0)).toEqual(['total.errors is 2, not = 0']);
    expect(judge('total.ratePerS', '>=', 951)).toEqual(['total.ratePerS is 950, not >= 951']);
  });

  it('reads the standard deviation out of the histogram', () => {
    expect(judge('total.serviceMs.stdDev', '<=', 165)).toEqual([]);
    expect(judge('total.serviceMs.stdDev', '<=', 160)).toHaveLength(1);
  });

  it('does not take what was not measured for held', () => {
    expect(judge('total.responseMs.p99', '<', 100)).toEqual(['total.responseMs.p99: was not measured']);
    expect(judge('total.constructor.length', '>', 0)).toHaveLength(1);
  });
});

describe('saturation', () => {
  const judge = (lagMs: number, responseMs: number, cpuShare = 0.1) =>
    saturation(latencyOf([lagMs]), emptyLatency(), cpuShare, latencyOf([responseMs]), DEFAULT_GENERATOR_LIMITS);

  it('says so when sends are late by more than a tenth of what is measured', () => {
    expect(judge(20, 100)).toHaveLength(1);
    expect(judge(20, 1_000)).toEqual([]);
    expect(judge(1, 2)).toEqual([]);
  });

  it('says so when a generator process has used up its processor', () => {
    expect(judge(0, 100, 0.95)[0]?.text).toBe('a generator process used 95 % of a processor');
  });
});

describe('troubleIn', () => {
  const at = (text: string) => [readingOf('m1', 0, text)];
  const calm = at('etcd_server_has_leader 1\netcd_server_leader_changes_seen_total 3\n');

  it.each([
    [
      'a full database',
      'etcd_mvcc_db_total_size_in_bytes 900\netcd_server_quota_backend_bytes 1000\n',
      'm1: its database has reached 90 % of its quota',
    ],
    ['no leader', 'etcd_server_has_leader 0\n', 'm1: it has no leader'],
    [
      'a new leader',
      'etcd_server_leader_changes_seen_total 4\n',
      'm1: it saw a change of leader that this run did not order',
    ],
  ])('stops for %s', (_, text, trouble) => {
    expect(troubleIn(calm, at(text))).toBe(trouble);
  });

  it('lets a calm cluster be loaded', () => {
    expect(troubleIn(calm, calm)).toBeUndefined();
    expect(
      troubleIn(calm, at('etcd_mvcc_db_total_size_in_bytes 700\netcd_server_quota_backend_bytes 1000\n')),
    ).toBeUndefined();
  });
});

describe('ClusterGuard', () => {
  const reading = (atMs: number) => [readingOf('m1', atMs, 'etcd_server_has_leader 1\n')];
  const guarded = (errors: string[]) => {
    const reasons: string[] = [];
    const guard = new ClusterGuard({ status: () => Promise.resolve({ errors }) }, (reason) => reasons.push(reason));
    return { guard, reasons };
  };

  it('stops for an alarm, whoever raised it', async () => {
    // As etcd 3.4 to 3.6 tell it in Status.
    const { guard, reasons } = guarded(['memberID:10276657743932975437 alarm:NOSPACE ']);
    guard.onRound(reading(0), 0);
    await Promise.resolve();
    expect(reasons).toEqual(['the cluster has raised NOSPACE']);
  });

  it('stops when no member has answered for a while', () => {
    const { guard, reasons } = guarded([]);
    guard.onRound(reading(1_000), 5_000);
    expect(reasons).toEqual([]);
    guard.onRound(reading(1_000), 6_000);
    expect(reasons).toEqual(['no member has answered for 5 s']);
  });

  it('takes members that never told anything for no trouble', () => {
    const { guard, reasons } = guarded([]);
    guard.onRound([], 60_000);
    expect(reasons).toEqual([]);
  });
});

describe('asksForProgress', () => {
  it.each([
    ['3.4.23', false],
    ['3.4.31', true],
    ['3.5.12', false],
    ['3.5.13', true],
    ['3.6.0-rc.1', true],
    ['3.7.1', true],
  ])('as an apiserver does of %s: %s', (version, asks) => {
    expect(asksForProgress(version)).toBe(asks);
  });
});
