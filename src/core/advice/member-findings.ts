import { formatBytes, formatCount, formatMs, formatShare, isMeasured } from '../run/index.ts';
import type { Finding } from '../run/index.ts';
import { diskFigure, diskIsSlow, interpolation, peerRtt } from './evidence.ts';
import type { Case } from './evidence.ts';

/** What the members said of themselves. */

export function backendCommit({ run, thresholds }: Case): Finding[] {
  const latency = run.disk?.backendCommitMs ?? run.server.backendCommitMs;
  const limit = thresholds.backendCommitP99;
  if (!isMeasured(latency) || latency.p99 < limit.value) return [];
  return [
    {
      code: 'slow-backend-commit',
      severity: 'warning',
      title: 'Backend commits are slow',
      text: 'Reads wait behind them, and a queue of applied entries grows.',
      because: [
        {
          text: `Backend commit p99 ${formatMs(latency.p99)}${interpolation(latency)}; the budget is ${formatMs(limit.value)}`,
          metric: 'server.backendCommitMs.p99',
          value: latency.p99,
          unit: 'ms',
        },
      ],
      source: limit.source,
    },
  ];
}

export function leadership(context: Case): Finding[] {
  const { run } = context;
  const changes = run.server.leaderChanges;
  if (changes === null || changes === 0) return [];
  const planned = (run.events ?? []).filter((event) => event.kind === 'fault').length;
  const disk = diskFigure(context);
  const slowDisk = disk !== undefined && diskIsSlow(context);
  const expected = planned > 0 && changes <= planned;
  const text = slowDisk
    ? 'The disk is slow enough to explain it: repair it before touching the timeouts.'
    : 'Look at the members’ processors, at the network between them, and at their logs around these instants.';
  return [
    {
      code: 'leader-changes',
      severity: expected ? 'info' : 'critical',
      title: expected ? 'The leader changed as this run provoked' : 'The leader changed under this load',
      text: expected ? 'Every change follows a fault that the run itself made.' : text,
      because: [
        { text: `${formatCount(changes)} leader changes`, metric: 'server.leaderChanges', value: changes },
        ...(slowDisk ? [disk.evidence] : []),
      ],
      source: 'etcd’s published Prometheus alerts',
    },
  ];
}

export function databaseSize({ run, thresholds }: Case): Finding[] {
  const { dbSizeBytes, dbInUseBytes } = run.server;
  if (dbSizeBytes === null) return [];
  const found: Finding[] = [];
  const quota = run.target.settings?.quotaBackendBytes;
  if (quota !== undefined && quota > 0 && dbSizeBytes >= quota * thresholds.quotaFullShare.value) {
    found.push({
      code: 'quota-near',
      severity: 'critical',
      title: 'The database is near its quota',
      text: 'At the quota every write is refused. Compact, defragment one member at a time (the leader last), then look at what fills it.',
      because: [
        {
          text: `${formatBytes(dbSizeBytes)} of ${formatBytes(quota)}, ${formatShare(dbSizeBytes / quota)}`,
          metric: 'server.dbSizeBytes',
          value: dbSizeBytes,
          unit: 'bytes',
        },
      ],
      source: thresholds.quotaFullShare.source,
    });
  }
  if (
    dbInUseBytes !== null &&
    dbSizeBytes >= thresholds.fragmentedAbove.value &&
    dbInUseBytes < dbSizeBytes * thresholds.fragmentedShare.value
  ) {
    found.push({
      code: 'fragmented',
      severity: 'warning',
      title: 'Most of the database file is free pages',
      text: 'They count against the quota until a member is defragmented.',
      because: [
        {
          text: `${formatBytes(dbInUseBytes)} in use of ${formatBytes(dbSizeBytes)}`,
          metric: 'server.dbInUseBytes',
          value: dbInUseBytes,
          unit: 'bytes',
        },
      ],
      source: thresholds.fragmentedShare.source,
    });
  }
  return found;
}

export function network(context: Case): Finding[] {
  const measured = peerRtt(context);
  const limit = context.thresholds.peerRttP99;
  const p99 = measured?.rtt.p99Ms;
  if (measured === undefined || p99 === undefined || p99 < limit.value) return [];
  return [
    {
      code: 'slow-network',
      severity: 'warning',
      title: 'The members are far apart',
      text: 'Every write waits for a round trip to a majority.',
      because: [measured.evidence, { text: `Its p99 is ${formatMs(p99)}; the limit is ${formatMs(limit.value)}` }],
      source: limit.source,
    },
  ];
}
