import { formatMs, formatShare } from '../run/index.ts';
import type { Band, Evidence, Finding } from '../run/index.ts';
import { diskFigure } from './evidence.ts';
import type { Case } from './evidence.ts';

/** What the disk's figures mean. */

const BAND_TEXT: Readonly<Record<Band, Pick<Finding, 'severity' | 'title' | 'text'>>> = {
  healthy: {
    severity: 'good',
    title: 'The disk is healthy for etcd',
    text: 'Its synced writes stay within etcd’s budget.',
  },
  degraded: {
    severity: 'warning',
    title: 'The disk is degraded',
    text: 'Look for competing writers on the volume, burst credits, and a slower class of volume than intended.',
  },
  critical: {
    severity: 'critical',
    title: 'The disk is critical',
    text: 'Heartbeats wait behind such syncs. Move etcd’s data to a faster volume of its own before tuning anything.',
  },
  emergency: {
    severity: 'critical',
    title: 'The disk is an emergency',
    text: 'A sync takes as long as a heartbeat interval: expect an election loop and API errors. Move etcd’s data now.',
  },
};

export function diskBand(context: Case): Finding[] {
  const disk = diskFigure(context);
  const { thresholds, run } = context;
  if (disk === undefined) {
    return [
      {
        code: 'disk-unknown',
        severity: 'unknown',
        title: 'The disk was not qualified',
        text: 'Nothing measured here shows what the volume under etcd can do.',
        because: [],
        settle: 'etcdmark probe PATH on each member’s machine, where PATH is its data directory',
        source: thresholds.walFsyncHealthyP99.source,
      },
    ];
  }
  const limit = thresholds.walFsyncHealthyP99;
  const because: Evidence[] = [disk.evidence, { text: `The budget is a p99 under ${formatMs(limit.value)}` }];
  const interval = run.disk?.p99IntervalMs;
  if (interval !== null && interval !== undefined) {
    because.push({
      text: `The true p99 lies between ${formatMs(interval[0])} and ${formatMs(interval[1])} (${formatShare(run.disk?.confidence ?? 0)} confidence)`,
    });
  }
  const undecided = run.disk?.verdict === 'inconclusive';
  return [
    {
      code: `disk-${disk.band}`,
      ...BAND_TEXT[disk.band],
      ...(undecided && {
        severity: 'unknown',
        title: 'The disk cannot be judged yet',
        settle: 'Probe longer: etcdmark probe PATH --duration 5m',
      }),
      because,
      source: disk.band === 'healthy' ? limit.source : thresholds.walFsyncDegradedP99.source,
    },
  ];
}

export function diskWarnings({ run }: Case): Finding[] {
  return (run.disk?.warnings ?? []).map(({ code, text }) => ({
    code: `disk-${code}`,
    severity: 'warning',
    title: 'About the volume',
    text,
    because: [{ text: `Volume of ${run.disk?.path ?? 'the data directory'}` }],
    source: 'etcdmark, disk probe',
  }));
}
