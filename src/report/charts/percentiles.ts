import { formatMs, isMeasured } from '../../core/run/index.ts';
import type { Latency } from '../../core/run/index.ts';
import { histogramFrom } from '../../platform/histogram.ts';
import type { Chart } from './chart.ts';
import { drawBoth } from './draw.ts';
import type { WidthName } from './draw.ts';
import { logMs, seriesEncoding } from './encodings.ts';
import { SERIES } from './palette.ts';
import { LEAST_MS, logDomain } from './scales.ts';

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
  return {
    id,
    title,
    caption,
    legend: labels.map((label, i) => ({ label, mark: 'line', colour: SERIES[i]!.colour, dash: SERIES[i]!.dash })),
    ...(await drawBoth({ id, title, description, height: { wide: 260, narrow: 220 } }, (width) =>
      spec(points, labels, width),
    )),
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
      y: logMs(domain),
      ...seriesEncoding(labels),
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
