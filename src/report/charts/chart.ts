import type { Html } from '../html/html.ts';
import type { ColourName } from './palette.ts';

/** A chart as the page shows it: drawn twice, explained, and with its figures in a table. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What the axes are and how to read it, in a sentence or two. */
  readonly caption: string;
  readonly legend: readonly LegendEntry[];
  readonly wide: string;
  readonly narrow: string;
  readonly table: DataTable;
}

export interface LegendEntry {
  readonly label: string;
  readonly mark: 'line' | 'area' | 'dot' | 'letter';
  readonly colour: ColourName;
  readonly dash?: readonly number[];
  readonly letter?: string;
}

export interface DataTable {
  readonly columns: readonly string[];
  /** The first cell of a row heads it. */
  readonly rows: readonly (readonly (string | Html)[])[];
  /** The cells are words, not figures. */
  readonly words?: boolean;
  readonly note?: string;
}
