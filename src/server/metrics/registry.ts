/**
 * Counters, gauges and histograms in the Prometheus text format (version 0.0.4).
 *
 * Made for a hot path: a metric is a plain object whose numbers are added to in place; labels are joined once, when the
 * child is made, and everything else happens at scrape time.
 */

export interface Counter {
  value: number;
}

export interface Gauge {
  value: number;
}

/** Cumulative at scrape time only; `observe` touches one bucket. */
export interface Histogram {
  observe(value: number): void;
  readonly count: number;
  readonly sum: number;
}

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly children: Map<string, () => string>;
}

export class MetricsRegistry {
  readonly #families = new Map<string, Family>();

  counter(name: string, help: string, labels: Labels = {}): Counter {
    return this.#scalar(name, help, 'counter', labels);
  }

  gauge(name: string, help: string, labels: Labels = {}): Gauge {
    return this.#scalar(name, help, 'gauge', labels);
  }

  /** A gauge or counter whose value is read at scrape time. */
  read(name: string, help: string, type: 'counter' | 'gauge', value: () => number, labels: Labels = {}): void {
    const text = labelText(labels);
    this.#family(name, help, type).children.set(text, () => `${name}${text} ${formatNumber(value())}\n`);
  }

  /** Gauges of 1, one for each set of labels that is there at scrape time, and of 0 for those that were there before. */
  present(name: string, help: string, current: () => Iterable<Labels>): void {
    const seen = new Set<string>();
    this.#family(name, help, 'gauge').children.set('', () => {
      const now = new Set([...current()].map(labelText));
      for (const text of now) seen.add(text);
      return [...seen].map((text) => `${name}${text} ${now.has(text) ? 1 : 0}\n`).join('');
    });
  }

  /** `upperBounds` in rising order, without +Inf. */
  histogram(name: string, help: string, upperBounds: readonly number[], labels: Labels = {}): Histogram {
    const histogram = new BucketHistogram(upperBounds);
    this.#family(name, help, 'histogram').children.set(labelText(labels), () => histogram.expose(name, labels));
    return histogram;
  }

  /** The whole registry, families sorted by name. */
  expose(): string {
    const parts: string[] = [];
    for (const name of [...this.#families.keys()].sort()) {
      const family = this.#families.get(name)!;
      const series = [...family.children.values()].map((expose) => expose()).join('');
      if (series !== '') parts.push(`# HELP ${name} ${family.help}\n# TYPE ${name} ${family.type}\n`, series);
    }
    return parts.join('');
  }

  #scalar(name: string, help: string, type: 'counter' | 'gauge', labels: Labels): { value: number } {
    const metric = { value: 0 };
    this.read(name, help, type, () => metric.value, labels);
    return metric;
  }

  #family(name: string, help: string, type: Family['type']): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { help, type, children: new Map() };
      this.#families.set(name, family);
    }
    return family;
  }
}

/** `count` bounds from `start`, each `factor` times the one before. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start * factor ** i);
}

/** What `make` makes of a key, made when it is first asked for: the children of a family, as a vector of Prometheus has them. */
export function madeOnce<K, T>(make: (key: K) => T): (key: K) => T {
  const made = new Map<K, T>();
  return (key) => {
    let known = made.get(key);
    if (known === undefined) {
      known = make(key);
      made.set(key, known);
    }
    return known;
  };
}

class BucketHistogram implements Histogram {
  count = 0;
  sum = 0;
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    this.#counts[bucket]! += 1;
    this.count++;
    this.sum += value;
  }

  expose(name: string, labels: Labels): string {
    const lines: string[] = [];
    let cumulative = 0;
    this.#counts.forEach((count, i) => {
      cumulative += count;
      const bound = i < this.#bounds.length ? formatNumber(this.#bounds[i]!) : '+Inf';
      lines.push(`${name}_bucket${labelText({ ...labels, le: bound })} ${formatNumber(cumulative)}\n`);
    });
    const text = labelText(labels);
    lines.push(`${name}_sum${text} ${formatNumber(this.sum)}\n${name}_count${text} ${formatNumber(this.count)}\n`);
    return lines.join('');
  }
}

function labelText(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return '';
  const pairs = names.map((name) => `${name}="${labels[name]!.replace(/[\\"\n]/g, escapeLabel)}"`);
  return `{${pairs.join(',')}}`;
}

function escapeLabel(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(value);
  // As Go spells it, with two digits of exponent at least.
  return value.toExponential().replace(/([+-])(\d)$/, '$10$2');
}
