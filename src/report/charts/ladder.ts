import { formatMs, formatRate, isMeasured } from '../../core/run/index.ts';
import type { Probe } from '../../core/run/index.ts';
import type { Chart } from './chart.ts';
import { drawBoth } from './draw.ts';
import type { WidthName } from './draw.ts';
import { budgetLayer, HELD_SHAPE, logMs, seriesEncoding, uprightLayer } from './encodings.ts';
import { COLOUR, SERIES } from './palette.ts';
import { LEAST_MS, logDomain, logTicks } from './scales.ts';

type Rung = NonNullable<Probe['ladder']>[number];

const RESPONSE = 'p99 from the instant due';
const SERVICE = 'p99 of the fdatasync alone';

/** The p99 at each rate that a ladder tried, against the budget, with the highest rate that held. */
export async function ladderChart(probe: Probe, budgetMs: number, id: string): Promise<Chart | undefined> {
  const rungs = (probe.ladder ?? []).filter(({ responseMs }) => isMeasured(responseMs));
  if (rungs.length < 2) return undefined;
  const held = probe.maxRateWithinBudgetPerS ?? 0;
  const title = 'Latency against the rate of synced writes';
  const found = held === 0 ? 'No rate that was tried held.' : `${formatRate(held)} is the highest rate that held.`;
  return {
    id,
    title,
    caption: `${found} Latency counts from the instant at which a write was due, so a volume that falls behind cannot hide it; crosses did not hold ${formatMs(budgetMs)} or did not reach the rate. Both axes are logarithmic.`,
    legend: [
      { label: RESPONSE, mark: 'line', ...SERIES[0]! },
      { label: SERVICE, mark: 'line', ...SERIES[1]! },
      { label: `budget of ${formatMs(budgetMs)}`, mark: 'line', colour: 'fail' },
    ],
    ...(await drawBoth({ id, title, description: found, height: 230, top: 22 }, (width) =>
      spec(rungs, held, budgetMs, width),
    )),
    table: ladderTable(rungs),
  };
}

export function ladderTable(rungs: readonly Rung[]): Chart['table'] {
  return {
    columns: ['Asked for', 'Reached', 'p50', 'p99', 'fdatasync p99', 'Within the budget'],
    rows: rungs.map(({ ratePerS, achievedPerS, responseMs, serviceMs, withinBudget, verdict }) => [
      formatRate(ratePerS),
      formatRate(achievedPerS),
      isMeasured(responseMs) ? formatMs(responseMs.p50) : '–',
      isMeasured(responseMs) ? formatMs(responseMs.p99) : '–',
      isMeasured(serviceMs) ? formatMs(serviceMs.p99) : '–',
      withinBudget ? (verdict === 'pass' ? 'surely' : 'yes') : 'no',
    ]),
    note: 'p50 and p99 count from the instant at which the write was due.',
  };
}

function spec(rungs: readonly Rung[], heldPerS: number, budgetMs: number, width: WidthName): object {
  const values = rungs.flatMap(({ ratePerS, responseMs, serviceMs, withinBudget }) => [
    { rate: ratePerS, series: RESPONSE, ms: Math.max(LEAST_MS, responseMs.p99 ?? 0), held: withinBudget },
    ...(isMeasured(serviceMs)
      ? [{ rate: ratePerS, series: SERVICE, ms: Math.max(LEAST_MS, serviceMs.p99), held: withinBudget }]
      : []),
  ]);
  const domain = logDomain(
    values.map(({ ms }) => ms),
    [budgetMs],
  );
  const rates = logDomain(values.map(({ rate }) => rate));
  const x = {
    field: 'rate',
    type: 'quantitative',
    scale: { type: 'log', domain: rates, nice: false },
    axis: {
      values: logTicks(rates, width === 'wide' ? 12 : 5),
      labelExpr: "format(datum.value, ',') + '/s'",
      labelFlush: true,
    },
  };
  const y = logMs(domain);
  const { color, strokeDash } = seriesEncoding([RESPONSE, SERVICE]);
  const toTheRight = Math.log(heldPerS / rates[0]) > Math.log(rates[1] / rates[0]) / 2;
  return {
    layer: [
      budgetLayer(budgetMs),
      { data: { values }, mark: 'line', encoding: { x, y, color, strokeDash } },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 60, opacity: 1 },
        encoding: { x, y, color, shape: HELD_SHAPE },
      },
      ...(heldPerS === 0
        ? []
        : [
            uprightLayer('rate', [heldPerS]),
            {
              data: { values: [{ rate: heldPerS, label: `${formatRate(heldPerS)} held` }] },
              mark: {
                type: 'text',
                fontSize: 12,
                fontWeight: 'bold',
                color: COLOUR.text,
                align: toTheRight ? 'right' : 'left',
                baseline: 'bottom',
                dx: toTheRight ? -4 : 4,
                dy: -4,
              },
              encoding: {
                x: { field: 'rate', type: 'quantitative' },
                y: { value: 0 },
                text: { field: 'label' },
              },
            },
          ]),
    ],
  };
}
