import { formatMs } from '../../core/run/index.ts';
import type { HistoryRow } from '../../probe/index.ts';
import type { Chart, DataTable } from './chart.ts';
import { draw, frameOf } from './draw.ts';
import type { WidthName } from './draw.ts';
import { COLOUR, SERIES } from './palette.ts';
import { DURATION_LABEL, LEAST_MS, logDomain, logTicks } from './scales.ts';

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
  const render = (width: WidthName): Promise<string> =>
    draw(spec(rows, budgetMs, width), frameOf(width, 180), `${id}-${width}`, title, description);
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
    wide: await render('wide'),
    narrow: await render('narrow'),
    table,
  };
}

function spec(rows: readonly HistoryRow[], budgetMs: number, width: WidthName): object {
  const values = rows.flatMap(({ p50Ms, p99Ms }, index) => [
    { index: index + 1, series: 'p50', ms: Math.max(LEAST_MS, p50Ms) },
    { index: index + 1, series: 'p99', ms: Math.max(LEAST_MS, p99Ms) },
  ]);
  const moves = rows.flatMap(({ moved }, index) => (moved === undefined ? [] : [{ index: index + 0.5 }]));
  const domain = logDomain(
    values.map(({ ms }) => ms),
    [budgetMs],
  );
  const most = width === 'wide' ? 20 : 6;
  const step = Math.max(1, Math.ceil(rows.length / most));
  const ticks = rows.map((_, index) => index + 1).filter((index) => (index - 1) % step === 0);
  const series = (range: readonly unknown[]): object => ({
    field: 'series',
    type: 'nominal',
    legend: null,
    scale: { domain: ['p50', 'p99'], range },
  });
  const x = {
    field: 'index',
    type: 'quantitative',
    scale: { domain: [0.5, rows.length + 0.5], nice: false },
    axis: { values: ticks, labelExpr: "'#' + datum.value" },
  };
  const y = {
    field: 'ms',
    type: 'quantitative',
    scale: { type: 'log', domain },
    axis: { values: logTicks(domain), labelExpr: DURATION_LABEL },
  };
  const color = series([COLOUR[SERIES[0]!.colour], COLOUR[SERIES[1]!.colour]]);
  return {
    layer: [
      {
        data: { values: [{ budgetMs }] },
        mark: { type: 'rule', color: COLOUR.fail, strokeWidth: 1.5 },
        encoding: { y: { field: 'budgetMs', type: 'quantitative' } },
      },
      {
        data: { values: moves },
        mark: { type: 'rule', color: COLOUR.text, strokeDash: [2, 3] },
        encoding: { x: { field: 'index', type: 'quantitative' } },
      },
      { data: { values }, mark: 'line', encoding: { x, y, color, strokeDash: series([[1, 0], SERIES[1]!.dash]) } },
      { data: { values }, mark: { type: 'point', filled: true, size: 50, opacity: 1 }, encoding: { x, y, color } },
    ],
  };
}
