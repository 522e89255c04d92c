import * as vega from 'vega';
import { compile } from 'vega-lite';
import type { Config, TopLevelSpec } from 'vega-lite';
import { escapeText } from '../html/html.ts';
import { COLOUR, paint } from './palette.ts';

/** A drawing with its own frame: the plot's inner size, and the room around it for labels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly padding: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
}

/** The two widths that every chart is drawn for: beside a desk, and on a telephone. */
export const WIDTHS = { wide: 912, narrow: 344 } as const;
export type WidthName = keyof typeof WIDTHS;

function frameOf(width: WidthName, height: number, top = 16): Frame {
  const padding = { left: 52, right: 22, top, bottom: 24 };
  return { width: WIDTHS[width] - padding.left - padding.right, height, padding };
}

// Labels are measured without a font here, so nothing in a chart may depend on their width: paddings are fixed, and
// units and axis names stand in the caption.
const CONFIG: Config = {
  background: 'transparent',
  font: 'sans-serif',
  view: { stroke: null },
  axis: {
    title: null,
    labelColor: COLOUR.text,
    labelFontSize: 12,
    labelPadding: 6,
    labelOverlap: false,
    gridColor: COLOUR.grid,
    domainColor: COLOUR.axis,
    tickColor: COLOUR.axis,
    tickSize: 4,
  },
  axisY: { domain: false, ticks: false },
  axisX: { grid: false },
  line: { strokeWidth: 2, strokeCap: 'round', strokeJoin: 'round' },
};

/**
 * An SVG of the spec, without scripts, styles or outside fonts, that takes its colours from the page. `title` and
 * `description` are read out in its place. The same spec gives the same bytes.
 */
export async function draw(
  spec: object,
  frame: Frame,
  id: string,
  title: string,
  description: string,
): Promise<string> {
  const whole = { ...spec, width: frame.width, height: frame.height, padding: frame.padding, autosize: 'none' };
  const compiled = compile(whole as TopLevelSpec, { config: CONFIG });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logLevel: vega.Error });
  try {
    return finish(await view.toSVG(), id, title, description);
  } finally {
    view.finalize();
  }
}

/** What both drawings of a chart have in common. */
export interface Drawing {
  readonly id: string;
  readonly title: string;
  /** Read out in the chart's place. */
  readonly description: string;
  /** Of the plot, and of the room above it. */
  readonly height: number | Readonly<Record<WidthName, number>>;
  readonly top?: number;
}

/** The chart at both widths. */
export async function drawBoth(
  { id, title, description, height, top }: Drawing,
  spec: (width: WidthName) => object,
): Promise<{ readonly wide: string; readonly narrow: string }> {
  const render = (width: WidthName): Promise<string> => {
    const frame = frameOf(width, typeof height === 'number' ? height : height[width], top);
    return draw(spec(width), frame, `${id}-${width}`, title, description);
  };
  return { wide: await render('wide'), narrow: await render('narrow') };
}

function finish(svg: string, id: string, title: string, description: string): string {
  const size = /viewBox="([^"]*)"/.exec(svg)?.[1] ?? '0 0 0 0';
  const inner = svg
    .replace(/^<svg[^>]*>/, '')
    .replace(/<\/svg>\s*$/, '')
    .replaceAll(/<path class="(?:fore|back)ground"[^>]*\/>/g, '')
    .replaceAll(
      / (?:aria-[a-z]+|role|class|pointer-events|stroke-miterlimit|font-family|opacity|fill-opacity)="(?:[^"]*)"/g,
      (attribute) => (/^ (?:fill-)?opacity="(?!1")/.test(attribute) ? attribute : ''),
    )
    // Digits past the hundredth of a pixel differ between machines and are seen by nobody.
    .replaceAll(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2))))
    // Vega counts its ids over all charts of a process.
    .replaceAll(/\b(clip|gradient)\d+(?:_\d+)?\b/g, (name) => `${id}-${name.replace(/\d.*/, '')}`)
    .replaceAll(/<g>\s*<\/g>/g, '');
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${size}" role="img" aria-labelledby="${id}-t ${id}-d">`;
  const name = `<title id="${id}-t">${escapeText(title)}</title><desc id="${id}-d">${escapeText(description)}</desc>`;
  return `${head}${name}${paint(inner)}</svg>`;
}
