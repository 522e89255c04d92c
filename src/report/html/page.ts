import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UsageError } from '../../base/errors.ts';
import type { Run, Verdict } from '../../core/run/index.ts';
import { VERDICT_SIGN, VERDICT_WORD, formatInstant, targetText, viewOf } from '../view.ts';
import type { RunView, Tile } from '../view.ts';
import { recommendationSection, whySection } from './advice-sections.ts';
import { comparisonSection, runName } from './comparison-section.ts';
import { evidenceSection } from './evidence-section.ts';
import { html, trusted } from './html.ts';
import type { Html } from './html.ts';
import { reproduceSection } from './reproduce-section.ts';

export interface ReportOptions {
  /** The page's title; the profile's name otherwise. */
  readonly title?: string;
}

/**
 * One self-contained page about one Run, or about several beside each other: no script, no request, nothing but what is in
 * the file. The same Runs give the same bytes. Throws UsageError for no Runs.
 */
export async function renderReport(runs: readonly Run[], options: ReportOptions = {}): Promise<string> {
  const [first] = runs;
  if (first === undefined) throw new UsageError('a report needs at least one run');
  const title = options.title ?? (runs.length === 1 ? first.profile.name : `${runs.length} runs compared`);
  const body = runs.length === 1 ? await runBody(first, '', title) : await comparisonBody(runs, title);
  return page(title, body);
}

async function comparisonBody(runs: readonly Run[], title: string): Promise<Html> {
  const bodies: Html[] = [];
  for (const [i, run] of runs.entries()) bodies.push(await runBody(run, `r${i + 1}-`, runName(run, i)));
  const { verdict, headline } = together(runs);
  return html`<header class="verdict ${verdict}">
      <p class="eyebrow">etcdmark · ${title}</p>
      ${verdictChip(
        verdict,
        runs.some((run) => run.partial),
      )}
      <h1>${headline}</h1>
    </header>
    ${await comparisonSection(runs)} ${bodies.map((body) => html`<div class="run">${body}</div>`)}`;
}

/** Verdict first, then why, then what to do, then the evidence, then how to measure it again. */
async function runBody(run: Run, prefix: string, title: string): Promise<Html> {
  const view = viewOf(run);
  return html`${verdictHeader(view, prefix, title)}
  ${whySection(view, prefix)}${recommendationSection(view, prefix)}${await evidenceSection(run, prefix)}${reproduceSection(run, prefix)}`;
}

/** The worst of several verdicts, and whose it is. */
function together(runs: readonly Run[]): { readonly verdict: Verdict; readonly headline: string } {
  const judgements = runs.map((run) => viewOf(run).judgement);
  for (const verdict of ['fail', 'inconclusive'] as const) {
    const such = judgements.filter((judgement) => judgement.verdict === verdict);
    const word = verdict === 'fail' ? 'failed' : such.length === 1 ? 'is inconclusive' : 'are inconclusive';
    const [first] = such;
    if (first !== undefined)
      return { verdict, headline: `${such.length} of ${runs.length} runs ${word}. ${first.headline}` };
  }
  return { verdict: 'pass', headline: `All ${runs.length} runs passed.` };
}

function verdictChip(verdict: Verdict, partial: boolean): Html {
  return html`<p class="chip">
    <span aria-hidden="true">${VERDICT_SIGN[verdict]}</span>
    ${VERDICT_WORD[verdict]}${partial && html` <small>cut short</small>`}
  </p>`;
}

function verdictHeader({ run, judgement, tiles }: RunView, prefix: string, title: string): Html {
  const heading =
    prefix === '' ? html`<h1>${judgement.headline}</h1>` : html`<h2 class="h1">${judgement.headline}</h2>`;
  return html`<header class="verdict ${judgement.verdict}" id="${prefix}top">
    <p class="eyebrow">etcdmark · ${title}</p>
    ${verdictChip(judgement.verdict, run.partial)} ${heading}
    <p class="target">${targetText(run)} · ${formatInstant(run.startedAt)}</p>
    <ul class="tiles">
      ${tiles.map(tile)}
    </ul>
  </header> `;
}

function tile({ label, value, note, verdict }: Tile): Html {
  const sign =
    verdict !== undefined &&
    html` <span class="sign ${verdict}" aria-hidden="true">${VERDICT_SIGN[verdict]}</span
      ><span class="sr"> ${VERDICT_WORD[verdict]}</span>`;
  return html`<li>
    <span class="label">${label}</span><span class="value">${value}${sign}</span><span class="small">${note}</span>
  </li> `;
}

function page(title: string, body: Html): string {
  const style = styleSheet();
  const hash = createHash('sha256').update(style).digest('base64');
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'sha256-${trusted(hash)}'; base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – etcdmark</title>
        ${trusted(`<style>${style}</style>`)}
      </head>
      <body>
        <main>${body}</main>
        <footer><p>Made by etcdmark. Thresholds and their sources stand beside each figure that uses them.</p></footer>
      </body>
    </html> `.markup;
}

/** From `reports/templates/`, which lies as far from the sources as from the built program. */
function styleSheet(): string {
  return readFileSync(new URL('../../../reports/templates/report.css', import.meta.url), 'utf8');
}
