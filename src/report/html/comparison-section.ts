import { figureAt, formatMs, formatNumber, formatQuantity } from '../../core/run/index.ts';
import type { Run } from '../../core/run/index.ts';
import { SERIES } from '../charts/palette.ts';
import { percentileChart } from '../charts/percentiles.ts';
import { VERDICT_SIGN, VERDICT_WORD, targetText } from '../view.ts';
import { dataTable, figure } from './chart-section.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

interface Metric {
  readonly label: string;
  readonly path: string;
  readonly unit: string;
}

const METRICS: readonly Metric[] = [
  { label: 'fdatasync p99 (probe)', path: 'disk.walFsyncMs.p99', unit: 'ms' },
  { label: 'Throughput', path: 'total.ratePerS', unit: '/s' },
  { label: 'Response p50', path: 'total.responseMs.p50', unit: 'ms' },
  { label: 'Response p99', path: 'total.responseMs.p99', unit: 'ms' },
  { label: 'Response p99.9', path: 'total.responseMs.p999', unit: 'ms' },
  { label: 'Errors', path: 'total.errors', unit: '' },
  { label: 'WAL fsync p99 (members)', path: 'server.walFsyncMs.p99', unit: 'ms' },
  { label: 'Leader changes', path: 'server.leaderChanges', unit: '' },
  { label: 'Database', path: 'server.dbSizeBytes', unit: 'bytes' },
];

const RATIO_NOTE =
  'Ratios are to the first run. One run each does not tell a difference from chance: use etcdmark compare or etcdmark gate, which interleave, for that.';
const PROFILE_NOTE = 'The runs drove different profiles, so their figures are not set against each other.';

/** Several runs beside each other. Where they drove the same profile, the first is what the others are measured by. */
export async function comparisonSection(runs: readonly Run[]): Promise<Html> {
  const names = runs.map((run, i) => runName(run, i));
  const alike = runs.every((run) => run.profile.name === runs[0]?.profile.name);
  const charts = [
    await percentileChart(
      'compare-response',
      'Response time by percentile',
      'Each step to the right is one nine more.',
      runs.map((run, i) => ({ label: names[i]!, latency: run.total.responseMs })),
    ),
    await percentileChart(
      'compare-fsync',
      'fdatasync by percentile',
      'As the disk probe of each run measured it.',
      runs.flatMap((run, i) => (run.disk === undefined ? [] : [{ label: names[i]!, latency: run.disk.walFsyncMs }])),
    ),
  ];
  const rows = METRICS.map((metric) => [metric.label, ...cells(runs, metric, alike)]).filter((row) =>
    row.slice(1).some((cell) => cell !== '–'),
  );
  const more = runs.length > SERIES.length && html`<p class="note">Charts show the first ${SERIES.length} runs.</p>`;
  return html`<section aria-labelledby="compare">
    <h2 id="compare">Side by side</h2>
    <ul class="runs">
      ${runs.map(
        (run, i) =>
          html`<li class="${run.verdict}">
            <span class="sign" aria-hidden="true">${VERDICT_SIGN[run.verdict]}</span
            ><span
              ><a href="#r${i + 1}-top"><b>${names[i]}</b></a> ${VERDICT_WORD[run.verdict]}:
              ${targetText(run)}${run.partial && ', cut short'}</span
            >
          </li> `,
      )}
    </ul>
    ${dataTable({ columns: ['Metric', ...names], rows, note: alike ? RATIO_NOTE : PROFILE_NOTE }, 'Figures side by side')}
    ${charts.map((chart) => chart !== undefined && figure(chart))}${more}
  </section> `;
}

export function runName(run: Run, index: number): string {
  const { kind, diskModel } = run.target;
  return [`${index + 1}. ${run.profile.name}`, kind, ...(diskModel === undefined ? [] : [`${diskModel} model`])].join(
    ' · ',
  );
}

function cells(runs: readonly Run[], { path, unit }: Metric, alike: boolean): string[] {
  const [first] = runs;
  const base = first === undefined ? undefined : figureAt(first, path);
  return runs.map((run, i) => {
    const value = figureAt(run, path);
    if (value === undefined) return '–';
    const text = unit === 'ms' ? formatMs(value) : formatQuantity(value, unit);
    return !alike || i === 0 || base === undefined || base === 0 ? text : `${text} (× ${formatNumber(value / base)})`;
  });
}
