import { formatCount, formatMs } from '../../core/run/index.ts';
import type { Probe } from '../../core/run/index.ts';
import { volumeHistory } from '../../probe/index.ts';
import type { HistoryRow } from '../../probe/index.ts';
import { historyChart } from '../charts/history.ts';
import { budgetOf } from '../probe-view.ts';
import { formatInstant } from '../view.ts';
import { figure } from './chart-section.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** Volumes over time, one chart each; `false` where every volume was probed once. */
export async function historySection(histories: readonly (readonly Probe[])[]): Promise<Html | false> {
  const figures: Html[] = [];
  for (const [i, probes] of histories.entries()) {
    const newest = probes.at(-1)!;
    const rows = volumeHistory(probes);
    const chart = await historyChart(rows, budgetOf(newest), `history-${i + 1}`, newest.path, {
      columns: ['Started', 'Verdict', 'p50', 'p99', 'Samples', 'Moved'],
      rows: rows.map((row) => [
        formatInstant(row.startedAt),
        row.verdict,
        formatMs(row.p50Ms),
        formatMs(row.p99Ms),
        formatCount(row.samples),
        movedText(row),
      ]),
    });
    if (chart !== undefined) figures.push(figure(chart));
  }
  return (
    figures.length > 0 &&
    html`<section aria-labelledby="history">
      <h2 id="history">Over time</h2>
      ${figures}
    </section>`
  );
}

function movedText({ moved }: HistoryRow): string {
  return moved === undefined ? '–' : `p99 from ${formatMs(moved.fromMs)} to ${formatMs(moved.toMs)}`;
}
