/** A recording as the few hundred lines that are kept: shapes and their counts, what objects live through, their sizes. */
import { keyName, shapeOf } from './shape.ts';
import type { KeyNames } from './shape.ts';
import type { SeenRequest } from './recorder.ts';

export interface Distillate {
  /** By scenario, then by shape, then by resource: how often. */
  readonly scenarios: Readonly<Record<string, ScenarioShapes>>;
  /** By resource: what was done to one object from its creation on, and to how many. */
  readonly lives: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By resource: bytes of the values written. */
  readonly sizes: Readonly<Record<string, Sizes>>;
}

export interface ScenarioShapes {
  readonly seconds: number;
  readonly requests: number;
  readonly shapes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Sizes {
  readonly created?: Spread;
  readonly updated?: Spread;
  /** Bytes that an update adds, on average. */
  readonly growth?: number;
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Of what is told by its counts, the most frequent; the rest is counted together. */
const MOST_RESOURCES = 4;
const MOST_LIVES = 2;
/** Fewer objects of a kind say nothing of it. */
const LEAST_OBJECTS = 20;

export function distil(requests: readonly SeenRequest[], registry: string): Distillate {
  const names = namesIn(requests);
  return {
    scenarios: scenariosOf(requests, names, registry),
    lives: livesOf(requests, names, registry),
    sizes: sizesOf(requests, names, registry),
  };
}

/** The resources, by what was listed, counted or watched. */
export function namesIn(requests: readonly SeenRequest[]): KeyNames {
  const prefixes = new Set<string>();
  for (const { method, message } of requests) {
    const range = (method === 'watch' ? message['createRequest'] : method === 'range' ? message : undefined) as
      { key: string; rangeEnd: string } | undefined;
    if (range === undefined || range.rangeEnd === '' || !range.key.endsWith('/')) continue;
    prefixes.add(range.key);
  }
  return { prefixes };
}

/** `pods` of `/registry/pods/default/x`: the longest of the known prefixes. */
export function resourceOf(key: string, { prefixes }: KeyNames, registry: string): string {
  let best = '';
  for (const prefix of prefixes) {
    if ((key.startsWith(prefix) || `${key}/` === prefix) && prefix.length > best.length) best = prefix;
  }
  if (best === '') return key.startsWith(`${registry}/`) ? key.slice(registry.length + 1).split('/')[0]! : key;
  const resource = best.slice(registry.length + 1, -1);
  // Leases of nodes and of leaders lie beside each other and are of another kind of load.
  return resource === 'leases' && key.length > best.length
    ? `leases/${key.slice(best.length).split('/')[0]!}`
    : resource;
}

function scenariosOf(requests: readonly SeenRequest[], names: KeyNames, registry: string) {
  const scenarios: Record<string, { first: number; last: number; requests: number; shapes: Counts }> = {};
  for (const { scenario, atMs, method, message, metadata } of requests) {
    const of = (scenarios[scenario] ??= { first: atMs, last: atMs, requests: 0, shapes: {} });
    of.last = atMs;
    of.requests++;
    const shape = shapeOf(method, message, names, metadata);
    const key = firstKey(message);
    const counts = (of.shapes[shape] ??= {});
    const resource = key === undefined ? '-' : resourceOf(key, names, registry);
    counts[resource] = (counts[resource] ?? 0) + 1;
  }
  return Object.fromEntries(
    Object.entries(scenarios).map(([name, { first, last, requests: count, shapes }]) => [
      name,
      { seconds: Math.round((last - first) / 1_000), requests: count, shapes: byCount(shapes) },
    ]),
  );
}

type Counts = Record<string, Record<string, number>>;

function byCount(shapes: Counts): Counts {
  const total = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, n) => sum + n, 0);
  return Object.fromEntries(
    Object.entries(shapes)
      .sort(([, a], [, b]) => total(b) - total(a))
      .map(([shape, counts]) => [shape, mostFrequent(counts, MOST_RESOURCES)]),
  );
}

/** The `most` largest counts and the sum of the others. */
function mostFrequent(counts: Readonly<Record<string, number>>, most: number): Record<string, number> {
  const sorted = Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const rest = sorted.slice(most).reduce((sum, [, n]) => sum + n, 0);
  return Object.fromEntries([...sorted.slice(0, most), ...(rest > 0 ? [['others', rest] as const] : [])]);
}

/** The first key in a message, wherever it is. */
function firstKey(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if ('key' in message && typeof message.key === 'string') return message.key;
  for (const value of Object.values(message)) {
    const found = firstKey(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a Txn of one object does: `create`, `update`, `delete`; `-lost` where its compare failed. */
function deedOf({ method, message, answer }: SeenRequest): { key: string; deed: string } | undefined {
  const key = firstKey(message);
  if (key === undefined) return undefined;
  if (method === 'range') return message['rangeEnd'] === '' ? { key, deed: 'get' } : undefined;
  if (method !== 'txn') return undefined;
  const { compare, success } = message as {
    compare: { modRevision?: number }[];
    success: { requestPut?: unknown; requestDeleteRange?: unknown }[];
  };
  const [operation] = success;
  const lost = answer?.succeeded === false ? '-lost' : '';
  if (operation?.requestDeleteRange !== undefined) return { key, deed: `delete${lost}` };
  if (operation?.requestPut === undefined) return undefined;
  return { key, deed: `${(compare[0]?.modRevision ?? 0) === 0 ? 'create' : 'update'}${lost}` };
}

function livesOf(requests: readonly SeenRequest[], names: KeyNames, registry: string) {
  const deeds = new Map<string, string[]>();
  for (const request of requests) {
    const deed = deedOf(request);
    if (deed === undefined || keyName(deed.key, '', names) !== '<object>') continue;
    const known = deeds.get(deed.key);
    if (known !== undefined) known.push(deed.deed);
    // What was there before has no beginning here.
    else if (deed.deed === 'create') deeds.set(deed.key, [deed.deed]);
  }
  const lives: Counts = {};
  for (const [key, steps] of deeds) {
    const of = (lives[resourceOf(key, names, registry)] ??= {});
    const life = runLengths(steps);
    of[life] = (of[life] ?? 0) + 1;
  }
  return Object.fromEntries(
    Object.entries(lives)
      .filter(([, counts]) => Object.values(counts).reduce((sum, n) => sum + n, 0) >= LEAST_OBJECTS)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([resource, counts]) => [resource, mostFrequent(counts, MOST_LIVES)]),
  );
}

/** `create 4 update delete`. */
function runLengths(steps: readonly string[]): string {
  const runs: { step: string; count: number }[] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    if (last?.step === step) last.count++;
    else runs.push({ step, count: 1 });
  }
  return runs.map(({ step, count }) => (count === 1 ? step : `${count} ${step}`)).join(', ');
}

function sizesOf(requests: readonly SeenRequest[], names: KeyNames, registry: string) {
  const sizes = new Map<string, { created: number[]; updated: number[]; grown: number[] }>();
  const before = new Map<string, number>();
  for (const request of requests) {
    const deed = deedOf(request);
    const [written] = request.written;
    if (deed === undefined || written === undefined || request.answer?.succeeded !== true) continue;
    const [key, bytes] = written;
    const resource = resourceOf(key, names, registry);
    let of = sizes.get(resource);
    if (of === undefined) sizes.set(resource, (of = { created: [], updated: [], grown: [] }));
    (deed.deed === 'create' ? of.created : of.updated).push(bytes);
    const last = before.get(key);
    if (last !== undefined && deed.deed === 'update') of.grown.push(bytes - last);
    before.set(key, bytes);
  }
  return Object.fromEntries(
    [...sizes]
      .filter(([, { created, updated }]) => created.length + updated.length >= LEAST_OBJECTS)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([resource, { created, updated, grown }]): [string, Sizes] => [
        resource,
        {
          ...(created.length > 0 ? { created: spreadOf(created) } : {}),
          ...(updated.length > 0 ? { updated: spreadOf(updated) } : {}),
          ...(grown.length > 0 ? { growth: Math.round(grown.reduce((sum, n) => sum + n, 0) / grown.length) } : {}),
        },
      ]),
  );
}

function spreadOf(values: number[]): Spread {
  values.sort((a, b) => a - b);
  const at = (share: number): number => values[Math.min(values.length - 1, Math.floor(share * values.length))]!;
  return { count: values.length, p50: at(0.5), p99: at(0.99), max: values.at(-1)! };
}
