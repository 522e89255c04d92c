import { describe, expect, it } from 'vitest';
import { DEFAULT_THRESHOLDS, advise } from '../../../src/core/advice/index.ts';
import type { Run } from '../../../src/core/run/index.ts';
import { latencyOf } from '../../../src/platform/histogram.ts';
import { buildRun } from '../../support/run-builder.ts';
import { GIB, bundled, remote, rtt, setting, slowDisk, text, withSettings } from './advised.ts';

describe('every recommendation', () => {
  const runs = [bundled, remote, { ...bundled, disk: slowDisk }];

  it('names its setting, its evidence and its source', () => {
    for (const run of runs) {
      const { recommendations } = advise(run);
      expect(recommendations.map((one) => one.setting)).toEqual([
        'heartbeat-interval',
        'election-timeout',
        'quota-backend-bytes',
        'auto-compaction-retention',
        'snapshot-count',
      ]);
      for (const one of recommendations) {
        expect(one.because.length, one.setting).toBeGreaterThan(0);
        expect(one.source, one.setting).not.toBe('');
        expect(one.recommended === null, one.setting).toBe(one.answer === 'cannot tell');
        if (one.answer === 'cannot tell') expect(one.settle, one.setting).toBeTruthy();
      }
    }
  });

  it('rests on thresholds that name their source', () => {
    for (const [name, limit] of Object.entries(DEFAULT_THRESHOLDS)) expect(limit.source, name).not.toBe('');
  });
});

describe('heartbeat and election', () => {
  it.each([
    ['the bundled cluster', bundled],
    ['etcd on this machine', buildRun({ durationS: 3, kind: 'etcd' })],
    ['endpoints without the metric', remote],
    ['one member', { ...remote, target: { ...remote.target, members: 1 } }],
  ])('cannot be told from %s, and the flag that would tell is named', (_name, run) => {
    for (const name of ['heartbeat-interval', 'election-timeout']) {
      const one = setting(run, name);
      expect(one).toMatchObject({ answer: 'cannot tell', recommended: null });
      expect(one.settle).toMatch(/--peer-rtt-ms/);
      expect(one.settle).toMatch(/probe --peer/);
    }
  });

  it('ignores the round trip that members on one machine report', () => {
    const loopback = { ...bundled, server: { ...bundled.server, peerRttMs: latencyOf([0.1, 0.1]) } };
    expect(setting(loopback, 'heartbeat-interval').answer).toBe('cannot tell');
  });

  it('takes the round trip that remote members report', () => {
    const measured = { ...remote, server: { ...remote.server, peerRttMs: latencyOf([225, 225]) } };
    expect(setting(measured, 'heartbeat-interval')).toMatchObject({ answer: 'change', recommended: 230 });
  });

  it.each([
    [1, 100, 'keep', 100, 1000],
    [60, 100, 'keep', 100, 1000],
    [150, 100, 'keep', 100, 1500],
    [230, 100, 'change', 230, 2300],
    [230, 300, 'keep', 300, 2300],
    [9000, 100, 'change', 9000, 50_000],
  ])(
    'with a round trip of %d ms and a heartbeat of %d ms: %s %d, election %d',
    (ms, current, answer, heartbeat, election) => {
      const run = withSettings(remote, { heartbeatIntervalMs: current, electionTimeoutMs: 1000 });
      expect(setting(run, 'heartbeat-interval', rtt(ms))).toMatchObject({ answer, recommended: heartbeat });
      expect(setting(run, 'election-timeout', rtt(ms))).toMatchObject({ recommended: election });
    },
  );

  it('says what a longer election timeout costs', () => {
    expect(setting(remote, 'election-timeout', rtt(230)).cost).toMatch(/2\.3 s to 4\.6 s/);
  });

  it('keeps a longer election timeout that somebody chose', () => {
    const run = withSettings(remote, { heartbeatIntervalMs: 500, electionTimeoutMs: 5000 });
    expect(setting(run, 'election-timeout', rtt(400))).toMatchObject({ answer: 'keep', recommended: 5000 });
  });

  it('wants the disk repaired before any timeout is raised', () => {
    const run = { ...remote, disk: slowDisk };
    for (const facts of [{}, rtt(230)]) {
      expect(text(setting(run, 'election-timeout', facts))).toMatch(/Repair the disk first/);
    }
    expect(text(setting(remote, 'election-timeout', rtt(230)))).not.toMatch(/disk first/);
  });

  it('sets what could not be read', () => {
    const run = withSettings(remote, undefined);
    expect(setting(run, 'heartbeat-interval', rtt(10))).toMatchObject({
      answer: 'set',
      current: null,
      recommended: 100,
    });
  });

  it('goes by facts handed in before those that the Run keeps', () => {
    const run = { ...remote, facts: rtt(500) };
    expect(setting(run, 'heartbeat-interval').recommended).toBe(500);
    expect(setting(run, 'heartbeat-interval', rtt(300)).recommended).toBe(300);
  });
});

describe('quota-backend-bytes', () => {
  const grown = (bytesPerS: number, quotaBackendBytes: number | undefined): Run => ({
    ...withSettings(remote, quotaBackendBytes === undefined ? {} : { quotaBackendBytes }),
    durationS: 60,
    server: { ...remote.server, dbSizeStartBytes: 0, dbSizeBytes: bytesPerS * 60 },
  });

  it.each([
    [1_000_000, 2 * GIB, 'keep', 2 * GIB],
    [4_000_000, 2 * GIB, 'change', 4 * GIB],
    [10_000_000, 2 * GIB, 'change', 8 * GIB],
    [50_000_000, 8 * GIB, 'keep', 8 * GIB],
    [1_000_000, 8 * GIB, 'keep', 8 * GIB],
    [1_000_000, undefined, 'set', 2 * GIB],
  ])('growing by %d bytes a second under a quota of %s: %s', (rate, quota, answer, recommended) => {
    expect(setting(grown(rate, quota), 'quota-backend-bytes')).toMatchObject({ answer, recommended });
  });

  it('says so when even the most that etcd suggests is too little', () => {
    expect(text(setting(grown(50_000_000, 8 * GIB), 'quota-backend-bytes'))).toMatch(/past the 8 GiB/);
  });

  it('says that the bundled cluster’s file is not etcd’s', () => {
    expect(text(setting(bundled, 'quota-backend-bytes'))).toMatch(/bundled cluster, which is not etcd/);
    expect(text(setting(bundled, 'quota-backend-bytes', { expectedDbBytes: GIB }))).not.toMatch(/bundled/);
  });

  it('goes by an expected size', () => {
    expect(setting(bundled, 'quota-backend-bytes', { expectedDbBytes: 3 * GIB })).toMatchObject({
      recommended: 4 * GIB,
    });
  });

  it('cannot tell when no size was measured', () => {
    const run = { ...bundled, server: { ...bundled.server, dbSizeBytes: null } };
    expect(setting(run, 'quota-backend-bytes').answer).toBe('cannot tell');
  });
});

describe('auto-compaction-retention', () => {
  const still = { ...remote, server: { ...remote.server, dbSizeStartBytes: 1000, dbSizeBytes: 1000 } };

  it.each([
    ['0', 'change', '1h'],
    ['1h', 'keep', '1h'],
    ['1', 'keep', '1'],
    ['30m', 'keep', '30m'],
    ['8h30m', 'change', '1h'],
  ])('%s: %s %s', (current, answer, recommended) => {
    const run = withSettings(still, { autoCompactionRetention: current });
    expect(setting(run, 'auto-compaction-retention')).toMatchObject({ current, answer, recommended });
  });

  it('leaves a bound by revisions alone', () => {
    const run = withSettings(still, { autoCompactionMode: 'revision', autoCompactionRetention: '1000' });
    expect(setting(run, 'auto-compaction-retention')).toMatchObject({ answer: 'keep', unit: 'revisions' });
  });

  it('keeps less where an hour of this growth would overrun the quota', () => {
    const fast = { ...still, durationS: 60, server: { ...still.server, dbSizeBytes: 60_000_000 } };
    const run = withSettings(fast, { autoCompactionRetention: '1h', quotaBackendBytes: 2 * GIB });
    expect(setting(run, 'auto-compaction-retention')).toMatchObject({ answer: 'change', recommended: '10m' });
  });
});

describe('snapshot-count', () => {
  it.each([
    [10_000, 'keep', 10_000],
    [100_000, 'change', 10_000],
  ])('%d: %s', (snapshotCount, answer, recommended) => {
    expect(setting(withSettings(remote, { snapshotCount }), 'snapshot-count')).toMatchObject({ answer, recommended });
  });

  it('stays where a shorter log would mean snapshots without end', () => {
    const busy = { ...remote, total: { ...remote.total, ratePerS: 20_000 } };
    const run = withSettings(busy, { snapshotCount: 100_000 });
    expect(setting(run, 'snapshot-count')).toMatchObject({ answer: 'keep', recommended: 100_000 });
  });

  it('cannot tell what it cannot read', () => {
    expect(setting(withSettings(remote, {}), 'snapshot-count').answer).toBe('cannot tell');
  });
});
