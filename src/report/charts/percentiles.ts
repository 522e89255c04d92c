import { formatMs, isMeasured } from '../../core/run/index.ts';
import type { Latency } from '../../core/run/index.ts';
import { histogramFrom } from '../../platform/histogram.ts';
import type { Chart } from './chart.ts';
import { draw, frameOf } from './draw.ts';
import type { WidthName } from './draw.ts';
import { COLOUR, SERIES } from './palette.ts';
import { DURATION_LABEL, LEAST_MS, logDomain, logTicks } from './scales.ts';

export interface LabelledLatency {
  readonly label: string;
  readonly latency: Latency;
}

interface Point {
  readonly series: string;
  /** 1 / (1 − percentile): each power of ten is one nine more. */
  readonly oneIn: number;
  readonly ms: number;
}

const TABLE_PERCENTILES = [50, 75, 90, 95, 99, 99.9, 99.99, 99.999];

/**
 * Latency by percentile, the axis in nines (90, 99, 99.9 … per cent at equal steps), up to the last nine that the number of
 * samples carries. Undefined where nothing was measured.
 */
export async function percentileChart(
  id: string,
  title: string,
  caption: string,
  given: readonly LabelledLatency[],
): Promise<Chart | undefined> {
  const measured = given.filter(({ latency }) => isMeasured(latency) && latency.hdr !== null).slice(0, SERIES.length);
  if (measured.length === 0) return undefined;
  const points = measured.flatMap(({ label, latency }) => curve(label, latency));
  const labels = measured.map(({ label }) => label);
  const description = measured
    .map(
      ({ label, latency }) =>
        `${label}: median ${formatMs(latency.p50 ?? 0)}, p99 ${formatMs(latency.p99 ?? 0)}, longest ${formatMs(latency.max ?? 0)}.`,
    )
    .join(' ');
  const render = (width: WidthName): Promise<string> =>
    draw(
      spec(points, labels, width),
      frameOf(width, width === 'wide' ? 260 : 220),
      `${id}-${width}`,
      title,
      description,
    );
  return {
    id,
    title,
    caption,
    legend: labels.map((label, i) => ({ label, mark: 'line', colour: SERIES[i]!.colour, dash: SERIES[i]!.dash })),
    wide: await render('wide'),
    narrow: await render('narrow'),
    table: table(measured),
  };
}

function curve(series: string, latency: Latency): Point[] {
  const histogram = histogramFrom(latency);
  const points: Point[] = [];
  const last = Math.log10(Math.max(10, histogram.totalCount));
  for (let nines = 0; nines < last; nines += 0.05) points.push(pointAt(series, nines));
  points.push(pointAt(series, last));
  return points;

  function pointAt(name: string, nines: number): Point {
    const us = histogram.getValueAtPercentile(100 * (1 - 10 ** -nines));
    return { series: name, oneIn: 10 ** nines, ms: Math.max(LEAST_MS, Math.min(us / 1000, latency.max ?? Infinity)) };
  }
}

function spec(points: readonly Point[], labels: readonly string[], width: WidthName): object {
  const domain = logDomain(points.map((point) => point.ms));
  const nines = Math.max(...points.map((point) => point.oneIn));
  return {
    data: { values: points },
    mark: 'line',
    encoding: {
      x: {
        field: 'oneIn',
        type: 'quantitative',
        scale: { type: 'log', domain: [1, nines] },
        axis: {
          values: [...(width === 'wide' ? [1] : []), 2, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7].filter(
            (tick) => tick <= nines * 1.001,
          ),
          labelExpr: "format(100 * (1 - 1 / datum.value), '.8~f') + '%'",
          labelFlush: true,
        },
      },
      y: {
        field: 'ms',
        type: 'quantitative',
        scale: { type: 'log', domain },
        axis: { values: logTicks(domain), labelExpr: DURATION_LABEL },
      },
      color: {
        field: 'series',
        type: 'nominal',
        legend: null,
        scale: { domain: labels, range: labels.map((_, i) => COLOUR[SERIES[i]!.colour]) },
      },
      strokeDash: {
        field: 'series',
        type: 'nominal',
        legend: null,
        scale: { domain: labels, range: labels.map((_, i) => (i === 0 ? [1, 0] : SERIES[i]!.dash)) },
      },
    },
  };
}

function table(measured: readonly LabelledLatency[]): Chart['table'] {
  const histograms = measured.map(({ latency }) => histogramFrom(latency));
  const rows = TABLE_PERCENTILES.map((percentile) => [
    `${percentile}%`,
    ...histograms.map((histogram) =>
      // A percentile needs at least one sample beyond it.
      histogram.totalCount * (1 - percentile / 100) >= 1
        ? formatMs(Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue) / 1000)
        : 'too few samples',
    ),
  ]);
  rows.push(['Longest', ...measured.map(({ latency }) => formatMs(latency.max ?? 0))]);
  return { columns: ['Percentile', ...measured.map(({ label }) => label)], rows };
}
