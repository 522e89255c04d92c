import type { Run, RunEvent } from '../../core/run/index.ts';
import type { LegendEntry } from './chart.ts';
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

/** Beyond this many, equal letters within a fiftieth of the run are drawn once. */
const CROWDED = 24;

/** Layers that draw the events over a chart whose x axis is `t` seconds. */
export function eventLayers(run: Run, spanS: number): object[] {
  const values = thin(run.events ?? [], spanS).map(({ t, kind }) => ({ t, letter: KINDS[kind].letter }));
  if (values.length === 0) return [];
  const x = { field: 't', type: 'quantitative' };
  return [
    {
      data: { values },
      mark: { type: 'rule', color: COLOUR.text, strokeDash: [2, 3], strokeWidth: 1 },
      encoding: { x },
    },
    {
      data: { values },
      mark: {
        type: 'text',
        color: COLOUR.text,
        fontSize: 11,
        fontWeight: 'bold',
        baseline: 'bottom',
        dy: -3,
        clip: false,
      },
      encoding: { x, y: { value: 0 }, text: { field: 'letter' } },
    },
  ];
}

function thin(events: readonly RunEvent[], spanS: number): readonly RunEvent[] {
  if (events.length <= CROWDED) return events;
  const seen = new Set<string>();
  return events.filter(({ t, kind }) => {
    const slot = `${kind}@${Math.floor((50 * t) / Math.max(1, spanS))}`;
    if (seen.has(slot)) return false;
    seen.add(slot);
    return true;
  });
}
