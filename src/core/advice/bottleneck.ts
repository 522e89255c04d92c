import { formatMs, formatShare, isMeasured } from '../run/index.ts';
import type { Bottleneck, Evidence, Run } from '../run/index.ts';
import type { Thresholds } from './thresholds.ts';

/** What of a Run, or of one of its phases, is looked at. */
export type Loaded = Pick<Run, 'total' | 'generator' | 'server' | 'samples' | 'profile'>;

/**
 * What broke first, as far as the Run has the data: the generator before anything it measured, then whichever of
 * processor, disk and network accounts for the larger part of the slowest requests.
 */
export function findBottleneck(run: Loaded, thresholds: Thresholds): Bottleneck {
  if (run.total.scheduled === 0) return { answer: 'cannot tell', because: [{ text: 'No load was driven' }] };
  if (run.generator.saturated) {
    return {
      answer: 'generator',
      because: run.generator.because ?? [{ text: 'The load generator reached its limit' }],
    };
  }
  const cpu = busiestMember(run);
  if (cpu !== undefined && cpu.value >= thresholds.cpuBusy.value) return { answer: 'cpu', because: [cpu.evidence] };
  // What a member could not do for want of a processor shows as slow syncs and round trips, too.
  const denied = mostDeniedMember(run);
  if (denied !== undefined && denied.value >= thresholds.cpuDenied.value) {
    return { answer: 'cpu', because: [denied.evidence] };
  }

  const shares = shareOfP99(run);
  const [largest] = shares;
  const held = heldEvidence(run);
  if (held.share >= thresholds.heldShare.value && !overBudget(run)) {
    return { answer: 'none', because: [held.evidence, ...shares.map((share) => share.evidence)] };
  }
  if (largest !== undefined && largest.value >= thresholds.dominantShare.value) {
    return { answer: largest.answer, because: [held.evidence, largest.evidence] };
  }
  // Everything inside the server was looked at and is small: the time passes in its queue.
  if (shares.length > 0 && cpu !== undefined) {
    return { answer: 'server queue', because: [held.evidence, ...shares.map((share) => share.evidence), cpu.evidence] };
  }
  return {
    answer: 'cannot tell',
    because: [held.evidence, { text: 'The members’ metrics that would tell were not there' }],
  };
}

/**
 * A write waits for the sync under way and for its own, and what came to a follower makes two round trips: to the leader and
 * from it to a majority.
 */
const WAITED_FOR = 2;

interface Share {
  readonly answer: 'disk' | 'network';
  /** Of the response p99, with all that a request may wait for. */
  readonly value: number;
  readonly evidence: Evidence;
}

/** Disk and network against the response p99, the larger first. */
function shareOfP99(run: Loaded): Share[] {
  const response = run.total.responseMs;
  if (!isMeasured(response) || response.p99 === 0) return [];
  const shares: Share[] = [];
  const add = (answer: Share['answer'], p99: number, name: string, metric: string): void => {
    const value = p99 / response.p99;
    const waitedFor = WAITED_FOR * value;
    const text = `${name} p99 ${formatMs(p99)} is ${formatShare(Math.min(1, value))} of the response p99 ${formatMs(response.p99)}`;
    shares.push({ answer, value: waitedFor, evidence: { text, metric, value: p99, unit: 'ms' } });
  };
  const { walFsyncMs, peerRttMs } = run.server;
  if (isMeasured(walFsyncMs)) add('disk', walFsyncMs.p99, 'WAL fsync', 'server.walFsyncMs.p99');
  if (isMeasured(peerRttMs)) add('network', peerRttMs.p99, 'Peer round trip', 'server.peerRttMs.p99');
  return shares.sort((a, b) => b.value - a.value);
}

function overBudget(run: Loaded): boolean {
  const limits = (run.profile.thresholds ?? []).filter((threshold) => threshold.metric === 'total.responseMs.p99');
  const p99 = run.total.responseMs.p99;
  return p99 !== null && limits.some((limit) => limit.comparison.startsWith('<') && p99 > limit.value);
}

function heldEvidence(run: Loaded): { readonly share: number; readonly evidence: Evidence } {
  const share = run.total.completed / run.total.scheduled;
  const text = `${formatShare(share)} of the scheduled requests completed`;
  return { share, evidence: { text, metric: 'total.completedShare', value: share } };
}

/** The greatest mean share of its processors that any member used. */
function busiestMember(run: Loaded): { readonly value: number; readonly evidence: Evidence } | undefined {
  return highestMean(run, 'cpuPercent', (member, share) => `Member ${member} used ${share} of its processors`);
}

/** The greatest mean share of the time that any member wanted a processor and had none. */
function mostDeniedMember(run: Loaded): { readonly value: number; readonly evidence: Evidence } | undefined {
  const text = (member: string, share: string): string =>
    `Member ${member} wanted a processor and had none for ${share} of the time`;
  return highestMean(run, 'cpuDeniedPercent', text);
}

function highestMean(
  run: Loaded,
  metric: string,
  text: (member: string, share: string) => string,
): { readonly value: number; readonly evidence: Evidence } | undefined {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { member, metrics } of run.samples ?? []) {
    const percent = metrics[metric];
    if (percent === undefined) continue;
    const entry = sums.get(member) ?? { sum: 0, count: 0 };
    sums.set(member, { sum: entry.sum + percent, count: entry.count + 1 });
  }
  const means = [...sums].map(([member, { sum, count }]) => ({ member, mean: sum / count }));
  const busiest = means.sort((a, b) => b.mean - a.mean)[0];
  if (busiest === undefined) return undefined;
  const { member, mean: value } = busiest;
  return {
    value,
    evidence: { text: text(member, formatShare(value / 100)), metric: `samples.${metric}`, value, unit: '%' },
  };
}
