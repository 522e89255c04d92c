import { formatMs, formatNumber, formatRate } from '../../core/run/index.ts';
import type { Knee, Run } from '../../core/run/index.ts';
import type { Chart } from './chart.ts';
import { drawBoth } from './draw.ts';
import type { WidthName } from './draw.ts';
import { HELD_SHAPE, logMs, seriesEncoding, uprightLayer } from './encodings.ts';
import { SERIES } from './palette.ts';
import { LEAST_MS, linearTop, logDomain } from './scales.ts';

/** Latency against the rate that was tried, with the highest rate that held the objective. */
export async function kneeChart(run: Run, id: string): Promise<Chart | undefined> {
  const knee = run.knee;
  if (knee === undefined || knee.points.length === 0) return undefined;
  const title = 'Latency against load';
  const found = knee.maxRatePerS === null ? 'no rate held' : `held up to ${formatRate(knee.maxRatePerS)}`;
  const description = `With ${knee.slo}, ${found}.`;
  return {
    id,
    title,
    caption: `Each point is one rate that was tried; crosses did not hold ${knee.slo}, or the generator could not. The line marks the highest rate that did.`,
    legend: [
      { label: 'p99', mark: 'line', colour: SERIES[0]!.colour },
      { label: 'p50', mark: 'line', colour: SERIES[1]!.colour, dash: SERIES[1]!.dash },
    ],
    ...(await drawBoth({ id, title, description, height: 220 }, (width) => spec(knee, width))),
    table: {
      columns: ['Rate asked for', 'Completed', 'p50', 'p99', 'Held'],
      rows: knee.points.map((point) => [
        formatRate(point.ratePerS),
        formatRate(point.achievedPerS),
        formatMs(point.p50Ms),
        formatMs(point.p99Ms),
        point.held ? 'yes' : 'no',
      ]),
      ...(knee.usl !== undefined && { note: lawText(knee.usl) }),
    },
  };
}

function lawText({ lambda, sigma, kappa, sigmaInterval, kappaInterval }: NonNullable<Knee['usl']>): string {
  const within = (interval: readonly [number, number] | undefined): string =>
    interval === undefined ? '' : ` (${formatNumber(interval[0])} to ${formatNumber(interval[1])})`;
  return `Universal Scalability Law: λ ${formatNumber(lambda)}, contention σ ${formatNumber(sigma)}${within(sigmaInterval)}, coherency κ ${kappa.toExponential(2)}${kappaInterval === undefined ? '' : ` (${kappaInterval.map((bound) => bound.toExponential(2)).join(' to ')})`}.`;
}

function spec(knee: Knee, width: WidthName): object {
  const values = knee.points.flatMap(({ ratePerS, p50Ms, p99Ms, held }) => [
    { rate: ratePerS, series: 'p99', ms: Math.max(LEAST_MS, p99Ms), held },
    { rate: ratePerS, series: 'p50', ms: Math.max(LEAST_MS, p50Ms), held },
  ]);
  const domain = logDomain(values.map((value) => value.ms));
  const x = {
    field: 'rate',
    type: 'quantitative',
    scale: { domain: [0, linearTop(values.map((value) => value.rate))] },
    axis: { tickCount: width === 'wide' ? 10 : 4, labelExpr: "format(datum.value, ',') + '/s'", labelFlush: true },
  };
  const y = logMs(domain);
  const { color, strokeDash } = seriesEncoding(['p99', 'p50']);
  return {
    layer: [
      { data: { values }, mark: 'line', encoding: { x, y, color, strokeDash } },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: { x, y, color, shape: HELD_SHAPE },
      },
      ...(knee.maxRatePerS === null ? [] : [uprightLayer('rate', [knee.maxRatePerS])]),
    ],
  };
}
