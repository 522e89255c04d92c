import type { Evidence, Finding, Recommendation, Warning } from '../../core/run/index.ts';
import { SEVERITY_SIGN, SEVERITY_WORD, VERDICT_SIGN, VERDICT_WORD, settingText } from '../view.ts';
import type { RunView } from '../view.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** Why the verdict is what it is: what was asked and answered, then what the figures mean. */
export function whySection({ run, judgement, findings }: RunView, prefix: string): Html {
  return html`<section aria-labelledby="${prefix}why">
    <h2 id="${prefix}why">Why</h2>
    <ul class="reasons">
      ${judgement.reasons.map(
        (reason) =>
          html`<li class="${reason.verdict}">
            <span class="sign" aria-hidden="true">${VERDICT_SIGN[reason.verdict]}</span
            ><span><span class="sr">${VERDICT_WORD[reason.verdict]}: </span>${reason.text}</span>
          </li> `,
      )}
    </ul>
    ${warningList(run.warnings ?? [])}
    <div class="findings">${findings.map(finding)}</div>
  </section> `;
}

/** What the measuring itself has to say, such as why it was cut short. */
function warningList(warnings: readonly Warning[]): Html | false {
  return (
    warnings.length > 0 &&
    html`<ul class="reasons">
      ${warnings.map(
        ({ text }) =>
          html`<li class="warning">
            <span class="sign" aria-hidden="true">!</span><span><span class="sr">Warning: </span>${text}</span>
          </li>`,
      )}
    </ul>`
  );
}

function finding({ severity, title, text, because, settle, source }: Finding): Html {
  return html`<article class="finding ${severity}">
    <h3>
      <span class="badge"><span aria-hidden="true">${SEVERITY_SIGN[severity]}</span> ${SEVERITY_WORD[severity]}</span>
      ${title}
    </h3>
    <p>${text}</p>
    ${evidenceList(because)}${settle !== undefined && html`<p class="settle"><b>To settle it:</b> ${settle}</p>`}
    <p class="source">Source: ${source}</p>
  </article> `;
}

function evidenceList(because: readonly Evidence[]): Html | false {
  return (
    because.length > 0 &&
    html`<ul class="evidence">
      ${because.map(({ text }) => html`<li>${text}</li>`)}
    </ul>`
  );
}

const ANSWER: Readonly<Record<Recommendation['answer'], string>> = {
  change: 'Change',
  keep: 'Keep',
  set: 'Set',
  'cannot tell': 'Cannot tell',
};

/** What to set, with the evidence for each. The explicit roles keep it a table where the narrow page stacks its cells. */
export function recommendationSection({ recommendations }: RunView, prefix: string): Html {
  return html`<section aria-labelledby="${prefix}what">
    <h2 id="${prefix}what">What to do</h2>
    ${settingsTable(recommendations)}
  </section> `;
}

export function settingsTable(recommendations: readonly Recommendation[]): Html {
  return html`<table class="settings" role="table">
    <caption class="sr">
      Recommended settings of etcd
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Setting</th>
        <th role="columnheader" scope="col">Now</th>
        <th role="columnheader" scope="col">Recommended</th>
        <th role="columnheader" scope="col">Because</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${recommendations.map(recommendation)}
    </tbody>
  </table>`;
}

function recommendation(one: Recommendation): Html {
  const known = one.recommended !== null;
  return html`<tr role="row" class="${one.answer.replace(' ', '-')}">
    <th role="rowheader" scope="row"><code>${one.setting}</code></th>
    <td role="cell" data-label="Now">${settingText(one.current, one.unit)}</td>
    <td role="cell" data-label="Recommended">
      <span class="answer">${ANSWER[one.answer]}</span
      >${known && html` <b>${settingText(one.recommended, one.unit)}</b>`}${
        known && one.answer !== 'keep' && html`<code class="flag">${one.flag}=${one.recommended}</code>`
      }
    </td>
    <td role="cell" data-label="Because">
      ${evidenceList(one.because)}${one.cost !== undefined && html`<p><b>Cost:</b> ${one.cost}.</p>`}${
        one.settle !== undefined && html`<p class="settle"><b>To settle it:</b> ${one.settle}</p>`
      }
      <p class="source">Source: ${one.source}</p>
    </td>
  </tr> `;
}
