import { describe, expect, it } from 'vitest';
import { advise, bandOf } from '../../../src/core/advice/index.ts';
import { emptyLatency } from '../../../src/core/run/index.ts';
import type { Run } from '../../../src/core/run/index.ts';
import { latencyOf } from '../../../src/platform/histogram.ts';
import { buildProbe, CLEAN_AUDIT, emptyOperationStats } from '../../support/run-builder.ts';
import { GIB, bundled, finding, remote, slowDisk, text } from './advised.ts';

describe('findings', () => {
  it('puts the gravest first', () => {
    const order = ['critical', 'warning', 'unknown', 'info', 'good'];
    const severities = advise({ ...bundled, disk: slowDisk }).findings.map((one) => order.indexOf(one.severity));
    expect(severities).toEqual([...severities].sort((a, b) => a - b));
  });

  it.each([
    [9.99, 'healthy'],
    [10, 'degraded'],
    [49.9, 'degraded'],
    [50, 'critical'],
    [100, 'emergency'],
  ])('%d ms is %s', (p99, band) => {
    expect(bandOf(p99)).toBe(band);
  });

  it('labels figures of the bundled cluster', () => {
    expect(finding(bundled, 'bundled-target')?.text).toMatch(/Rates, latencies, processor and memory do not/);
    expect(finding(remote, 'bundled-target')).toBeUndefined();
  });

  it('takes the members’ own fsync where there was no probe, and says when it is interpolated', () => {
    const { disk: _disk, ...unprobed } = remote;
    const buckets = { ...latencyOf([12, 12]), hdr: null, buckets: [{ leMs: 16, count: 2 }] };
    const run = { ...unprobed, server: { ...remote.server, walFsyncMs: buckets } };
    expect(text(finding(run, 'disk-degraded')!)).toMatch(/as the members report it \(interpolated/);
  });

  it('says that a disk was not qualified rather than nothing', () => {
    const { disk: _disk, ...unprobed } = remote;
    const run = { ...unprobed, server: { ...remote.server, walFsyncMs: emptyLatency() } };
    expect(finding(run, 'disk-unknown')?.settle).toMatch(/etcdmark probe PATH/);
  });

  it('does not take a modelled disk for the real one', () => {
    const { disk: _disk, ...unprobed } = bundled;
    const run = { ...unprobed, target: { ...bundled.target, diskModel: 'io2' } };
    expect(finding(run, 'disk-unknown')).toBeDefined();
  });

  it('holds back where the probe could not decide', () => {
    const probe = buildProbe({ medianMs: 9, sigma: 0.04, samples: 100, changes: { verdict: 'inconclusive' } });
    const run = { ...bundled, disk: probe };
    expect(advise(run).findings.find((one) => one.code.startsWith('disk-'))?.severity).toBe('unknown');
  });

  it('blames the disk for leader changes when it is slow, and no one when the run provoked them', () => {
    const changed = { ...bundled, server: { ...bundled.server, leaderChanges: 2 } };
    expect(finding({ ...changed, disk: slowDisk }, 'leader-changes')).toMatchObject({ severity: 'critical' });
    expect(finding({ ...changed, disk: slowDisk }, 'leader-changes')?.text).toMatch(/disk is slow enough/);
    const fault = { t: 1, kind: 'fault', text: 'leader killed' } as const;
    const provoked = { ...changed, events: [fault, { ...fault, t: 2 }] };
    expect(finding(provoked, 'leader-changes')).toMatchObject({ severity: 'info' });
  });

  it.each([
    ['wrong-answers', { audit: { ...CLEAN_AUDIT, lostWrites: 2 } }],
    ['quota-near', { server: { ...remote.server, dbSizeBytes: 1.9 * GIB } }],
    ['fragmented', { server: { ...remote.server, dbSizeBytes: GIB, dbInUseBytes: GIB / 4 } }],
    ['slow-backend-commit', { server: { ...remote.server, backendCommitMs: latencyOf([30, 30]) } }],
    ['proposals-failed', { server: { ...remote.server, proposalsFailed: 3 } }],
    ['request-errors', { total: { ...remote.total, errors: 2, errorsByCode: { UNAVAILABLE: 2 } } }],
    ['skipped-arrivals', { total: { ...remote.total, skipped: 2 } }],
    ['generator-bound', { generator: { ...remote.generator, saturated: true } }],
    ['no-steady-state', { steadyState: { reached: false, fromS: null, text: 'The rate kept falling' } }],
    ['slow-network', { facts: { peerRtt: { meanMs: 60, p99Ms: 80, source: 'probe' } as const } }],
  ])('finds %s, and not without cause', (code, changes: Partial<Run>) => {
    expect(finding(remote, code)).toBeUndefined();
    expect(finding({ ...remote, ...changes }, code)).toBeDefined();
  });
});

describe('the bottleneck', () => {
  const loaded: Run = {
    ...remote,
    total: { ...remote.total, scheduled: 1000, completed: 700, responseMs: latencyOf([100, 100, 100]) },
    server: { ...remote.server, walFsyncMs: latencyOf([1]) },
  };
  const codeOf = (run: Run): string | undefined =>
    advise(run).findings.find((one) => one.code.startsWith('bottleneck'))?.code;
  const cpu = (cpuPercent: number): Partial<Run> => ({ samples: [{ t: 1, member: 'm1', metrics: { cpuPercent } }] });

  it.each<[string, Partial<Run>, string | undefined]>([
    ['a slow sync', { server: { ...loaded.server, walFsyncMs: latencyOf([80]) } }, 'bottleneck-disk'],
    ['a long round trip', { server: { ...loaded.server, peerRttMs: latencyOf([90]) } }, 'bottleneck-network'],
    ['a busy member', cpu(97), 'bottleneck-cpu'],
    ['idle disk, network and processor', cpu(20), 'bottleneck-server-queue'],
    ['no metrics', {}, 'bottleneck-unknown'],
    ['a starved generator', { generator: { ...remote.generator, saturated: true } }, undefined],
    ['a load that was held', { total: { ...loaded.total, completed: 1000 } }, 'bottleneck-none'],
    ['no load', { total: emptyOperationStats() }, undefined],
  ])('with %s', (_name, changes, code) => {
    expect(codeOf({ ...loaded, ...changes })).toBe(code);
  });

  it('is what the run itself found, where it looked', () => {
    expect(codeOf({ ...loaded, bottleneck: { answer: 'network', because: [] } })).toBe('bottleneck-network');
  });
});
