import { formatMs, formatNumber, formatSeconds, isMeasured } from '../../core/run/index.ts';
import type { Run } from '../../core/run/index.ts';
import type { Chart, DataTable, LegendEntry } from './chart.ts';
import { drawBoth } from './draw.ts';
import type { WidthName } from './draw.ts';
import { countY, logMs, RATE_AREA, rateLayers, seriesEncoding, timeX } from './encodings.ts';
import { EVENT_ROW_HEIGHT, eventLayers, eventLegend } from './events.ts';
import { COLOUR, SERIES } from './palette.ts';
import { LEAST_MS, linearTop, logDomain } from './scales.ts';
import { LATENCY_LINES, MOST_STRETCHES, TABLE_ROWS } from './over-time.ts';
import { spanOf, warmupEnd } from './series.ts';
import type { Slice, Slices } from './series.ts';

/** Requests completed each second, with what the profile asked for, errors, and the events of the run. */
export async function throughputChart(run: Run, slices: Slices, id: string): Promise<Chart | undefined> {
  if (run.series.length === 0 || run.total.scheduled === 0) return undefined;
  const asked = run.profile.ratePerS;
  const anyErrors = run.total.errors > 0;
  const legend: LegendEntry[] = [
    { label: 'completed', mark: 'area', colour: 'accent' },
    ...(asked === undefined ? [] : [{ label: 'asked for', mark: 'line', colour: 'text', dash: [5, 4] } as const]),
    ...(anyErrors ? [{ label: 'errors', mark: 'dot', colour: 'fail' } as const] : []),
    ...eventLegend(run),
  ];
  const spec = (width: WidthName): object => {
    const all = slices(MOST_STRETCHES[width]);
    const values = all.map(({ t, completedPerS, errorsPerS }) => ({ t, completedPerS, errorsPerS }));
    const top = linearTop([...values.map((value) => value.completedPerS), asked ?? 0]);
    return {
      layer: [
        ...warmupLayer(all),
        {
          data: { values },
          mark: RATE_AREA,
          encoding: { x: timeX(spanOf(run), width), y: countY('completedPerS', top) },
        },
        ...rateLayers(asked),
        ...(anyErrors
          ? [
              {
                data: { values: values.filter((value) => value.errorsPerS > 0) },
                mark: { type: 'point', color: COLOUR.fail, filled: true, size: 30, shape: 'triangle-up' },
                encoding: { x: timeX(spanOf(run), width), y: { field: 'errorsPerS', type: 'quantitative' } },
              },
            ]
          : []),
        ...eventLayers(run, spanOf(run), width),
      ],
    };
  };
  return timeChart(slices, id, spec, {
    title: 'Throughput over time',
    caption: 'Requests completed per second.',
    legend,
    height: 150,
    columns: ['Time', 'Completed/s', 'Errors/s', 'Skipped/s'],
    row: (one) => [formatNumber(one.completedPerS), formatNumber(one.errorsPerS), formatNumber(one.skippedPerS)],
    description: `${formatNumber(run.total.ratePerS)} requests completed a second on average over ${formatSeconds(run.durationS)}.`,
  });
}

/** Response time each second: median, p99 and longest, with the events of the run. */
export async function latencyChart(run: Run, slices: Slices, id: string): Promise<Chart | undefined> {
  if (!run.series.some((point) => isMeasured(point.responseMs))) return undefined;
  const lines = LATENCY_LINES.map((line, i) => ({ ...line, ...SERIES[i]! }));
  const spec = (width: WidthName): object => {
    const all = slices(MOST_STRETCHES[width]);
    const values = all.flatMap(({ t, responseMs }) =>
      isMeasured(responseMs)
        ? LATENCY_LINES.map(({ key, label }) => ({ t, series: label, ms: Math.max(LEAST_MS, responseMs[key]) }))
        : [],
    );
    const domain = logDomain(values.map((value) => value.ms));
    return {
      layer: [
        ...warmupLayer(all),
        {
          data: { values },
          mark: { type: 'line', strokeWidth: 1.75 },
          encoding: {
            x: timeX(spanOf(run), width),
            y: logMs(domain),
            ...seriesEncoding(lines.map((line) => line.label)),
          },
        },
        ...eventLayers(run, spanOf(run), width),
      ],
    };
  };
  return timeChart(slices, id, spec, {
    title: 'Response time over time',
    caption: 'From the instant the schedule wanted a request sent; logarithmic axis.',
    legend: [
      ...lines.map(({ label, colour, dash }) => ({ label, colour, dash, mark: 'line' }) as const),
      ...eventLegend(run),
    ],
    height: 210,
    columns: ['Time', 'p50', 'p99', 'Longest'],
    row: ({ responseMs }) => LATENCY_LINES.map(({ key }) => (isMeasured(responseMs) ? formatMs(responseMs[key]) : '–')),
    description: `p99 ${formatMs(run.total.responseMs.p99 ?? 0)} over the whole run, longest ${formatMs(run.total.responseMs.max ?? 0)}.`,
  });
}

interface TimeChart {
  readonly title: string;
  readonly caption: string;
  readonly description: string;
  readonly legend: readonly LegendEntry[];
  readonly height: number;
  readonly columns: readonly string[];
  readonly row: (slice: Slice) => readonly string[];
}

async function timeChart(
  slices: Slices,
  id: string,
  spec: (width: WidthName) => object,
  about: TimeChart,
): Promise<Chart> {
  const rows = slices(TABLE_ROWS);
  const span = rows[0]?.spanS ?? 1;
  const table: DataTable = {
    columns: about.columns,
    rows: rows.map((one) => [`${one.t} s${one.warmup ? ' (warm-up)' : ''}`, ...about.row(one)]),
    ...(span > 1 && { note: `Each row stands for ${formatSeconds(span)}; run.json has every second.` }),
  };
  const { title, caption, description, legend, height } = about;
  const drawing = { id, title, description, height, top: 2 * EVENT_ROW_HEIGHT + 4 };
  return { id, title, caption, legend, ...(await drawBoth(drawing, spec)), table };
}

/** Seconds that the totals leave out lie under a shade. */
function warmupLayer(all: readonly Slice[]): object[] {
  const end = warmupEnd(all);
  if (end === undefined) return [];
  return [
    {
      data: { values: [{ from: 0, to: end }] },
      mark: { type: 'rect', color: COLOUR.shade },
      encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'to' } },
    },
  ];
}
