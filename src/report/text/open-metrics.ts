import { isMeasured } from '../../core/run/index.ts';
import type { Latency, Run } from '../../core/run/index.ts';

const QUANTILES = [
  ['0.5', 'p50'],
  ['0.9', 'p90'],
  ['0.99', 'p99'],
  ['0.999', 'p999'],
] as const;

type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly suffix?: string;
  readonly labels?: Labels;
  readonly value: number;
}

/** The Run in OpenMetrics text, without time stamps, as node_exporter's textfile collector and a push gateway take it. */
export function renderOpenMetrics(run: Run): string {
  const classes = Object.entries(run.operations);
  const counts = (label: string, of: (stats: Run['total']) => number): Sample[] =>
    classes.map(([name, stats]) => ({ suffix: '_total', labels: { class: name, result: label }, value: of(stats) }));
  const families = [
    family('etcdmark_run', 'info', 'What was measured, with what.', [
      {
        suffix: '_info',
        labels: {
          id: run.id,
          profile: run.profile.name,
          target: run.target.kind,
          target_version: run.target.version,
          version: run.environment.etcdmark,
        },
        value: 1,
      },
    ]),
    family(
      'etcdmark_verdict',
      'stateset',
      'The verdict of the run.',
      ['pass', 'fail', 'inconclusive'].map((verdict) => ({
        labels: { etcdmark_verdict: verdict },
        value: run.verdict === verdict ? 1 : 0,
      })),
    ),
    family('etcdmark_run_partial', 'gauge', 'Whether the run was cut short.', [{ value: run.partial ? 1 : 0 }]),
    family('etcdmark_run_duration_seconds', 'gauge', 'How long the run lasted.', [{ value: run.durationS }], 'seconds'),
    family('etcdmark_requests', 'counter', 'Requests of the run by class and outcome.', [
      ...counts('completed', (stats) => stats.completed),
      ...counts('error', (stats) => stats.errors),
      ...counts('skipped', (stats) => stats.skipped),
    ]),
    family(
      'etcdmark_response_seconds',
      'summary',
      'Time from the intended send to the answer.',
      classes.flatMap(([name, stats]) => summary(stats.responseMs, { class: name })),
      'seconds',
    ),
    family(
      'etcdmark_service_seconds',
      'summary',
      'Time from the actual send to the answer.',
      classes.flatMap(([name, stats]) => summary(stats.serviceMs, { class: name })),
      'seconds',
    ),
    family(
      'etcdmark_wal_fsync_seconds',
      'summary',
      'fdatasync of WAL-shaped writes.',
      [...summary(run.disk?.walFsyncMs, { source: 'probe' }), ...summary(run.server.walFsyncMs, { source: 'members' })],
      'seconds',
    ),
    gauge('etcdmark_leader_changes', 'Leader changes during the run.', run.server.leaderChanges),
    gauge('etcdmark_db_size_bytes', 'Size of the database file at the end.', run.server.dbSizeBytes, 'bytes'),
    gauge('etcdmark_generator_saturated', 'Whether the load generator was the limit.', run.generator.saturated ? 1 : 0),
  ];
  return `${families.join('')}# EOF\n`;
}

function gauge(name: string, help: string, value: number | null, unit?: string): string {
  return family(name, 'gauge', help, value === null ? [] : [{ value }], unit);
}

function family(name: string, type: string, help: string, samples: readonly Sample[], unit?: string): string {
  if (samples.length === 0) return '';
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
  ];
  const lines = samples.map(({ suffix = '', labels, value }) => `${name}${suffix}${labelText(labels)} ${value}`);
  return [...head, ...lines, ''].join('\n');
}

function summary(latency: Latency | undefined, labels: Labels): Sample[] {
  if (!isMeasured(latency)) return [];
  return [
    ...QUANTILES.map(([quantile, figure]) => ({ labels: { ...labels, quantile }, value: seconds(latency[figure]) })),
    { suffix: '_count', labels, value: latency.count },
    { suffix: '_sum', labels, value: seconds(latency.mean * latency.count) },
  ];
}

/** Nine decimals: a nanosecond, so that 0.1 ms is not written as 0.00009999999999999999. */
function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(9));
}

function labelText(labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
