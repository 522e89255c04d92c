/** JSON as it comes over the wire: several values end to end, and integers that a double cannot hold. */
import { JsonError } from './json-error.ts';

/** Cuts a stream of characters into JSON values: objects, arrays, or scalars with white space behind them. */
export class JsonSplitter {
  /** The value so far, beginning with its first character, as it came in pieces. */
  #pieces: string[] = [];
  #length = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** Characters that wait for the rest of their value. */
  get pendingLength(): number {
    return this.#length;
  }

  /** The values that are complete once `text` has been added. */
  push(text: string): string[] {
    const values: string[] = [];
    let rest = this.#length === 0 ? text.trimStart() : text;
    while (rest !== '') {
      const end = this.#scan(rest);
      this.#pieces.push(rest.slice(0, end));
      this.#length += end ?? rest.length;
      if (end === undefined) break;
      values.push(this.#take().trimEnd());
      rest = rest.slice(end).trimStart();
    }
    return values;
  }

  /** What is left when no more comes: a scalar, or a value that was cut short. */
  end(): string | undefined {
    return this.#length === 0 ? undefined : this.#take();
  }

  /** Where in `text`, which goes on with the value, it ends; undefined if it does not yet. */
  #scan(text: string): number | undefined {
    for (let i = 0; i < text.length; i++) {
      if (this.#step(text.charCodeAt(i))) return i + 1;
    }
    return undefined;
  }

  /** Takes one character; true where the value ends behind it. */
  #step(code: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (code === BACKSLASH) this.#escaped = true;
      else if (code === QUOTE) {
        this.#inString = false;
        return this.#depth === 0;
      }
      return false;
    }
    if (code === QUOTE) this.#inString = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) this.#depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) return --this.#depth <= 0;
    return this.#depth === 0 && code <= SPACE;
  }

  #take(): string {
    const value = this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    return value;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

/**
 * Parses one value. Integers of 16 digits and more come as strings, which the 64-bit fields take as well, because JSON.parse
 * would round them: a lease id would become another one.
 */
export function parseJson(text: string): unknown {
  const { quoted, names } = quoteLongIntegers(text);
  let value: unknown;
  try {
    value = JSON.parse(quoted);
  } catch {
    throw new JsonError('the request is no JSON object, or is cut short');
  }
  // JSON.parse takes the last of two; etcd refuses them.
  if (namesIn(value) < names) throw new JsonError('the request holds an object that has a name twice');
  return value;
}

function namesIn(value: unknown): number {
  let count = 0;
  const open = [value];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (typeof at !== 'object' || at === null) continue;
    const items = Object.values(at);
    if (!Array.isArray(at)) count += items.length;
    for (const item of items) open.push(item);
  }
  return count;
}

const LONG_INTEGER = /(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** `names`: how many there are before a colon. */
function quoteLongIntegers(text: string): { quoted: string; names: number } {
  let quoted = '';
  let names = 0;
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('"', at);
    const end = open < 0 ? text.length : open;
    const outside = text.slice(at, end);
    for (let colon = outside.indexOf(':'); colon >= 0; colon = outside.indexOf(':', colon + 1)) names++;
    quoted += outside.replace(LONG_INTEGER, '"$&"');
    at = open < 0 ? end : endOfString(text, open);
    quoted += text.slice(end, at);
  }
  return { quoted, names };
}

/** Behind the quote that closes the string opened at `open`. */
function endOfString(text: string, open: number): number {
  for (let from = open + 1; ;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return text.length;
    let backslash = quote - 1;
    while (text.charCodeAt(backslash) === BACKSLASH) backslash--;
    if ((quote - backslash) % 2 === 1) return quote + 1;
    from = quote + 1;
  }
}
