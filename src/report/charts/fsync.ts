import { formatCount, formatMs, formatShare, isMeasured } from '../../core/run/index.ts';
import type { Latency } from '../../core/run/index.ts';
import { histogramFrom } from '../../platform/histogram.ts';
import { countsIn } from './buckets.ts';
import type { Chart } from './chart.ts';
import { drawBoth } from './draw.ts';
import type { WidthName } from './draw.ts';
import { LATE_COLOUR } from './encodings.ts';
import { COLOUR } from './palette.ts';
import { DURATION_LABEL, logDomain, logTicks } from './scales.ts';

const RANGES_PER_DECADE = 10;
/** Height of a row of labels above the plot. */
const LABEL_ROW = 16;

const WAL = { title: 'Synced writes of the WAL', calls: 'fdatasync calls' } as const;

/** How the synced writes are spread, against the line they must stay under. The counts are logarithmic: the tail matters. */
export async function fsyncChart(
  latency: Latency,
  budgetMs: number,
  id: string,
  { title, calls }: { readonly title: string; readonly calls: string } = WAL,
): Promise<Chart | undefined> {
  if (!isMeasured(latency) || latency.hdr === null) return undefined;
  const bounds = rangeBounds(logDomain([Math.max(0.01, latency.min), latency.max], [budgetMs / 2, budgetMs * 2]));
  const domain: [number, number] = [bounds[0]!, bounds.at(-1)!];
  const counts = countsIn(histogramFrom(latency), bounds);
  const cells = counts.map((count, i) => ({ low: bounds[i]!, high: bounds[i + 1]!, count, base: 0.5 }));
  const bars = cells.filter(({ count }) => count > 0);
  const late = cells.filter(({ low }) => low >= budgetMs * 0.999).reduce((sum, { count }) => sum + count, 0);
  const description = `${formatCount(latency.count)} ${calls}: median ${formatMs(latency.p50)}, p99 ${formatMs(latency.p99)}, longest ${formatMs(latency.max)}. ${formatShare(late / latency.count)} took ${formatMs(budgetMs)} or longer.`;
  const top = 10 ** Math.ceil(Math.log10(Math.max(10, ...counts)));
  return {
    id,
    title,
    caption: `How many ${calls} took how long. The p99 must stay left of the ${formatMs(budgetMs)} line. Both axes are logarithmic.`,
    legend: [
      { label: 'within the budget', mark: 'area', colour: 'accent' },
      { label: `beyond ${formatMs(budgetMs)}`, mark: 'area', colour: 'fail' },
      { label: 'p99', mark: 'line', colour: 'text', dash: [5, 4] },
    ],
    ...(await drawBoth({ id, title, description, height: 200, top: 2 * LABEL_ROW + 6 }, (width) =>
      spec(bars, domain, budgetMs, latency.p99, top, width),
    )),
    table: {
      columns: ['Took', 'How many', 'Share'],
      rows: bars.map(({ low, high, count }) => [
        `${formatMs(low)} – ${formatMs(high)}`,
        formatCount(count),
        formatShare(count / latency.count),
      ]),
    },
  };
}

interface Bar {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

function spec(
  bars: readonly Bar[],
  domain: readonly [number, number],
  budgetMs: number,
  p99Ms: number,
  top: number,
  width: WidthName,
): object {
  const x = {
    field: 'low',
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: { values: logTicks(domain, width === 'wide' ? 14 : 6), labelExpr: DURATION_LABEL, labelFlush: true },
  };
  const counts: number[] = [];
  for (let tick = 1; tick <= top; tick *= 10) counts.push(tick);
  const y = {
    field: 'count',
    type: 'quantitative',
    scale: { type: 'log', domain: [0.5, top] },
    axis: { values: counts, labelExpr: "format(datum.value, ',')" },
  };
  // Each label has a row of its own above the plot, and turns inwards from the nearer edge.
  const line = (at: number, mark: object, label: string, row: number): object[] => {
    const align = Math.log(at / domain[0]) > Math.log(domain[1] / domain[0]) / 2 ? 'right' : 'left';
    const text = { type: 'text', fontSize: 12, fontWeight: 'bold', color: COLOUR.text, align };
    const top = -LABEL_ROW * row;
    return [
      {
        data: { values: [{ at }] },
        mark: { type: 'rule', ...mark },
        encoding: { x: { field: 'at', type: 'quantitative' }, y: { value: top - 4 }, y2: { value: 'height' } },
      },
      {
        data: { values: [{ at, label }] },
        mark: { ...text, dx: align === 'left' ? 5 : -5, dy: top + 2 },
        encoding: { x: { field: 'at', type: 'quantitative' }, y: { value: 0 }, text: { field: 'label' } },
      },
    ];
  };
  return {
    layer: [
      {
        data: { values: bars.map((bar) => ({ ...bar, base: 0.5, late: bar.low >= budgetMs * 0.999 })) },
        mark: { type: 'rect', stroke: COLOUR.surface, strokeWidth: 1 },
        encoding: {
          x,
          x2: { field: 'high' },
          y,
          y2: { field: 'base' },
          color: LATE_COLOUR,
        },
      },
      ...line(budgetMs, { color: COLOUR.fail, strokeWidth: 2 }, `${formatMs(budgetMs)} budget`, 2),
      ...line(p99Ms, { color: COLOUR.text, strokeDash: [5, 4], strokeWidth: 1.5 }, `p99 ${formatMs(p99Ms)}`, 1),
    ],
  };
}

/** Bounds that count ten to a decade, so that 10 ms is one of them. */
function rangeBounds([low, high]: readonly [number, number]): number[] {
  const first = Math.floor(Math.log10(low) * RANGES_PER_DECADE + 1e-9);
  const last = Math.ceil(Math.log10(high) * RANGES_PER_DECADE - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number((10 ** ((first + i) / RANGES_PER_DECADE)).toPrecision(6)),
  );
}
