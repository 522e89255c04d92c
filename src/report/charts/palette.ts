/**
 * Colours of charts. Vega draws with stand-in colours; the finished SVG then names the page's own custom properties, so
 * that one drawing serves the light, the dark and the printed page.
 */
const VARIABLES = {
  text: '--ink-soft',
  grid: '--line',
  axis: '--line-strong',
  accent: '--series-1',
  second: '--series-2',
  third: '--series-3',
  fourth: '--series-4',
  fifth: '--series-5',
  sixth: '--series-6',
  fail: '--fail',
  shade: '--shade',
  surface: '--surface',
} as const;

export type ColourName = keyof typeof VARIABLES;

const NAMES = Object.keys(VARIABLES) as ColourName[];

function standIn(index: number): string {
  return `#0f00${(0x10 + index).toString(16)}`;
}

/** What a chart's spec names its colours by. */
export const COLOUR = Object.fromEntries(NAMES.map((name, index) => [name, standIn(index)])) as Readonly<
  Record<ColourName, string>
>;

/** Series in their order. Dashes tell them apart where colours do not. */
export const SERIES: readonly { readonly colour: ColourName; readonly dash: readonly number[] }[] = [
  { colour: 'accent', dash: [] },
  { colour: 'second', dash: [7, 4] },
  { colour: 'third', dash: [2, 3] },
  { colour: 'fourth', dash: [10, 3, 2, 3] },
  { colour: 'fifth', dash: [14, 5] },
  { colour: 'sixth', dash: [5, 2, 2, 2, 2, 2] },
];

/** The finished drawing with the page's variables in place of the stand-ins. */
export function paint(svg: string): string {
  return svg.replaceAll(/#0f00([0-9a-f]{2})/g, (whole, digits: string) => {
    const name = NAMES[parseInt(digits, 16) - 0x10];
    return name === undefined ? whole : `var(${VARIABLES[name]})`;
  });
}

export function variableOf(colour: ColourName): string {
  return `var(${VARIABLES[colour]})`;
}
