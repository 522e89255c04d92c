/** What every chart over time has in common. */
import type { WidthName } from './draw.ts';

/** As many stretches of time as a chart of that width can show. */
export const MOST_STRETCHES: Readonly<Record<WidthName, number>> = { wide: 240, narrow: 120 };
export const TABLE_ROWS = 30;

/** The lines of latency over time, in the order of the palette. */
export const LATENCY_LINES = [
  { key: 'p50', label: 'p50' },
  { key: 'p99', label: 'p99' },
  { key: 'max', label: 'longest' },
] as const;
