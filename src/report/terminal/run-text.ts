import { formatCount, formatRate } from '../../core/run/index.ts';
import type { Finding, Run, Verdict } from '../../core/run/index.ts';
import { SEVERITY_SIGN, VERDICT_SIGN, VERDICT_WORD, orDash, targetText, viewOf } from '../view.ts';
import { recommendationItem } from './recommendation-item.ts';
import { printable, styleFor, wrap } from './style.ts';
import type { Style } from './style.ts';

export interface TextOptions {
  /** Whether escape sequences may be used. */
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** The least and the most that text is set in, whatever the terminal says. */
const WIDTHS = { least: 40, most: 110 };

/** A Run as a terminal shows it: verdict first, then the figures, why, and what to do. Ends with a line break. */
export function renderRunText(run: Run, options: TextOptions): string {
  const width = Math.min(WIDTHS.most, Math.max(WIDTHS.least, options.width));
  const style = styleFor(options.color);
  const view = viewOf(run);
  const { judgement, tiles, findings, recommendations } = view;
  const bad = findings.filter((finding) => finding.severity !== 'good');
  const sections = [
    [verdictLine(judgement.verdict, judgement.headline, width, style), style.dim(printable(subject(run)))],
    tiles.map(
      ({ label, value, note }) => `  ${label.padEnd(16)}${style.bold(value.padEnd(10))} ${style.dim(printable(note))}`,
    ),
    run.total.scheduled > 0 ? loadLines(run, style) : [],
    titled(
      'Why',
      [
        ...judgement.reasons.map(({ verdict, text }) => item(VERDICT_SIGN[verdict], text, verdict, width, style)),
        ...(run.warnings ?? []).map(({ text }) => item('!', text, 'inconclusive', width, style)),
        ...bad.map((finding) => findingItem(finding, width, style)),
      ],
      style,
    ),
    titled(
      'What to do',
      recommendations.map((one, i) => recommendationItem(one, recommendations[i - 1], width, style)),
      style,
    ),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
    .concat('\n');
}

/** The verdict in one line, as `probe` and a quiet command print it. */
export function renderVerdictLine(run: Run, options: TextOptions): string {
  const { judgement } = viewOf(run);
  return `${verdictLine(judgement.verdict, judgement.headline, Infinity, styleFor(options.color))}\n`;
}

function verdictLine(verdict: Verdict, headline: string, width: number, style: Style): string {
  const word = `${VERDICT_SIGN[verdict]} ${VERDICT_WORD[verdict].toUpperCase()}`;
  const text = wrap(printable(headline), width - word.length - 2, ' '.repeat(word.length + 2));
  return `${style.bold(tone(verdict, style)(word))}  ${text}`;
}

function tone(verdict: Verdict, style: Style): (text: string) => string {
  return { pass: style.good, fail: style.bad, inconclusive: style.unsure }[verdict];
}

function subject(run: Run): string {
  return `${run.profile.name} on ${targetText(run)}${run.partial ? ', cut short' : ''}`;
}

function titled(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : [style.bold(title), ...lines];
}

function item(sign: string, text: string, verdict: Verdict, width: number, style: Style): string {
  return `  ${tone(verdict, style)(sign)} ${wrap(printable(text), width - 4, '    ')}`;
}

function findingItem({ severity, title, text, settle }: Finding, width: number, style: Style): string {
  const verdict = severity === 'critical' ? 'fail' : severity === 'info' ? 'pass' : 'inconclusive';
  const sign = SEVERITY_SIGN[severity];
  const more = settle === undefined ? '' : ` To settle it: ${settle}`;
  const painted = severity === 'info' ? style.dim(sign) : tone(verdict, style)(sign);
  return `  ${painted} ${wrap(printable(`${title}. ${text}${more}`), width - 4, '    ')}`;
}

const COLUMNS = ['Class', 'Rate', 'Errors', 'p50', 'p99', 'p99.9', 'Longest'] as const;

function loadLines(run: Run, style: Style): string[] {
  const rows = [...Object.entries(run.operations), ['all', run.total] as const].map(([name, stats]) => [
    printable(name),
    formatRate(stats.ratePerS),
    formatCount(stats.errors),
    orDash(stats.responseMs, 'p50'),
    orDash(stats.responseMs, 'p99'),
    orDash(stats.responseMs, 'p999'),
    orDash(stats.responseMs, 'max'),
  ]);
  const widths = COLUMNS.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    '  ' + cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [style.dim(line(COLUMNS)), ...rows.map(line)];
}
