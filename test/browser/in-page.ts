/**
 * What is asked of a page from within. Each function is sent to the browser as text, so it may use nothing from outside
 * itself but the browser's own globals, of which only what is used here is declared.
 */
interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly width: number;
}

interface PageElement {
  readonly id: string;
  readonly tagName: string;
  readonly textContent: string | null;
  readonly parentElement: PageElement | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  readonly scrollWidth: number;
  getAttribute(name: string): string | null;
  getBoundingClientRect(): Box;
  getClientRects(): { readonly length: number };
  closest(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

interface Canvas2d {
  fillStyle: string;
  clearRect(x: number, y: number, width: number, height: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  getImageData(x: number, y: number, width: number, height: number): { readonly data: Iterable<number> };
}

declare const document: {
  readonly documentElement: PageElement;
  querySelectorAll(selector: string): Iterable<PageElement>;
  createElement(name: 'canvas'): { getContext(kind: '2d', options: object): Canvas2d };
};

declare function getComputedStyle(element: PageElement): {
  readonly color: string;
  readonly fill: string;
  readonly backgroundColor: string;
};

/** How wide the page would like to be, in px. */
export function contentWidth(): number {
  return document.documentElement.scrollWidth;
}

export function pageGround(): string {
  return getComputedStyle(document.documentElement).backgroundColor;
}

/** Ids that stand twice, and references to ids that are not there. */
export function brokenIds(): string[] {
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  const named = [...document.querySelectorAll('[aria-labelledby]')].flatMap((element) =>
    (element.getAttribute('aria-labelledby') ?? '').split(' '),
  );
  const linked = [...document.querySelectorAll('a[href^="#"]')].map((link) =>
    (link.getAttribute('href') ?? '').slice(1),
  );
  return [...twice, ...[...named, ...linked].filter((id) => !ids.includes(id))];
}

/** Labels that leave their drawing, or lie on another label. */
export function labelFaults(): string[] {
  const faults: string[] = [];
  for (const svg of document.querySelectorAll('figure svg[role="img"]')) {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0) continue;
    const labels = [...svg.querySelectorAll('text')].map((text) => ({
      text: text.textContent ?? '',
      box: text.getBoundingClientRect(),
    }));
    labels.forEach(({ text, box }, i) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1) faults.push(`${text} leaves its chart`);
      for (const other of labels.slice(i + 1)) {
        const beside = box.right <= other.box.left + 1 || other.box.right <= box.left + 1;
        // A line box is taller than what is drawn in it.
        const apart = beside || box.bottom <= other.box.top + 3 || other.box.bottom <= box.top + 3;
        if (!apart) faults.push(`${text} covers ${other.text}`);
      }
    });
  }
  return faults;
}

/** Pieces of text whose contrast with the ground behind them is under `least` (WCAG's ratio). */
export function lowContrast(least: number): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour: string): number[] => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour: number[]): number => {
    const linear = colour.slice(0, 3).map((byte) => {
      const part = byte / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  };
  const groundOf = (element: PageElement): number[] => {
    for (let at: PageElement | null = element; at !== null; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const faults = new Set<string>();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    if (!own || element.closest('desc, title') || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const ink = luminance(rgba(element.tagName === 'text' ? style.fill : style.color));
    const ground = luminance(groundOf(element));
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (contrast < least) faults.add(`${contrast.toFixed(2)}: ${(element.textContent ?? '').trim().slice(0, 60)}`);
  }
  return [...faults];
}
