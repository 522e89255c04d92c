import { html } from './html.ts';
import type { Html } from './html.ts';

/** Names with values; what is not known is left out. */
export function facts(rows: readonly (readonly [string, string | null | undefined])[]): Html {
  const known = rows.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return html`<dl class="facts">
    ${known.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div> `,
    )}
  </dl>`;
}
