import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatRate,
  formatShare,
  isMeasured,
} from '../../core/run/index.ts';
import type { Probe } from '../../core/run/index.ts';
import { judgedLatency, judgedName } from '../../probe/index.ts';
import type { Chart } from '../charts/chart.ts';
import { fsyncChart } from '../charts/fsync.ts';
import { ladderChart } from '../charts/ladder.ts';
import { neighbourChart } from '../charts/neighbours.ts';
import { percentileChart } from '../charts/percentiles.ts';
import { probeLatencyChart, probeRateChart } from '../charts/probe-series.ts';
import { budgetOf, latencyTable, peerTable } from '../probe-view.ts';
import { dataTable, figure } from './chart-section.ts';
import { facts } from './facts.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** Everything that a probe's verdict rests on: its recipe's own chart first, then what every recipe gives. */
export async function probeEvidence(probe: Probe, prefix: string): Promise<Html> {
  const id = (name: string): string => `${prefix}${name}`;
  const budgetMs = budgetOf(probe);
  const charts: (Chart | undefined)[] = [
    await ladderChart(probe, budgetMs, id('ladder')),
    await neighbourChart(probe, budgetMs, id('neighbours')),
    await fsyncChart(judgedLatency(probe), budgetMs, id('fsync'), judged(probe)),
    await probeLatencyChart(probe, budgetMs, id('series')),
    await probeRateChart(probe, id('rate')),
    await percentileChart(
      id('disk-percentiles'),
      'Disk latency by percentile',
      'Each step to the right is one nine more.',
      [
        { label: 'fdatasync', latency: probe.walFsyncMs },
        ...(probe.writeMs === undefined ? [] : [{ label: 'write before it', latency: probe.writeMs }]),
        ...(probe.backendCommitMs === undefined ? [] : [{ label: 'backend commit', latency: probe.backendCommitMs }]),
        ...(probe.segmentSwitchMs === undefined
          ? []
          : [{ label: 'change of segment', latency: probe.segmentSwitchMs }]),
      ],
    ),
  ];
  const peers = peerTable(probe);
  return html`${charts.map((chart) => chart !== undefined && figure(chart))}
    <h4>Latencies kept</h4>
    ${dataTable(latencyTable(probe), 'Latencies kept')}${
      peers !== undefined &&
      html`<h4>Round trips to peers</h4>
        ${dataTable(peers, 'Round trips to peers')}`
    }
    <h4>Volume</h4>
    ${volumeFacts(probe)}`;
}

function judged(probe: Probe): { readonly title: string; readonly calls: string } {
  if (probe.ladder !== undefined) return { title: `Synced writes: ${judgedName(probe)}`, calls: 'synced writes' };
  if (!isMeasured(probe.walFsyncMs)) return { title: 'Commits of the backend', calls: 'commits' };
  return { title: 'Synced writes of the WAL', calls: 'fdatasync calls' };
}

function volumeFacts(probe: Probe): Html {
  const { path, volume, method, deviceUse, host, maxRateWithinBudgetPerS, p99IntervalMs, confidence } = probe;
  const yesNo = (value: boolean | null | undefined): string | null =>
    value === null || value === undefined ? null : value ? 'yes' : 'no';
  const bytes = (value: number | null | undefined): string | null =>
    value === null || value === undefined ? null : formatBytes(value);
  const rate = (value: number | null | undefined): string | null =>
    value === null || value === undefined ? null : formatRate(value);
  const writers = (deviceUse?.otherWriters ?? []).map(
    ({ command, pid, writtenBytes }) => `${command} (${pid}) ${formatBytes(writtenBytes)}`,
  );
  const limits = (volume.ioLimits ?? []).map(({ cgroup, writesPerS, writeBytesPerS }) =>
    [cgroup, rate(writesPerS), writeBytesPerS === undefined ? null : `${formatBytes(writeBytesPerS)}/s`]
      .filter((part) => part !== null)
      .join(' '),
  );
  return facts([
    ['Path', path],
    ['Device', [volume.device, volume.model].filter((part) => part !== null).join(', ')],
    ['Layers, top first', (volume.stack ?? []).join(' › ')],
    ['Class', volume.class],
    ['What the class does not tell', volume.classNote],
    ['Size', bytes(volume.sizeBytes)],
    ['Free', bytes(volume.freeBytes)],
    ['Filesystem', [volume.filesystem, volume.mountPoint].filter((part) => part).join(' on ')],
    ['Mount options', volume.mountOptions],
    ['Rotational', yesNo(volume.rotational)],
    ['Scheduler', volume.scheduler],
    ['Write cache', volume.writeCache],
    ['Force unit access', yesNo(volume.fua)],
    ['cgroup limits on writes', limits.join(', ')],
    [
      'p99 interval',
      p99IntervalMs === null
        ? null
        : `${formatMs(p99IntervalMs[0])} to ${formatMs(p99IntervalMs[1])}, ${formatShare(confidence)} confidence`,
    ],
    ['Bytes per write', method === undefined ? null : formatCount(method.writeBytes)],
    ['Size of a file', bytes(method?.fileBytes)],
    ['Space ahead by', method?.preallocation],
    ['Device writes per sync', deviceUse === undefined ? null : formatNumber(deviceUse.writesPerSync)],
    ['Bytes written per sync', deviceUse === undefined ? null : formatBytes(deviceUse.writtenBytesPerSync)],
    ['Flushes per sync', numberText(deviceUse?.flushesPerSync)],
    ['Busy before the probe', shareText(deviceUse?.busyShareBefore)],
    ['Writes before the probe', rate(deviceUse?.writesPerSBefore)],
    ['Who else wrote meanwhile', writers.join(', ')],
    ['Most synced writes within the budget', rate(maxRateWithinBudgetPerS)],
    ['Swap', host === undefined ? null : host.swapBytes === 0 ? 'off' : formatBytes(host.swapBytes)],
    ['Transparent huge pages', host?.transparentHugePages],
    ['CPU governor', host?.cpuGovernor],
  ]);
}

function numberText(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : formatNumber(value);
}

function shareText(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : formatShare(value);
}
