import { formatMs } from '../../core/run/index.ts';
import type { HistoryRow } from '../../probe/index.ts';
import type { Chart, DataTable } from './chart.ts';
import { drawBoth } from './draw.ts';
import type { WidthName } from './draw.ts';
import { budgetLayer, logMs, seriesEncoding, uprightLayer } from './encodings.ts';
import { SERIES } from './palette.ts';
import { LEAST_MS, logDomain } from './scales.ts';

/** p50 and p99 of one volume's probes in their order, with the runs after which the p99 had moved. */
export async function historyChart(
  rows: readonly HistoryRow[],
  budgetMs: number,
  id: string,
  name: string,
  table: DataTable,
): Promise<Chart | undefined> {
  if (rows.length < 2) return undefined;
  const title = `${name}, probe by probe`;
  const newest = rows.at(-1)!;
  const description = `${rows.length} probes; the newest has a p99 of ${formatMs(newest.p99Ms)}.`;
  return {
    id,
    title,
    caption:
      'Each point is one stored probe, oldest first; dotted uprights stand where the p99 moved to another level. Logarithmic axis.',
    legend: [
      { label: 'p50', mark: 'line', ...SERIES[0]! },
      { label: 'p99', mark: 'line', ...SERIES[1]! },
      { label: `budget of ${formatMs(budgetMs)}`, mark: 'line', colour: 'fail' },
    ],
    ...(await drawBoth({ id, title, description, height: 180 }, (width) => spec(rows, budgetMs, width))),
    table,
  };
}

function spec(rows: readonly HistoryRow[], budgetMs: number, width: WidthName): object {
  const values = rows.flatMap(({ p50Ms, p99Ms }, index) => [
    { index: index + 1, series: 'p50', ms: Math.max(LEAST_MS, p50Ms) },
    { index: index + 1, series: 'p99', ms: Math.max(LEAST_MS, p99Ms) },
  ]);
  const moves = rows.flatMap(({ moved }, index) => (moved === undefined ? [] : [index + 0.5]));
  const domain = logDomain(
    values.map(({ ms }) => ms),
    [budgetMs],
  );
  const most = width === 'wide' ? 20 : 6;
  const step = Math.max(1, Math.ceil(rows.length / most));
  const ticks = rows.map((_, index) => index + 1).filter((index) => (index - 1) % step === 0);
  const x = {
    field: 'index',
    type: 'quantitative',
    scale: { domain: [0.5, rows.length + 0.5], nice: false },
    axis: { values: ticks, labelExpr: "'#' + datum.value" },
  };
  const y = logMs(domain);
  const { color, strokeDash } = seriesEncoding(['p50', 'p99']);
  return {
    layer: [
      budgetLayer(budgetMs),
      uprightLayer('index', moves),
      { data: { values }, mark: 'line', encoding: { x, y, color, strokeDash } },
      { data: { values }, mark: { type: 'point', filled: true, size: 50, opacity: 1 }, encoding: { x, y, color } },
    ],
  };
}
