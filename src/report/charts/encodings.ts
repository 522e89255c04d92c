/** Encodings and layers that several charts are made of. */
import type { WidthName } from './draw.ts';
import { COLOUR, SERIES } from './palette.ts';
import { DURATION_LABEL, logTicks } from './scales.ts';
import { timeAxis } from './series.ts';

/** Milliseconds upwards on a logarithmic axis. */
export function logMs(domain: readonly [number, number]): object {
  return {
    field: 'ms',
    type: 'quantitative',
    scale: { type: 'log', domain },
    axis: { values: logTicks(domain), labelExpr: DURATION_LABEL },
  };
}

/** Lines told apart by `series`: `labels` in the order of the palette, by colour and by dash. */
export function seriesEncoding(labels: readonly string[]): { readonly color: object; readonly strokeDash: object } {
  const scaled = (range: readonly unknown[]): object => ({
    field: 'series',
    type: 'nominal',
    legend: null,
    scale: { domain: labels, range },
  });
  const styles = labels.map((_, i) => SERIES[i]!);
  return {
    color: scaled(styles.map(({ colour }) => COLOUR[colour])),
    strokeDash: scaled(styles.map(({ dash }) => (dash.length === 0 ? [1, 0] : dash))),
  };
}

/** Seconds to the right, over the whole span. */
export function timeX(spanS: number, width: WidthName, field = 't'): object {
  return {
    field,
    type: 'quantitative',
    scale: { domain: [0, spanS], nice: false },
    axis: timeAxis(spanS, width === 'wide' ? 10 : 4),
  };
}

/** Points that held and points that did not. */
export const HELD_SHAPE = {
  field: 'held',
  legend: null,
  scale: { domain: [true, false], range: ['circle', 'cross'] },
};

/** What lies within the budget, and what is beyond it. */
export const LATE_COLOUR = {
  field: 'late',
  type: 'nominal',
  legend: null,
  scale: { domain: [false, true], range: [COLOUR.accent, COLOUR.fail] },
};

/** The axis of counts a second, from zero. */
export function countY(field: string, top: number): object {
  return {
    field,
    type: 'quantitative',
    scale: { domain: [0, top] },
    axis: { tickCount: 4, labelExpr: "format(datum.value, ',')" },
  };
}

export const RATE_AREA = {
  type: 'area',
  color: COLOUR.accent,
  fillOpacity: 0.18,
  line: { color: COLOUR.accent, strokeWidth: 2 },
};

/** The level line of a latency budget. */
export function budgetLayer(budgetMs: number): object {
  return {
    data: { values: [{ budgetMs }] },
    mark: { type: 'rule', color: COLOUR.fail, strokeWidth: 1.5 },
    encoding: { y: { field: 'budgetMs', type: 'quantitative' } },
  };
}

/** A dashed level line at a rate; nothing where there is none. */
export function rateLayers(ratePerS: number | undefined): object[] {
  if (ratePerS === undefined) return [];
  return [
    {
      data: { values: [{ ratePerS }] },
      mark: { type: 'rule', color: COLOUR.text, strokeDash: [5, 4], strokeWidth: 1.5 },
      encoding: { y: { field: 'ratePerS', type: 'quantitative' } },
    },
  ];
}

/** Dotted uprights at values of the x axis' own field. */
export function uprightLayer(field: string, at: readonly number[]): object {
  return {
    data: { values: at.map((value) => ({ [field]: value })) },
    mark: { type: 'rule', color: COLOUR.text, strokeDash: [2, 3] },
    encoding: { x: { field, type: 'quantitative' } },
  };
}
