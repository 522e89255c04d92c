import { formatCount, formatRate } from '../../core/run/index.ts';
import type { Recommendation, Run } from '../../core/run/index.ts';
import {
  SEVERITY_SIGN,
  SEVERITY_WORD,
  VERDICT_SIGN,
  VERDICT_WORD,
  formatInstant,
  orDash,
  settingText,
  targetText,
  viewOf,
} from '../view.ts';

/** A step summary of GitHub stops at 1,024 KiB; this stays far below, whatever the Run holds. */
const MOST_BYTES = 200_000;
const MOST_CLASSES = 40;

/** The Run in Markdown, short enough for a CI step summary: verdict, figures, what to do, why. */
export function renderSummary(run: Run): string {
  const { judgement, findings, recommendations, tiles } = viewOf(run);
  const parts = [
    `## ${VERDICT_SIGN[judgement.verdict]} ${VERDICT_WORD[judgement.verdict]}: ${escapeMarkdown(judgement.headline)}`,
    `${escapeMarkdown(run.profile.name)} on ${escapeMarkdown(targetText(run))}, ${formatInstant(run.startedAt)}${run.partial ? ', **cut short**' : ''}`,
    table(
      ['Figure', 'Value', ''],
      tiles.map(({ label, value, note }) => [label, `**${value}**`, escapeMarkdown(note)]),
    ),
    '### Why',
    [
      ...judgement.reasons.map(({ verdict, text }) => `- ${VERDICT_SIGN[verdict]} ${escapeMarkdown(text)}`),
      ...(run.warnings ?? []).map(({ text }) => `- ! ${escapeMarkdown(text)}`),
    ].join('\n'),
    findings
      .map(({ severity, title, text, settle }) => {
        const more = settle === undefined ? '' : ` To settle it: ${escapeMarkdown(settle)}`;
        return `- ${SEVERITY_SIGN[severity]} ${SEVERITY_WORD[severity]}: **${escapeMarkdown(title)}.** ${escapeMarkdown(text)}${more}`;
      })
      .join('\n'),
    '### What to do',
    table(['Setting', 'Now', 'Recommended', 'Because'], recommendations.map(recommendationRow)),
    ...(run.total.scheduled > 0 ? ['### Load', loadTable(run)] : []),
    '### Measure it again',
    codeBlock(run.command),
  ];
  return truncate(parts.filter((part) => part !== '').join('\n\n') + '\n');
}

function recommendationRow(one: Recommendation): string[] {
  const wanted = one.recommended === null ? '' : ` **${escapeMarkdown(settingText(one.recommended, one.unit))}**`;
  const settle = one.settle === undefined ? [] : [`To settle it: ${one.settle}`];
  const because = [...one.because.map(({ text }) => text), ...settle].join('; ');
  return [
    `\`${one.setting}\``,
    escapeMarkdown(settingText(one.current, one.unit)),
    one.answer + wanted,
    escapeMarkdown(because),
  ];
}

function loadTable(run: Run): string {
  const classes = Object.entries(run.operations).slice(0, MOST_CLASSES);
  const rows = [...classes, ['All', run.total] as const].map(([name, stats]) => [
    escapeMarkdown(name),
    formatRate(stats.ratePerS),
    formatCount(stats.errors),
    formatCount(stats.skipped),
    orDash(stats.responseMs, 'p50'),
    orDash(stats.responseMs, 'p99'),
    orDash(stats.responseMs, 'max'),
  ]);
  return table(['Class', 'Rate', 'Errors', 'Skipped', 'p50', 'p99', 'Longest'], rows);
}

/** A table of cells that are Markdown already: what comes from outside has been escaped. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text from outside, without the power to make markup, a new cell or a new row. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\s*[\r\n\u2028\u2029]\s*/g, ' ');
}

/** A fence longer than any run of backticks within. */
function codeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sh\n${text}\n${fence}`;
}

function truncate(text: string): string {
  if (text.length <= MOST_BYTES) return text;
  return `${text.slice(0, text.lastIndexOf('\n', MOST_BYTES))}\n\n…the rest is in report.html\n`;
}
