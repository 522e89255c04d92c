/** Prometheus' text format, as far as etcd writes it. Lines that are not understood are passed over. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Samples by metric name; a histogram is its `_bucket`, `_sum` and `_count`. */
export type Metrics = ReadonlyMap<string, readonly Sample[]>;

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

export function parseMetrics(text: string): Metrics {
  const metrics = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = LINE.exec(line);
    if (match === null) continue;
    const value = toNumber(match[3]!);
    if (value === undefined) continue;
    const sample = { labels: labelsOf(match[2] ?? ''), value };
    const samples = metrics.get(match[1]!);
    if (samples === undefined) metrics.set(match[1]!, [sample]);
    else samples.push(sample);
  }
  return metrics;
}

/** The sum over a metric's label sets; undefined where the member does not have it. */
export function sumOf(metrics: Metrics, name: string): number | undefined {
  return metrics.get(name)?.reduce((sum, sample) => sum + sample.value, 0);
}

/** Cumulative counts by upper bound in seconds, its label sets laid on each other, ascending. */
export interface Buckets {
  readonly bounds: readonly { readonly leS: number; readonly count: number }[];
  readonly sumS: number;
  readonly count: number;
}

export function bucketsOf(metrics: Metrics, name: string): Buckets | undefined {
  const samples = metrics.get(`${name}_bucket`);
  if (samples === undefined) return undefined;
  const byBound = new Map<number, number>();
  for (const { labels, value } of samples) {
    const le = toNumber(labels['le'] ?? '');
    if (le !== undefined) byBound.set(le, (byBound.get(le) ?? 0) + value);
  }
  return {
    bounds: [...byBound].map(([leS, count]) => ({ leS, count })).sort((a, b) => a.leS - b.leS),
    sumS: sumOf(metrics, `${name}_sum`) ?? 0,
    count: sumOf(metrics, `${name}_count`) ?? 0,
  };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(LABEL)) {
    labels[name!] = value!.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

function toNumber(text: string): number | undefined {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}
