import { formatBytes, formatCount, formatMs, formatShare, isMeasured } from '../run/index.ts';
import type { Band, Evidence, Finding } from '../run/index.ts';
import { findBottleneck } from './bottleneck.ts';
import { diskFigure, interpolation, isBundled, peerRtt } from './evidence.ts';
import type { Case } from './evidence.ts';

const OWN_RULE = 'etcdmark, measurement rules';

/** What the Run shows, the gravest first; equal ones keep the order in which they are looked for. */
export function findings(context: Case): Finding[] {
  const all = [
    ...wrongAnswers(context),
    ...diskBand(context),
    ...diskWarnings(context),
    ...generatorLimits(context),
    ...bottleneck(context),
    ...backendCommit(context),
    ...leadership(context),
    ...requestErrors(context),
    ...databaseSize(context),
    ...network(context),
    ...steadiness(context),
    ...bundled(context),
  ];
  const order: readonly Finding['severity'][] = ['critical', 'warning', 'unknown', 'info', 'good'];
  return order.flatMap((severity) => all.filter((finding) => finding.severity === severity));
}

function wrongAnswers({ run }: Case): Finding[] {
  const audit = run.audit;
  if (audit === undefined || audit.violations.length === 0) return [];
  return [
    {
      code: 'wrong-answers',
      severity: 'critical',
      title: 'The target answered wrongly',
      text: 'No figure of speed matters until this is understood.',
      because: audit.violations.map((text) => ({ text })),
      source: OWN_RULE,
    },
  ];
}

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

function diskBand(context: Case): Finding[] {
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

function diskWarnings({ run }: Case): Finding[] {
  return (run.disk?.warnings ?? []).map(({ code, text }) => ({
    code: `disk-${code}`,
    severity: 'warning',
    title: 'About the volume',
    text,
    because: [{ text: `Volume of ${run.disk?.path ?? 'the data directory'}` }],
    source: 'etcdmark, disk probe',
  }));
}

function generatorLimits({ run }: Case): Finding[] {
  const { generator, total } = run;
  const found: Finding[] = [];
  if (generator.saturated) {
    found.push({
      code: 'generator-bound',
      severity: 'unknown',
      title: 'The load generator was the limit',
      text: 'The latencies and rates of this run are the generator’s own; they say nothing against the target.',
      because: generator.because ?? [],
      settle: 'Run the generator on a machine of its own, with more workers, or at a lower rate',
      source: OWN_RULE,
    });
  }
  if (total.skipped > 0) {
    const share = total.skipped / Math.max(1, total.scheduled);
    found.push({
      code: 'skipped-arrivals',
      severity: 'warning',
      title: 'Some requests were due but never sent',
      text: 'They count against the target’s completed share, and have no latency.',
      because: [
        {
          text: `${formatCount(total.skipped)} skipped, ${formatShare(share)} of all`,
          metric: 'total.skipped',
          value: total.skipped,
        },
      ],
      source: OWN_RULE,
    });
  }
  return found;
}

function bottleneck(context: Case): Finding[] {
  const { run, thresholds } = context;
  if (run.total.scheduled === 0) return [];
  const { answer, because } = run.bottleneck ?? findBottleneck(run, thresholds);
  if (answer === 'generator') return [];
  const source = thresholds.dominantShare.source;
  if (answer === 'cannot tell') {
    return [
      {
        code: 'bottleneck-unknown',
        severity: 'unknown',
        title: 'What limits this load cannot be told',
        text: 'The load was not held, and the members’ own figures are missing.',
        because,
        settle: 'Let the members’ /metrics be read (--endpoints with their client certificates)',
        source,
      },
    ];
  }
  const none = answer === 'none';
  return [
    {
      code: `bottleneck-${answer.replace(' ', '-')}`,
      severity: none ? (diskIsSlow(context) ? 'info' : 'good') : 'warning',
      title: none
        ? 'Nothing was a bottleneck at this load'
        : `The bottleneck is the ${answer === 'cpu' ? 'processor' : answer}`,
      text: none ? 'The target held what was scheduled.' : 'It accounts for most of the time of the slowest requests.',
      because,
      source,
    },
  ];
}

function backendCommit({ run, thresholds }: Case): Finding[] {
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

function diskIsSlow(context: Case): boolean {
  const disk = diskFigure(context);
  return disk !== undefined && disk.band !== 'healthy';
}

function leadership(context: Case): Finding[] {
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

function requestErrors({ run }: Case): Finding[] {
  const { errors, scheduled, errorsByCode } = run.total;
  const found: Finding[] = [];
  if (errors > 0) {
    const codes = Object.entries(errorsByCode ?? {}).sort(([, a], [, b]) => b - a);
    found.push({
      code: 'request-errors',
      severity: 'warning',
      title: 'Some requests failed',
      text: `${formatCount(errors)} of ${formatCount(scheduled)} requests ended in an error.`,
      because: codes.map(([code, count]) => ({ text: `${code}: ${formatCount(count)}`, value: count })),
      source: OWN_RULE,
    });
  }
  const failed = run.server.proposalsFailed;
  if (failed !== null && failed > 0) {
    found.push({
      code: 'proposals-failed',
      severity: 'warning',
      title: 'Some proposals failed',
      text: 'Proposals fail when there is no leader, or no quorum, for as long as a request waits.',
      because: [{ text: `${formatCount(failed)} failed proposals`, metric: 'server.proposalsFailed', value: failed }],
      source: 'etcd’s published Prometheus alerts',
    });
  }
  return found;
}

function databaseSize({ run, thresholds }: Case): Finding[] {
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

function network(context: Case): Finding[] {
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

function steadiness({ run }: Case): Finding[] {
  if (run.steadyState?.reached !== false) return [];
  return [
    {
      code: 'no-steady-state',
      severity: 'unknown',
      title: 'The run never became steady',
      text: run.steadyState.text,
      because: [],
      settle: 'Run longer: --duration',
      source: 'Barrett and others, "Virtual machine warmup blows hot and cold" (2017)',
    },
  ];
}

function bundled({ run }: Case): Finding[] {
  if (!isBundled(run)) return [];
  return [
    {
      code: 'bundled-target',
      severity: 'info',
      title: 'The load figures are of the bundled cluster, not of etcd',
      text: 'What the disk can do carries over to etcd on the same volume. Rates, latencies, processor and memory do not.',
      because: [
        { text: `Target: bundled cluster, ${run.target.members} ${run.target.members === 1 ? 'member' : 'members'}` },
      ],
      settle: 'Run it against etcd itself: --etcd /usr/bin/etcd, or --endpoints HOST:PORT',
      source: OWN_RULE,
    },
  ];
}
