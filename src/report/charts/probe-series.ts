import { formatCount, formatMs, formatRate, formatSeconds } from '../../core/run/index.ts';
import type { Probe } from '../../core/run/index.ts';
import type { Chart, LegendEntry } from './chart.ts';
import { drawBoth } from './draw.ts';
import type { WidthName } from './draw.ts';
import { budgetLayer, countY, logMs, RATE_AREA, rateLayers, seriesEncoding, timeX } from './encodings.ts';
import { EVENT_ROW_HEIGHT, markLayers } from './events.ts';
import type { Mark } from './events.ts';
import { SERIES } from './palette.ts';
import { LATENCY_LINES, MOST_STRETCHES, TABLE_ROWS } from './over-time.ts';
import { LEAST_MS, linearTop, logDomain } from './scales.ts';

type Second = NonNullable<Probe['series']>[number];

/** Some seconds of a probe as one: of percentiles only the worst second's can be kept. */
interface Stretch {
  readonly t: number;
  readonly spanS: number;
  readonly countPerS: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly switches: number;
}

export function stretchesOf(seconds: readonly Second[], most: number): Stretch[] {
  const lengthS = (seconds.at(-1)?.t ?? 0) + 1;
  const spanS = Math.max(1, Math.ceil(lengthS / most));
  const groups = new Map<number, Second[]>();
  for (const second of seconds) {
    const start = Math.floor(second.t / spanS) * spanS;
    groups.set(start, [...(groups.get(start) ?? []), second]);
  }
  return [...groups].map(([t, group]) => {
    const count = group.reduce((sum, second) => sum + second.count, 0);
    return {
      t,
      spanS,
      countPerS: count / spanS,
      p50: group.reduce((sum, second) => sum + second.p50 * second.count, 0) / count,
      p99: Math.max(...group.map((second) => second.p99)),
      max: Math.max(...group.map((second) => second.max)),
      switches: group.reduce((sum, second) => sum + (second.switches ?? 0), 0),
    };
  });
}

const LINES = LATENCY_LINES.map((line, i) => ({ ...line, series: SERIES[i]! }));

/** Latency by the second against the budget, with the changes of WAL segments and the moves to another level. */
export async function probeLatencyChart(probe: Probe, budgetMs: number, id: string): Promise<Chart | undefined> {
  const seconds = probe.series ?? [];
  if (seconds.length < 2) return undefined;
  const spanS = (seconds.at(-1)?.t ?? 0) + 1;
  const marks = marksOf(probe);
  const spec = (width: WidthName): object => {
    const values = stretchesOf(seconds, MOST_STRETCHES[width]).flatMap((one) =>
      LINES.map(({ key, label }) => ({ t: one.t, series: label, ms: Math.max(LEAST_MS, one[key]) })),
    );
    const domain = logDomain(
      values.map(({ ms }) => ms),
      [budgetMs],
    );
    return {
      layer: [
        budgetLayer(budgetMs),
        {
          data: { values },
          mark: { type: 'line', strokeWidth: 1.75 },
          encoding: {
            x: timeX(spanS, width),
            y: logMs(domain),
            ...seriesEncoding(LINES.map(({ label }) => label)),
          },
        },
        ...markLayers(marks, spanS, width),
      ],
    };
  };
  return overTime(seconds, id, spec, 210, marks, {
    title: 'Latency over time',
    caption: `What the budget is held against, by the second; logarithmic axis. The solid level line is the budget of ${formatMs(budgetMs)}.`,
    legend: [
      ...LINES.map(({ label, series }) => ({ label, ...series, mark: 'line' }) as const),
      { label: 'budget', mark: 'line', colour: 'fail' },
    ],
    columns: ['Time', 'Samples', 'p50', 'p99', 'Longest', 'Segment changes'],
    row: (one) => [
      formatCount(one.countPerS * one.spanS),
      formatMs(one.p50),
      formatMs(one.p99),
      formatMs(one.max),
      one.switches === 0 ? '–' : formatCount(one.switches),
    ],
    description: `Latency over ${formatSeconds(spanS)} against a budget of ${formatMs(budgetMs)}; the longest took ${formatMs(Math.max(...seconds.map(({ max }) => max)))}.`,
  });
}

/** Syncs a second of a sustained probe, with what is left once burst credits are gone. */
export async function probeRateChart(probe: Probe, id: string): Promise<Chart | undefined> {
  const seconds = probe.series ?? [];
  const { sustained } = probe;
  if (sustained === undefined || seconds.length < 2) return undefined;
  const spanS = (seconds.at(-1)?.t ?? 0) + 1;
  const marks = marksOf(probe).filter(({ letter }) => letter !== SEGMENT);
  const baseline = sustained.burst?.baselineRatePerS;
  const spec = (width: WidthName): object => {
    const values = stretchesOf(seconds, MOST_STRETCHES[width]).map(({ t, countPerS }) => ({ t, countPerS }));
    const top = linearTop(values.map(({ countPerS }) => countPerS));
    return {
      layer: [
        {
          data: { values },
          mark: RATE_AREA,
          encoding: { x: timeX(spanS, width), y: countY('countPerS', top) },
        },
        ...rateLayers(baseline),
        ...markLayers(marks, spanS, width),
      ],
    };
  };
  const left = baseline === undefined ? '' : ` The dashed line is the ${formatRate(baseline)} that the credits end at.`;
  return overTime(seconds, id, spec, 150, marks, {
    title: 'Synced writes over time',
    caption: `Synced writes per second.${left}`,
    legend: [{ label: 'synced writes', mark: 'area', colour: 'accent' }],
    columns: ['Time', 'Synced writes/s'],
    row: ({ countPerS }) => [formatCount(countPerS)],
    description: `Synced writes a second over ${formatSeconds(spanS)}.${left}`,
  });
}

const SEGMENT = 'W';
const LEVEL = 'M';
const BURST = 'B';

const MARK_LABELS: Readonly<Record<string, string>> = {
  [SEGMENT]: 'change of WAL segment',
  [LEVEL]: 'move to another level',
  [BURST]: 'burst credits gone',
};

/** More changes of segments than these would hide the curve; the table keeps them all. */
const MOST_SWITCHES = 12;

function marksOf({ series = [], sustained }: Probe): Mark[] {
  const burstAtS = sustained?.burst?.endedAtS;
  const moves = (sustained?.changes ?? []).filter(({ atS }) => atS !== burstAtS);
  const switches = series.filter((second) => second.switches !== undefined);
  return [
    ...(switches.length > MOST_SWITCHES ? [] : switches.map(({ t }) => ({ t: t + 0.5, letter: SEGMENT }))),
    ...moves.map(({ atS }) => ({ t: atS, letter: LEVEL })),
    ...(burstAtS === undefined ? [] : [{ t: burstAtS, letter: BURST }]),
  ];
}

interface About {
  readonly title: string;
  readonly caption: string;
  readonly description: string;
  readonly legend: readonly LegendEntry[];
  readonly columns: readonly string[];
  readonly row: (stretch: Stretch) => readonly string[];
}

async function overTime(
  seconds: readonly Second[],
  id: string,
  spec: (width: WidthName) => object,
  height: number,
  marks: readonly Mark[],
  { title, caption, description, legend, columns, row }: About,
): Promise<Chart> {
  const top = marks.length === 0 ? 12 : 2 * EVENT_ROW_HEIGHT + 4;
  const letters = [...new Set(marks.map(({ letter }) => letter))];
  const rows = stretchesOf(seconds, TABLE_ROWS);
  const span = rows[0]?.spanS ?? 1;
  return {
    id,
    title,
    caption,
    legend: [
      ...legend,
      ...letters.map(
        (letter) => ({ label: MARK_LABELS[letter] ?? letter, letter, mark: 'letter', colour: 'text' }) as const,
      ),
    ],
    ...(await drawBoth({ id, title, description, height, top }, spec)),
    table: {
      columns,
      rows: rows.map((one) => [`${one.t} s`, ...row(one)]),
      ...(span > 1 && {
        note: `Each row stands for ${formatSeconds(span)}, with the p99 of its worst second; the stored probe has every second.`,
      }),
    },
  };
}
