import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatRate,
  formatSeconds,
  isMeasured,
} from '../../core/run/index.ts';
import type { OperationStats, Run } from '../../core/run/index.ts';
import { eventLabel, eventLetter } from '../charts/events.ts';
import { heatMapChart } from '../charts/heat-map.ts';
import { kneeChart } from '../charts/knee.ts';
import { percentileChart } from '../charts/percentiles.ts';
import { slicesOf } from '../charts/series.ts';
import { latencyChart, throughputChart } from '../charts/timeline.ts';
import { orDash } from '../view.ts';
import { dataTable, figure } from './chart-section.ts';
import { facts } from './facts.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { probeEvidence } from './probe-evidence.ts';

/** Everything the verdict rests on: disk, load, time, and what the members said. */
export async function evidenceSection(run: Run, prefix: string): Promise<Html> {
  const id = (name: string): string => `${prefix}${name}`;
  const disk = run.disk && (await probeEvidence(run.disk, prefix));
  const percentiles = await percentileChart(
    id('percentiles'),
    'Latency by percentile',
    'Each step to the right is one nine more. Response time runs from the instant the schedule wanted a request sent, service time from the instant it was sent; the gap between them is time spent waiting to be sent.',
    [
      { label: 'response time', latency: run.total.responseMs },
      { label: 'service time', latency: run.total.serviceMs },
    ],
  );
  const slices = slicesOf(run);
  const load = [
    percentiles,
    await throughputChart(run, slices, id('throughput')),
    await latencyChart(run, slices, id('latency')),
    await heatMapChart(run, slices, id('heat-map')),
    await kneeChart(run, id('knee')),
  ];
  return html`<section aria-labelledby="${id('evidence')}">
    <h2 id="${id('evidence')}">Evidence</h2>
    ${
      disk !== undefined &&
      html`<h3>Disk</h3>
        ${disk}`
    }
    ${
      run.total.scheduled > 0 &&
      html`<h3>Load</h3>
        ${load.map((chart) => chart !== undefined && figure(chart))}
        ${operationsTable(run)}${phasesTable(run)}${eventsTable(run)}`
    }
    <h3>Members and generator</h3>
    ${membersTable(run)}
  </section> `;
}

function operationsTable(run: Run): Html {
  const row = (name: string, stats: OperationStats): string[] => [
    name,
    formatCount(stats.scheduled),
    formatCount(stats.completed),
    formatCount(stats.errors),
    formatCount(stats.skipped),
    formatRate(stats.ratePerS),
    orDash(stats.responseMs, 'p50'),
    orDash(stats.responseMs, 'p99'),
    orDash(stats.responseMs, 'p999'),
    orDash(stats.responseMs, 'max'),
    orDash(stats.serviceMs, 'p99'),
  ];
  const rows = Object.entries(run.operations).map(([name, stats]) => row(name, stats));
  rows.push(row('All', run.total));
  if (run.warmup !== undefined) rows.push(row('Warm-up, not counted', run.warmup.total));
  const codes = Object.entries(run.total.errorsByCode ?? {});
  return html`<h4>By class of request</h4>
    ${dataTable(
      {
        columns: [
          'Class',
          'Scheduled',
          'Completed',
          'Errors',
          'Skipped',
          'Rate',
          'p50',
          'p99',
          'p99.9',
          'Longest',
          'Service p99',
        ],
        rows,
        note: 'Percentiles are of the response time, the last column of the service time.',
      },
      'By class of request',
    )}${
      codes.length > 0 &&
      html`<h4>Errors by code</h4>
        ${dataTable(
          { columns: ['Code', 'Requests'], rows: codes.map(([code, count]) => [code, formatCount(count)]) },
          'Errors by code',
        )}`
    }`;
}

function phasesTable(run: Run): Html | false {
  const phases = run.phases ?? [];
  if (phases.length === 0) return false;
  const rows = phases.map(({ name, profile, startS, durationS, ratePerS, total, bottleneck }) => [
    profile === undefined || profile === name ? name : `${name} (${profile})`,
    `${formatSeconds(startS)} + ${formatSeconds(durationS)}`,
    ratePerS === undefined ? '–' : formatRate(ratePerS),
    total === undefined ? '–' : formatRate(total.ratePerS),
    total === undefined ? '–' : formatCount(total.errors),
    total === undefined ? '–' : orDash(total.responseMs, 'p50'),
    total === undefined ? '–' : orDash(total.responseMs, 'p99'),
    bottleneck?.answer ?? '–',
  ]);
  const columns = ['Phase', 'When', 'Asked for', 'Completed', 'Errors', 'p50', 'p99', 'Bottleneck'];
  return html`<h4>By phase</h4>
    ${dataTable({ columns, rows }, 'By phase')}`;
}

const MOST_EVENTS = 100;

function eventsTable(run: Run): Html | false {
  const events = run.events ?? [];
  if (events.length === 0) return false;
  const rows = events
    .slice(0, MOST_EVENTS)
    .map(({ t, kind, member, durationMs, text }) => [
      `${formatNumber(t)} s`,
      `${eventLetter(kind)} ${eventLabel(kind)}`,
      member ?? '–',
      durationMs === undefined ? '–' : formatMs(durationMs),
      text,
    ]);
  const note =
    events.length > MOST_EVENTS ? { note: `The first ${MOST_EVENTS} of ${formatCount(events.length)}.` } : {};
  return html`<h4>Events</h4>
    ${dataTable({ columns: ['Time', 'Event', 'Member', 'Took', 'What'], words: true, rows, ...note }, 'Events')}`;
}

function membersTable(run: Run): Html {
  const { server, generator, watch } = run;
  const latency = (name: string, value: Run['server']['walFsyncMs'] | undefined): [string, string | null] => [
    name,
    isMeasured(value)
      ? `p50 ${formatMs(value.p50)}, p99 ${formatMs(value.p99)}, longest ${formatMs(value.max)}${value.buckets === undefined ? '' : ' (interpolated)'}`
      : null,
  ];
  const rows: [string, string | null | undefined][] = [
    latency('WAL fsync', server.walFsyncMs),
    latency('Backend commit', server.backendCommitMs),
    latency('Peer round trip', server.peerRttMs),
    ['Leader changes', countText(server.leaderChanges)],
    ['Failed proposals', countText(server.proposalsFailed)],
    ['Database', bytesText(server.dbSizeBytes)],
    ['Database in use', bytesText(server.dbInUseBytes)],
    ['Watch events', watch.events === 0 ? null : `${formatCount(watch.events)}, ${formatCount(watch.gaps)} gaps`],
    latency('Watch delivery', watch.deliveryMs),
    ['Generator’s ceiling here', rateText(generator.ceilingPerS)],
    [
      'Generator’s processor time per request',
      generator.cpuUsPerOp === null ? null : `${formatNumber(generator.cpuUsPerOp)} µs`,
    ],
    [
      'Generator’s event loop delay p99',
      generator.eventLoopDelayP99Ms === null ? null : formatMs(generator.eventLoopDelayP99Ms),
    ],
    latency('Send after the intended instant', generator.scheduleLagMs),
    ['Generator was the limit', run.total.scheduled === 0 ? null : generator.saturated ? 'yes' : 'no'],
  ];
  return facts(rows);
}

function countText(value: number | null): string | null {
  return value === null ? null : formatCount(value);
}

function bytesText(value: number | null): string | null {
  return value === null ? null : formatBytes(value);
}

function rateText(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : formatRate(value);
}
