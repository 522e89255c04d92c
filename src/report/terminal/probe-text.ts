import { probeTimeouts } from '../../core/advice/index.ts';
import { formatBytes, formatMs, formatNumber, isMeasured } from '../../core/run/index.ts';
import type { Probe } from '../../core/run/index.ts';
import { probeTable, verdictLine } from '../../probe/index.ts';
import type { DataTable } from '../charts/chart.ts';
import { latencyTable, peerTable, probeReasons, recipeTables, recipeText } from '../probe-view.ts';
import { VERDICT_SIGN } from '../view.ts';
import { recommendationItem } from './recommendation-item.ts';
import type { TextOptions } from './run-text.ts';
import { printable, styleFor, wrap } from './style.ts';
import type { Style } from './style.ts';

const WIDTHS = { least: 40, most: 110 };

/** Probes as a terminal shows them: one in full, several as a ranked table. Ends with a line break. */
export function renderProbeText(probes: readonly Probe[], options: TextOptions): string {
  const [only] = probes;
  const style = styleFor(options.color);
  if (probes.length !== 1 || only === undefined) return `${probeTable(probes)}\n${adviceText(probes[0], options)}`;
  const width = Math.min(WIDTHS.most, Math.max(WIDTHS.least, options.width));
  const peers = peerTable(only);
  const recipe = recipeText(only);
  const sections = [
    recipe === undefined ? [] : [style.dim(`  ${wrap(recipe, width - 2, '  ')}`)],
    tableLines(latencyTable(only), style),
    ...recipeTables(only).map(({ title, table }) => [style.bold(`  ${title}`), ...tableLines(table, style)]),
    factLines(only, width),
    probeReasons(only).map(({ verdict, text }) => {
      const sign = verdict === 'warning' ? '!' : VERDICT_SIGN[verdict];
      return `  ${sign} ${wrap(printable(text), width - 4, '    ')}`;
    }),
    peers === undefined ? [] : tableLines(peers, style),
  ];
  const body = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
  return `${printable(verdictLine(only))}\n\n${body}\n${adviceText(only, options)}`;
}

/** What the peers' round trips ask for. */
function adviceText(probe: Probe | undefined, { color, width }: TextOptions): string {
  const advice = probe === undefined ? [] : probeTimeouts(probe);
  if (advice.length === 0) return '';
  const style = styleFor(color);
  const lines = advice.map((one, i) => recommendationItem(one, advice[i - 1], Math.min(WIDTHS.most, width), style));
  return `\n${style.bold('  What to set')}\n${lines.join('\n')}\n`;
}

function tableLines({ columns, rows }: DataTable, style: Style): string[] {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell))));
  const widths = columns.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}`.trimEnd();
  return [style.dim(line(columns)), ...cells.map(line)];
}

function factLines({ deviceUse, volume, fio, walFsyncMs, recipe }: Probe, width: number): string[] {
  const lines: string[] = [];
  const add = (name: string, parts: readonly (string | undefined)[]): void => {
    const known = parts.filter((part) => part !== undefined && part !== '');
    if (known.length > 0)
      lines.push(`  ${name.padEnd(8)}${wrap(printable(known.join(', ')), width - 10, ' '.repeat(10))}`);
  };
  add('volume', [
    volume.stack === undefined || volume.stack.length === 0 ? (volume.device ?? undefined) : volume.stack.join(' on '),
    volume.model ?? undefined,
    volume.class === null ? undefined : `class ${volume.class}`,
    volume.scheduler === null || volume.scheduler === undefined ? undefined : `scheduler ${volume.scheduler}`,
    volume.writeCache === null || volume.writeCache === undefined ? undefined : `write cache ${volume.writeCache}`,
    volume.freeBytes === null || volume.freeBytes === undefined ? undefined : `${formatBytes(volume.freeBytes)} free`,
  ]);
  add('mount', [[volume.filesystem, volume.mountPoint].filter(Boolean).join(' on '), volume.mountOptions ?? undefined]);
  if (deviceUse !== undefined) {
    const { writesPerSync, flushesPerSync, otherWriters } = deviceUse;
    const others = otherWriters
      .slice(0, 3)
      .map(({ command, writtenBytes }) => `${command} ${formatBytes(writtenBytes)}`);
    add('a sync', [
      `${formatNumber(writesPerSync)} device writes`,
      flushesPerSync === null ? undefined : `${formatNumber(flushesPerSync)} flushes`,
    ]);
    add('others', [others.length === 0 ? undefined : `wrote meanwhile: ${others.join(', ')}`]);
  }
  if (fio !== undefined && recipe !== 'fio' && isMeasured(walFsyncMs)) {
    const ratio = (ours: number, its: number): string => `${formatMs(its)} (ours ${(ours / its).toFixed(2)} ×)`;
    add('fio', [`p50 ${ratio(walFsyncMs.p50, fio.p50Ms)}`, `p99 ${ratio(walFsyncMs.p99, fio.p99Ms)}`]);
  }
  return lines;
}
