import { advise } from '../core/advice/index.ts';
import { judge } from '../core/gate/index.ts';
import type { Judgement } from '../core/gate/index.ts';
import { formatBytes, formatCount, formatMs, formatRate, formatShare, isMeasured } from '../core/run/index.ts';
import type { Finding, Knee, Latency, Recommendation, Run, Verdict } from '../core/run/index.ts';

/** A Run as every rendering shows it: one source for the page, the summary and the terminal. */
export interface RunView {
  readonly run: Run;
  readonly judgement: Judgement;
  readonly findings: readonly Finding[];
  readonly recommendations: readonly Recommendation[];
  readonly tiles: readonly Tile[];
}

/** A headline figure. */
export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  /** Absent where the figure is not judged. */
  readonly verdict?: Verdict;
}

/** Advice that the Run keeps is shown as it was given; a Run without any is advised now. */
export function viewOf(run: Run): RunView {
  const kept = run.findings.length + run.recommendations.length > 0;
  const { findings, recommendations } = kept ? run : advise(run);
  return { run, judgement: judgementOf(run), findings, recommendations, tiles: tilesOf(run) };
}

/** The verdict that the Run keeps stands, even where the limits of today would say otherwise. */
function judgementOf(run: Run): Judgement {
  const judgement = judge(run);
  if (judgement.verdict === run.verdict) return judgement;
  return { ...judgement, verdict: run.verdict, headline: `Judged as ${run.verdict} when it was measured.` };
}

function tilesOf(run: Run): Tile[] {
  const tiles: Tile[] = [];
  const disk = run.disk;
  if (disk !== undefined && isMeasured(disk.walFsyncMs)) {
    const budget = disk.budgetMs === undefined ? disk.band : `budget ${formatMs(disk.budgetMs)}, ${disk.band}`;
    tiles.push({ label: 'fdatasync p99', value: formatMs(disk.walFsyncMs.p99), note: budget, verdict: disk.verdict });
  }
  if (run.total.scheduled > 0) {
    const { responseMs, errors, scheduled, completed, ratePerS, skipped } = run.total;
    tiles.push({
      label: 'Response p99',
      value: orDash(responseMs, 'p99'),
      note: `median ${orDash(responseMs, 'p50')}`,
    });
    const asked = run.profile.ratePerS === undefined ? '' : ` of ${formatRate(run.profile.ratePerS)} asked`;
    tiles.push({
      label: 'Throughput',
      value: formatRate(ratePerS),
      note: `${formatShare(completed / scheduled)} completed${asked}`,
    });
    const skips = skipped === 0 ? `of ${formatCount(scheduled)} requests` : `and ${formatCount(skipped)} skipped`;
    tiles.push({ label: 'Errors', value: formatCount(errors), note: skips });
  }
  if (run.knee !== undefined) tiles.push(kneeTile(run.knee));
  const { leaderChanges, dbSizeBytes } = run.server;
  if (leaderChanges !== null && run.total.scheduled > 0) {
    const size = dbSizeBytes === null ? '' : `database ${formatBytes(dbSizeBytes)}`;
    tiles.push({ label: 'Leader changes', value: formatCount(leaderChanges), note: size });
  }
  return tiles;
}

/** The rate that held and the one that no longer did: the knee lies between them. */
function kneeTile({ slo, maxRatePerS, intervalPerS }: Knee): Tile {
  const value = maxRatePerS === null ? 'none held' : formatRate(maxRatePerS);
  const beyond = intervalPerS === null ? '' : `, not at ${formatRate(intervalPerS[1])}`;
  return { label: 'Knee', value, note: `${maxRatePerS === null ? slo : `holds ${slo}`}${beyond}` };
}

export function orDash(latency: Latency, figure: 'p50' | 'p90' | 'p99' | 'p999' | 'max' | 'mean'): string {
  const value = latency[figure];
  return value === null ? '–' : formatMs(value);
}

/** What was measured, in words that never let the bundled cluster pass for etcd. */
export function targetText(run: Run): string {
  const { kind, version, members, diskModel } = run.target;
  const count = `${members} ${members === 1 ? 'member' : 'members'}`;
  const model = diskModel === undefined ? '' : `, modelled disk ${diskModel}`;
  switch (kind) {
    case 'bundled':
      return `bundled cluster (not etcd), ${count}${model}`;
    case 'etcd':
      return `etcd ${version}, ${count} on this machine${model}`;
    case 'endpoints':
      return `etcd ${version} at given endpoints, ${count}`;
  }
}

export const VERDICT_WORD: Readonly<Record<Verdict, string>> = {
  pass: 'Pass',
  fail: 'Fail',
  inconclusive: 'Inconclusive',
};
export const VERDICT_SIGN: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', inconclusive: '?' };
export const SEVERITY_SIGN: Readonly<Record<Finding['severity'], string>> = {
  critical: '✗',
  warning: '!',
  unknown: '?',
  info: '•',
  good: '✓',
};
export const SEVERITY_WORD: Readonly<Record<Finding['severity'], string>> = {
  critical: 'Critical',
  warning: 'Warning',
  unknown: 'Cannot tell',
  info: 'Note',
  good: 'Good',
};

/** `14 March 2026, 09:26:53 UTC`, the same on every machine. */
export function formatInstant(iso: string): string {
  const [date = '', time = ''] = iso.split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? month} ${year}, ${time.slice(0, 8)} UTC`;
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A setting's value as a person reads it: `2 GiB`, `100 ms`. */
export function settingText(value: number | string | null, unit: string): string {
  if (value === null) return 'unknown';
  if (typeof value === 'string') return value === '0' ? 'off' : value;
  if (unit === 'bytes') return formatBytes(value);
  return `${formatCount(value)} ${unit}`;
}
