import { formatMs, isMeasured } from '../../core/run/index.ts';
import type { Probe } from '../../core/run/index.ts';
import type { Chart } from './chart.ts';
import { drawBoth } from './draw.ts';
import type { WidthName } from './draw.ts';
import { LATE_COLOUR } from './encodings.ts';
import { COLOUR } from './palette.ts';
import { DURATION_LABEL, LEAST_MS, logDomain, logTicks } from './scales.ts';

type Phase = NonNullable<Probe['phases']>[number];

const ROW_HEIGHT = 40;

/** The WAL's p99 in each company, with its interval, against the budget. */
export async function neighbourChart(probe: Probe, budgetMs: number, id: string): Promise<Chart | undefined> {
  const phases = (probe.phases ?? []).filter(({ walFsyncMs }) => isMeasured(walFsyncMs));
  if (phases.length < 2) return undefined;
  const title = 'The WAL beside its neighbours';
  const description = phases
    .map(({ name, walFsyncMs, verdict }) => `${name}: p99 ${formatMs(walFsyncMs.p99 ?? 0)}, ${verdict}.`)
    .join(' ');
  return {
    id,
    title,
    caption: `p99 of the WAL’s fdatasync in each company, with its ${formatShareOf(probe.confidence)} interval. The line is the budget of ${formatMs(budgetMs)}; an interval wholly beyond it names the neighbour that breaks it. Logarithmic axis.`,
    legend: [
      { label: 'within the budget or undecided', mark: 'area', colour: 'accent' },
      { label: 'surely beyond it', mark: 'area', colour: 'fail' },
    ],
    ...(await drawBoth({ id, title, description, height: phases.length * ROW_HEIGHT, top: 8 }, (width) =>
      spec(phases, budgetMs, width),
    )),
    table: neighbourTable(probe.phases ?? []),
  };
}

export function neighbourTable(phases: readonly Phase[]): Chart['table'] {
  return {
    columns: ['Beside', 'WAL p50', 'WAL p99', 'Interval', 'Backend p99', 'Verdict'],
    rows: phases.map(({ name, walFsyncMs, p99IntervalMs, backendCommitMs, verdict }) => [
      name,
      isMeasured(walFsyncMs) ? formatMs(walFsyncMs.p50) : '–',
      isMeasured(walFsyncMs) ? formatMs(walFsyncMs.p99) : '–',
      p99IntervalMs === null ? 'unbounded' : `${formatMs(p99IntervalMs[0])} – ${formatMs(p99IntervalMs[1])}`,
      isMeasured(backendCommitMs) ? formatMs(backendCommitMs.p99) : '–',
      verdict,
    ]),
  };
}

function formatShareOf(confidence: number): string {
  return `${Math.round(confidence * 100)}%`;
}

function spec(phases: readonly Phase[], budgetMs: number, width: WidthName): object {
  const rows = phases.map(({ name, walFsyncMs, p99IntervalMs, verdict }) => {
    const p99 = Math.max(LEAST_MS, walFsyncMs.p99 ?? 0);
    const [low, high] = p99IntervalMs ?? [p99, walFsyncMs.max ?? p99];
    return {
      name,
      p99,
      low: Math.max(LEAST_MS, low),
      high,
      late: verdict === 'fail',
      label: `${name} · ${formatMs(p99)}`,
    };
  });
  const domain = logDomain(
    rows.flatMap(({ low, high, p99 }) => [low, high, p99]),
    [budgetMs],
  );
  const x = (field: string): object => ({
    field,
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: { values: logTicks(domain, width === 'wide' ? 12 : 5), labelExpr: DURATION_LABEL, labelFlush: true },
  });
  // Names stand above their rows, because there is no room beside the plot on a telephone.
  const y = {
    field: 'name',
    type: 'nominal',
    sort: rows.map(({ name }) => name),
    axis: { labels: false, domain: false, ticks: false, grid: false },
    scale: { padding: 0 },
  };
  const color = LATE_COLOUR;
  return {
    layer: [
      // A piece of the budget's line in every row, so that it runs through no name.
      {
        data: { values: rows.map(({ name }) => ({ name, budgetMs })) },
        mark: { type: 'tick', orient: 'vertical', thickness: 2, size: 20, yOffset: 8, color: COLOUR.fail },
        encoding: { x: x('budgetMs'), y },
      },
      {
        data: { values: rows },
        mark: { type: 'rule', strokeWidth: 6, opacity: 0.35, strokeCap: 'round', yOffset: 8 },
        encoding: { x: x('low'), x2: { field: 'high' }, y, color },
      },
      {
        data: { values: rows },
        mark: { type: 'point', filled: true, size: 90, opacity: 1, shape: 'diamond', yOffset: 8 },
        encoding: { x: x('p99'), y, color },
      },
      {
        data: { values: rows },
        mark: { type: 'text', align: 'left', fontSize: 12, color: COLOUR.text, dy: -8 },
        encoding: { x: { value: 2 }, y, text: { field: 'label' } },
      },
    ],
  };
}
