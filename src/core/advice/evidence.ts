import { formatCount, formatMs, isMeasured } from '../run/index.ts';
import type { Band, Evidence, Facts, Latency, PeerRtt, Probe, Run } from '../run/index.ts';
import { bandOf } from './band.ts';
import type { Thresholds } from './thresholds.ts';

/** What advice knows: the Run, the facts that were handed in, and the limits. */
export interface Case {
  readonly run: Run;
  readonly facts: Facts;
  readonly thresholds: Thresholds;
}

/** The one disk figure that all advice goes by: the probe's where there is one, else the member's own. */
export interface DiskFigure {
  readonly p99Ms: number;
  readonly band: Band;
  readonly evidence: Evidence;
}

export function diskFigure({ run, thresholds }: Case): DiskFigure | undefined {
  const probed = run.disk && probedFigure(run.disk, thresholds);
  if (probed !== undefined) return probed;
  if (run.target.diskModel !== undefined || !isMeasured(run.server.walFsyncMs)) return undefined;
  const { p99 } = run.server.walFsyncMs;
  const text = `WAL fsync p99 ${formatMs(p99)} as the members report it${interpolation(run.server.walFsyncMs)}`;
  return figure(p99, text, 'server.walFsyncMs.p99', thresholds);
}

export function probedFigure({ walFsyncMs, path }: Probe, thresholds: Thresholds): DiskFigure | undefined {
  if (!isMeasured(walFsyncMs)) return undefined;
  const text = `fdatasync p99 ${formatMs(walFsyncMs.p99)} over ${formatCount(walFsyncMs.count)} samples on ${path}`;
  return figure(walFsyncMs.p99, text, 'disk.walFsyncMs.p99', thresholds);
}

export function diskIsSlow(context: Case): boolean {
  const disk = diskFigure(context);
  return disk !== undefined && disk.band !== 'healthy';
}

function figure(p99Ms: number, text: string, metric: string, thresholds: Thresholds): DiskFigure {
  return { p99Ms, band: bandOf(p99Ms, thresholds), evidence: { text, metric, value: p99Ms, unit: 'ms' } };
}

/** Says where a percentile lies between two bounds of a server's own histogram. */
export function interpolation(latency: Latency): string {
  return latency.buckets === undefined ? '' : ' (interpolated between the bounds of its histogram)';
}

/** Whether the figures are those of the bundled cluster, and not of etcd. */
export function isBundled(run: Run): boolean {
  return run.target.kind === 'bundled';
}

export const BUNDLED_NOTE: Evidence = { text: 'Measured on the bundled cluster, which is not etcd' };

export interface KnownRtt {
  readonly rtt: PeerRtt;
  readonly evidence: Evidence;
}

/**
 * A peer round trip that somebody measured. The members' own metric counts only where they do not share a machine: a
 * loopback round trip says nothing of a network.
 */
export function peerRtt({ run, facts }: Case): KnownRtt | undefined {
  const given = facts.peerRtt;
  if (given !== undefined) {
    const source = { flag: 'as given by --peer-rtt-ms', probe: 'as probed', metric: 'as the members report it' };
    return { rtt: given, evidence: rttEvidence(given.meanMs, source[given.source]) };
  }
  const metric = run.server.peerRttMs;
  const remote = run.target.kind === 'endpoints' && run.target.colocated !== true;
  if (!remote || !isMeasured(metric)) return undefined;
  return {
    rtt: { meanMs: metric.mean, p99Ms: metric.p99, samples: metric.count, source: 'metric' },
    evidence: rttEvidence(metric.mean, `as the members report it${interpolation(metric)}`),
  };
}

function rttEvidence(meanMs: number, how: string): Evidence {
  return {
    text: `Mean peer round trip ${formatMs(meanMs)}, ${how}`,
    metric: 'facts.peerRtt.meanMs',
    value: meanMs,
    unit: 'ms',
  };
}

export const RTT_SETTLE =
  'Give --peer-rtt-ms MS, or measure it between the members’ machines: etcdmark probe --peer HOST:PORT';

export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step - 1e-9) * step;
}
