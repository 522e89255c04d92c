import { formatCount, formatMs, formatSeconds, isMeasured } from '../../core/run/index.ts';
import type { Run } from '../../core/run/index.ts';
import { histogramFrom } from '../../platform/histogram.ts';
import { countsIn } from './buckets.ts';
import type { Chart } from './chart.ts';
import { drawBoth } from './draw.ts';
import type { WidthName } from './draw.ts';
import { timeX } from './encodings.ts';
import { COLOUR } from './palette.ts';
import { DURATION_LABEL, LEAST_MS, logDomain, logTicks } from './scales.ts';
import { spanOf } from './series.ts';
import type { Slices } from './series.ts';

const COLUMNS: Readonly<Record<WidthName, number>> = { wide: 60, narrow: 30 };
const ROWS = 16;
/** Shades, so that neighbours can be told apart; the least is still seen. */
const SHADES = [0.14, 0.28, 0.45, 0.65, 0.85, 1];

/**
 * Every request of the run by when it was due and how long it took, the darker the more (after Gregg's latency heat maps):
 * shows two populations, bands and stalls that percentiles hide.
 */
export async function heatMapChart(run: Run, slices: Slices, id: string): Promise<Chart | undefined> {
  if (run.series.filter((point) => point.responseMs.hdr !== null).length < 5) return undefined;
  const title = 'Response times, all of them';
  const domain = logDomain(run.series.flatMap((point) => [point.responseMs.min ?? 0, point.responseMs.max ?? 0]));
  const description = `Heat map of ${formatCount(run.total.completed)} response times between ${formatMs(domain[0])} and ${formatMs(domain[1])}.`;
  const bounds = logBounds(domain, 8);
  const rows = slices(20);
  return {
    id,
    title,
    caption: 'Each cell is a stretch of time and a range of latency; the darker, the more requests. Logarithmic axis.',
    legend: [],
    ...(await drawBoth({ id, title, description, height: 200 }, (width) => spec(run, slices, domain, width))),
    table: {
      columns: ['Time', ...bounds.slice(0, -1).map((low, i) => `${formatMs(low)} – ${formatMs(bounds[i + 1]!)}`)],
      rows: rows.map((one) => [`${one.t} s`, ...countsIn(histogramFrom(one.responseMs), bounds).map(formatCount)]),
      note: `Requests in each range of latency, ${formatSeconds(rows[0]?.spanS ?? 1)} to a row.`,
    },
  };
}

function spec(run: Run, slices: Slices, domain: readonly [number, number], width: WidthName): object {
  const bounds = logBounds(domain, ROWS);
  const cells = slices(COLUMNS[width])
    .filter((one) => isMeasured(one.responseMs))
    .flatMap(({ t, spanS, responseMs }) =>
      countsIn(histogramFrom(responseMs), bounds).map((count, i) => ({
        from: t,
        to: t + spanS,
        low: bounds[i]!,
        high: bounds[i + 1]!,
        share: count / Math.max(1, responseMs.count),
      })),
    )
    .filter((cell) => cell.share > 0);
  const most = Math.max(...cells.map((cell) => cell.share));
  const shadeOf = (share: number): number =>
    SHADES[Math.min(SHADES.length - 1, Math.floor(Math.sqrt(share / most) * SHADES.length))]!;
  const spanS = spanOf(run);
  return {
    data: { values: cells.map((cell) => ({ ...cell, shade: shadeOf(cell.share) })) },
    mark: { type: 'rect', color: COLOUR.accent },
    encoding: {
      x: timeX(spanS, width, 'from'),
      x2: { field: 'to' },
      y: {
        field: 'low',
        type: 'quantitative',
        scale: { type: 'log', domain },
        axis: { values: logTicks(domain), labelExpr: DURATION_LABEL, grid: false },
      },
      y2: { field: 'high' },
      fillOpacity: { field: 'shade', type: 'quantitative', scale: null, legend: null },
    },
  };
}

function logBounds([low, high]: readonly [number, number], rows: number): number[] {
  const from = Math.log10(Math.max(LEAST_MS, low));
  const to = Math.log10(high);
  return Array.from({ length: rows + 1 }, (_, i) => 10 ** (from + ((to - from) * i) / rows));
}
