import type { Chart, DataTable, LegendEntry } from '../charts/chart.ts';
import { variableOf } from '../charts/palette.ts';
import { html, trusted } from './html.ts';
import type { Html } from './html.ts';

/** A chart with its explanation, its legend, and its figures as a table. */
export function figure(chart: Chart): Html {
  return html`<figure class="chart" id="${chart.id}">
    <figcaption>
      <h4>${chart.title}</h4>
      <p>${chart.caption}</p>
    </figcaption>
    ${
      chart.legend.length > 0 &&
      html`<ul class="legend">
        ${chart.legend.map(legendItem)}
      </ul>`
    }
    <div class="wide">${trusted(chart.wide)}</div>
    <div class="narrow">${trusted(chart.narrow)}</div>
    <details>
      <summary>Figures of “${chart.title}” as a table</summary>
      ${dataTable(chart.table, chart.title)}
    </details>
  </figure> `;
}

export function dataTable(table: DataTable, label: string): Html {
  const [first, ...others] = table.columns;
  const align = table.words === true ? 'words' : 'num';
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
      <table>
        <thead>
          <tr>
            <th scope="col">${first}</th>
            ${others.map((column) => html`<th scope="col" class="${align}">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${table.rows.map(
            ([head, ...cells]) =>
              html`<tr>
                <th scope="row">${head}</th>
                ${cells.map((cell) => html`<td class="${align}">${cell}</td>`)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${table.note !== undefined && html`<p class="note">${table.note}</p>`}`;
}

function legendItem(entry: LegendEntry): Html {
  return html`<li>${trusted(swatch(entry))}<span>${entry.label}</span></li>`;
}

/** A sample of the mark as it is drawn: its dashes and its letter, not its colour alone. */
function swatch({ mark, colour, dash = [], letter }: LegendEntry): string {
  const open = '<svg class="swatch" viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">';
  const fill = variableOf(colour);
  switch (mark) {
    case 'line':
      return `${open}<path d="M1,6H27" fill="none" stroke="${fill}" stroke-width="2.5" stroke-dasharray="${dash.join(',')}"/></svg>`;
    case 'area':
      return `${open}<rect x="6" y="1" width="16" height="10" rx="2" fill="${fill}"/></svg>`;
    case 'dot':
      return `${open}<path d="M14,1L20,11H8Z" fill="${fill}"/></svg>`;
    case 'letter':
      return `<b class="letter" aria-hidden="true">${letter ?? ''}</b>`;
  }
}
