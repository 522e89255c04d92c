/** What a member did in one second, from two readings: rates and quantiles over it, levels at its end. */
import type { MemberSample } from '../../core/run/index.ts';
import { bucketsBetween, quantileMs } from './buckets.ts';
import type { Buckets } from './parse.ts';
import type { Reading, ValueName } from './reading.ts';

/** Told as they stand. */
const LEVELS: readonly ValueName[] = [
  'hasLeader',
  'isLeader',
  'proposalsPending',
  'dbSizeBytes',
  'dbInUseBytes',
  'rssBytes',
  'slowWatchers',
  'pendingEvents',
  'defragging',
];

/** Counted up; told a second. */
const RATES: Readonly<Partial<Record<ValueName, string>>> = {
  proposalsApplied: 'appliesPerS',
  proposalsFailed: 'proposalsFailedPerS',
  heartbeatFailures: 'heartbeatFailuresPerS',
  slowApplies: 'slowAppliesPerS',
  clientSentBytes: 'clientSentBytesPerS',
  clientReceivedBytes: 'clientReceivedBytesPerS',
  peerSentBytes: 'peerSentBytesPerS',
};

/** `processors`: how many the member can use; its processor time is told as a share of them. */
export function sampleBetween(
  before: Reading,
  after: Reading,
  t: number,
  processors: number | undefined,
): MemberSample {
  const metrics: Record<string, number> = {};
  const seconds = (after.atMs - before.atMs) / 1_000;
  for (const name of LEVELS) {
    const value = after.values[name];
    if (value !== undefined) metrics[name] = value;
  }
  for (const [name, told] of Object.entries(RATES) as [ValueName, string][]) {
    const change = changeOf(before, after, name);
    if (change !== undefined && seconds > 0) metrics[told] = change / seconds;
  }
  const cpu = changeOf(before, after, 'cpuSeconds');
  if (cpu !== undefined && processors !== undefined && seconds > 0) {
    metrics['cpuPercent'] = (100 * cpu) / seconds / processors;
  }
  const denied = deniedSeconds(before, after, processors);
  if (denied !== undefined && seconds > 0) metrics['cpuDeniedPercent'] = Math.min(100, (100 * denied) / seconds);
  quantiles(metrics, 'walFsync', before.walFsync, after.walFsync, seconds);
  quantiles(metrics, 'backendCommit', before.backendCommit, after.backendCommit, seconds);
  quantiles(metrics, 'apply', before.apply, after.apply, seconds);
  quantiles(metrics, 'peerRtt', before.peerRtt, after.peerRtt, seconds);
  return { t, member: after.member, metrics };
}

/** Undefined where nothing is known, as of a member that was started anew in between. */
function deniedSeconds(before: Reading, after: Reading, processors = 1): number | undefined {
  if (before.denied === undefined || after.denied === undefined) return undefined;
  const waited = after.denied.runQueueSeconds - before.denied.runQueueSeconds;
  if (waited < 0) return undefined;
  return after.denied.stoppedSeconds - before.denied.stoppedSeconds + waited / processors;
}

/** How much a counter grew; one that fell was started again, and all it has is new. */
export function changeOf(before: Reading, after: Reading, name: ValueName): number | undefined {
  const now = after.values[name];
  if (now === undefined) return undefined;
  const then = before.values[name] ?? 0;
  return now < then ? now : now - then;
}

function quantiles(
  metrics: Record<string, number>,
  name: string,
  before: Buckets | undefined,
  after: Buckets | undefined,
  seconds: number,
): void {
  const between = bucketsBetween(before, after);
  const p99 = quantileMs(between, 0.99);
  if (p99 === undefined || seconds <= 0) return;
  metrics[`${name}P99Ms`] = p99;
  metrics[`${name}MeanMs`] = (between.sumS / between.count) * 1_000;
  metrics[`${name}sPerS`] = between.count / seconds;
  // The share of the second that was spent in it.
  metrics[`${name}BusyPercent`] = (100 * between.sumS) / seconds;
}
