import type { Run, RunEvent } from '../../core/run/index.ts';
import type { LegendEntry } from './chart.ts';
import type { WidthName } from './draw.ts';
import { COLOUR } from './palette.ts';

/** Each kind of event has a letter, so that it is told apart without colours. */
const KINDS: Readonly<Record<RunEvent['kind'], { readonly letter: string; readonly label: string }>> = {
  'leader-change': { letter: 'L', label: 'leader change' },
  compaction: { letter: 'C', label: 'compaction' },
  defrag: { letter: 'D', label: 'defragmentation' },
  'slow-fsync': { letter: 'S', label: 'slow fsync' },
  alarm: { letter: 'A', label: 'alarm' },
  'member-down': { letter: '−', label: 'member down' },
  'member-up': { letter: '+', label: 'member up' },
  fault: { letter: 'F', label: 'fault made by this run' },
  note: { letter: 'N', label: 'note' },
};

export function eventLetter(kind: RunEvent['kind']): string {
  return KINDS[kind].letter;
}

export function eventLabel(kind: RunEvent['kind']): string {
  return KINDS[kind].label;
}

export function eventLegend(run: Run): LegendEntry[] {
  const kinds = [...new Set((run.events ?? []).map((event) => event.kind))];
  return kinds.map((kind) => ({
    label: KINDS[kind].label,
    letter: KINDS[kind].letter,
    mark: 'letter',
    colour: 'text',
  }));
}

/** Letters nearer to each other than this share of the chart's width stand in two rows. */
const NEAR: Readonly<Record<WidthName, number>> = { wide: 0.016, narrow: 0.045 };
const ROWS = 2;
export const EVENT_ROW_HEIGHT = 14;

/** Something at an instant of a chart over time, told by its letter. */
export interface Mark {
  readonly t: number;
  readonly letter: string;
}

export function eventLayers(run: Run, spanS: number, width: WidthName): object[] {
  return markLayers(
    (run.events ?? []).map(({ t, kind }) => ({ t, letter: KINDS[kind].letter })),
    spanS,
    width,
  );
}

/** Layers that draw marks over a chart whose x axis is `t` seconds: every one as a line, letters where there is room. */
export function markLayers(marks: readonly Mark[], spanS: number, width: WidthName): object[] {
  const events = [...marks].sort((a, b) => a.t - b.t);
  if (events.length === 0) return [];
  const x = { field: 't', type: 'quantitative' };
  return [
    {
      data: { values: distinct(events, spanS).map(({ t }) => ({ t })) },
      mark: { type: 'rule', color: COLOUR.text, strokeDash: [2, 3], strokeWidth: 1 },
      encoding: { x },
    },
    ...letters(events, NEAR[width] * spanS).map((values, row) => ({
      data: { values },
      mark: {
        type: 'text',
        color: COLOUR.text,
        fontSize: 11,
        fontWeight: 'bold',
        baseline: 'bottom',
        dy: -3 - row * EVENT_ROW_HEIGHT,
      },
      encoding: { x, y: { value: 0 }, text: { field: 'letter' } },
    })),
  ];
}

/** The letters by row; one that finds no room is left to the table. */
function letters(marks: readonly Mark[], nearS: number): Mark[][] {
  const rows: Mark[][] = Array.from({ length: ROWS }, () => []);
  for (const { t, letter } of marks) {
    const free = rows.find((row) => {
      const last = row.at(-1);
      return last === undefined || t - last.t >= nearS;
    });
    const repeated = rows.some((row) => row.at(-1)?.letter === letter && t - (row.at(-1)?.t ?? 0) < nearS);
    if (!repeated) free?.push({ t, letter });
  }
  return rows.filter((row) => row.length > 0);
}

/** Lines that would fall on the same pixel are drawn once: a thousand slow syncs are not a thousand shapes. */
function distinct(events: readonly Mark[], spanS: number): readonly Mark[] {
  const seen = new Set<number>();
  return events.filter(({ t }) => {
    const pixel = Math.round((800 * t) / spanS);
    if (seen.has(pixel)) return false;
    seen.add(pixel);
    return true;
  });
}
