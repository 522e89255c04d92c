/** What every page has: its head, the chip of a verdict, and the headline figures. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Verdict } from '../../core/run/index.ts';
import { VERDICT_SIGN, VERDICT_WORD } from '../view.ts';
import type { Tile } from '../view.ts';
import { html, trusted } from './html.ts';
import type { Html } from './html.ts';

export function verdictChip(verdict: Verdict, partial: boolean): Html {
  return html`<p class="chip">
    <span aria-hidden="true">${VERDICT_SIGN[verdict]}</span>
    ${VERDICT_WORD[verdict]}${partial && html` <small>cut short</small>`}
  </p>`;
}

export function tileList(tiles: readonly Tile[]): Html {
  return html`<ul class="tiles">
    ${tiles.map(tile)}
  </ul>`;
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

export function page(title: string, body: Html): string {
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
