import { UsageError } from '../../base/errors.ts';
import type { Run, Verdict } from '../../core/run/index.ts';
import { formatInstant, targetText, viewOf } from '../view.ts';
import type { RunView } from '../view.ts';
import { recommendationSection, whySection } from './advice-sections.ts';
import { comparisonSection, runName } from './comparison-section.ts';
import { evidenceSection } from './evidence-section.ts';
import { page, tileList, verdictChip } from './frame.ts';
import { html } from './html.ts';
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

function verdictHeader({ run, judgement, tiles }: RunView, prefix: string, title: string): Html {
  const heading =
    prefix === '' ? html`<h1>${judgement.headline}</h1>` : html`<h2 class="h1">${judgement.headline}</h2>`;
  return html`<header class="verdict ${judgement.verdict}" id="${prefix}top">
    <p class="eyebrow">etcdmark · ${title}</p>
    ${verdictChip(judgement.verdict, run.partial)} ${heading}
    <p class="target">${targetText(run)} · ${formatInstant(run.startedAt)}</p>
    ${tileList(tiles)}
  </header> `;
}
