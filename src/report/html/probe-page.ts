import { UsageError } from '../../base/errors.ts';
import { probeTimeouts } from '../../core/advice/index.ts';
import { formatBytes, formatMs, formatSeconds } from '../../core/run/index.ts';
import type { Probe, Verdict } from '../../core/run/index.ts';
import { historyKey, judgedLatency, probeRows, ranked } from '../../probe/index.ts';
import { SERIES } from '../charts/palette.ts';
import { percentileChart } from '../charts/percentiles.ts';
import { budgetOf, probeHeadline, probeReasons, probeSettle, probeTiles, recipeText } from '../probe-view.ts';
import { VERDICT_SIGN, VERDICT_WORD, formatInstant } from '../view.ts';
import { settingsTable } from './advice-sections.ts';
import { dataTable, figure } from './chart-section.ts';
import { facts } from './facts.ts';
import { page, tileList, verdictChip } from './frame.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { probeEvidence } from './probe-evidence.ts';
import { historySection } from './probe-history.ts';

/**
 * One self-contained page about one volume, or about several beside each other, best first. Probes of one volume at several
 * times make its history, of which the newest is shown in full. Throws UsageError for no probes.
 */
export async function renderProbeReport(probes: readonly Probe[]): Promise<string> {
  if (probes.length === 0) throw new UsageError('a report needs at least one probe');
  const { shown, histories } = newestOfEach(probes);
  const [only] = shown;
  const history = await historySection(histories);
  if (shown.length === 1 && only !== undefined) {
    return page('Disk probe', await probeBody(only, '', history));
  }
  const best = ranked(shown);
  const bodies: Html[] = [];
  for (const [i, probe] of best.entries()) {
    bodies.push(html`<div class="run">${await probeBody(probe, `p${i + 1}-`)}</div>`);
  }
  return page('Disk probes', html`${await comparison(best)}${history}${bodies}`);
}

function newestOfEach(probes: readonly Probe[]): { readonly shown: Probe[]; readonly histories: Probe[][] } {
  const byVolume = new Map<string, Probe[]>();
  for (const probe of probes) byVolume.set(historyKey(probe), [...(byVolume.get(historyKey(probe)) ?? []), probe]);
  const groups = [...byVolume.values()].map((group) =>
    group.sort((a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? '')),
  );
  return { shown: groups.map((group) => group.at(-1)!), histories: groups.filter((group) => group.length > 1) };
}

async function probeBody(probe: Probe, prefix: string, history: Html | false = false): Promise<Html> {
  const recipe = recipeText(probe);
  const settle = probeSettle(probe);
  const settings = probeTimeouts(probe);
  return html`<header class="verdict ${probe.verdict}" id="${prefix}top">
      <p class="eyebrow">etcdmark · disk probe</p>
      ${verdictChip(probe.verdict, probe.partial === true)} ${heading(probeHeadline(probe), prefix)}
      <p class="target">${subject(probe)}</p>
      ${tileList(probeTiles(probe))}
    </header>
    <section aria-labelledby="${prefix}why">
      <h2 id="${prefix}why">Why</h2>
      ${recipe !== undefined && html`<p class="lead"><b>How it was measured.</b> ${recipe}.</p>`}
      <ul class="reasons">
        ${probeReasons(probe).map(
          ({ verdict, text }) =>
            html`<li class="${verdict}">
              <span class="sign" aria-hidden="true">${verdict === 'warning' ? '!' : VERDICT_SIGN[verdict]}</span
              ><span
                ><span class="sr">${verdict === 'warning' ? 'Warning' : VERDICT_WORD[verdict]}: </span>${text}</span
              >
            </li> `,
        )}
      </ul>
      ${settle !== undefined && html`<p class="settle"><b>To settle it:</b> ${settle}</p>`}
    </section>
    ${
      settings.length > 0 &&
      html`<section aria-labelledby="${prefix}what">
        <h2 id="${prefix}what">What to set</h2>
        ${settingsTable(settings)}
      </section>`
    }
    ${history}
    <section aria-labelledby="${prefix}evidence">
      <h2 id="${prefix}evidence">Evidence</h2>
      ${await probeEvidence(probe, prefix)}
    </section>
    ${again(probe, prefix)}`;
}

function heading(text: string, prefix: string): Html {
  return prefix === '' ? html`<h1>${text}</h1>` : html`<h2 class="h1">${text}</h2>`;
}

function subject({ path, volume, startedAt }: Probe): string {
  const parts = [path, volume.device, volume.filesystem, volume.class, startedAt && formatInstant(startedAt)];
  return parts.filter((part) => part !== null && part !== undefined && part !== '').join(' · ');
}

function again(probe: Probe, prefix: string): Html {
  const { environment: machine, command, durationS, startedAt, budget } = probe;
  return html`<section aria-labelledby="${prefix}again">
    <h2 id="${prefix}again">Measure it again</h2>
    ${command !== undefined && html`<pre class="command" tabindex="0" aria-label="Command"><code>${command}</code></pre>`}
    ${facts([
      ['Started', startedAt === undefined ? null : formatInstant(startedAt)],
      [
        'Lasted',
        durationS === undefined ? null : `${formatSeconds(durationS)}${probe.partial === true ? ', cut short' : ''}`,
      ],
      ['Budget', budget === undefined ? formatMs(budgetOf(probe)) : `${budget.name}, ${formatMs(budget.p99Ms)}`],
      ['Kernel', machine?.kernel],
      ['System', machine?.os],
      ['Processor', machine?.cpu],
      ['Memory', machine === undefined ? null : formatBytes(machine.memoryBytes)],
      ['etcdmark', machine?.etcdmark],
      ['Node', machine?.node],
    ])}
  </section> `;
}

async function comparison(probes: readonly Probe[]): Promise<Html> {
  const verdicts: readonly Verdict[] = ['fail', 'inconclusive', 'pass'];
  const worst = verdicts.find((verdict) => probes.some((probe) => probe.verdict === verdict)) ?? 'inconclusive';
  const [best] = probes;
  const passed = probes.filter((probe) => probe.verdict === 'pass').length;
  const first = best?.verdict === 'pass' ? ` ${best.path} is the best.` : '';
  const [columns = [], ...rows] = probeRows(probes);
  const chart = await percentileChart(
    'compare-volumes',
    'Latency by percentile',
    'What the budget is held against, for each volume. Each step to the right is one nine more.',
    probes.map((probe) => ({ label: probe.path, latency: judgedLatency(probe) })),
  );
  const more = probes.length > SERIES.length && html`<p class="note">The chart shows the first ${SERIES.length}.</p>`;
  return html`<header class="verdict ${worst}">
      <p class="eyebrow">etcdmark · disk probes</p>
      ${verdictChip(
        worst,
        probes.some((probe) => probe.partial === true),
      )}
      <h1>${passed} of ${probes.length} volumes passed.${first}</h1>
    </header>
    <section aria-labelledby="compare">
      <h2 id="compare">Side by side, best first</h2>
      <ul class="runs">
        ${probes.map(
          (probe, i) =>
            html`<li class="${probe.verdict}">
              <span class="sign" aria-hidden="true">${VERDICT_SIGN[probe.verdict]}</span
              ><span
                ><a href="#p${i + 1}-top"><b>${probe.path}</b></a> ${VERDICT_WORD[probe.verdict]}:
                ${probeHeadline(probe)}</span
              >
            </li> `,
        )}
      </ul>
      ${dataTable({ columns, rows }, 'Volumes side by side')} ${chart !== undefined && figure(chart)}${more}
    </section>`;
}
