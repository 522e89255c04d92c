/**
 * Leaves of ranges, also within transactions: whether two servers sorted a range alike but for the order of equals, in
 * which Go's sort, not a stable one, is free; what kind of range a leaf is of.
 */
import type { Context } from './known-differences.ts';
import type { Answer } from './session.ts';
import { Invalid } from './values.ts';

/** What is sorted by, by the number of the sort target. By the key, none are equal. */
const SORT_FIELDS = [undefined, 'version', 'createRevision', 'modRevision', 'value'] as const;
/** Go sorts fewer by insertion, which keeps the order of equals. */
const MOST_SORTED_STABLY = 12;

/**
 * Of the RangeResponse that holds `path`: by what the request sorts by, both have the same in the same order; and both
 * have the same keys, unless a limit cut among equals; `withLeases`: and the same leases of them.
 */
export function areSortedAlike(
  path: string,
  request: Context['request'],
  ours: Answer | undefined,
  theirs: Answer | undefined,
  withLeases: boolean,
): boolean {
  const place = placeOfRange(path);
  const field = SORT_FIELDS[Number(rangeAsked(place, request, ours)?.['sortTarget'] ?? 0)];
  const [a, b] = [ours, theirs].map((answer) => {
    let at = answer?.response as unknown;
    for (const step of place) at = (at as Record<string, unknown> | undefined)?.[step];
    return at as { kvs: Record<string, unknown>[]; count: number; more: boolean } | undefined;
  });
  if (field === undefined || a === undefined || b === undefined) return false;
  if (a.kvs.length !== b.kvs.length || b.count <= MOST_SORTED_STABLY) return false;
  if (!a.kvs.every((kv, i) => kv[field] === b.kvs[i]![field])) return false;
  const texts = (kvs: Record<string, unknown>[]): string =>
    kvs
      .map((kv) => JSON.stringify(withLeases ? kv : { ...kv, lease: undefined }))
      .sort()
      .join();
  return b.more || texts(a.kvs) === texts(b.kvs);
}

type Asked = Readonly<Record<string, unknown>>;

/** Whether the range that a leaf `path` of an answer is of was one of keys alone. */
export function isOfKeysOnly(path: string, request: Context['request'], answer: Answer | undefined): boolean {
  return rangeAsked(placeOfRange(path), request, answer)?.['keysOnly'] === true;
}

/** The steps from an answer's response to the RangeResponse that holds `path`. */
function placeOfRange(path: string): string[] {
  return path.slice(0, path.indexOf('.kvs.')).split('.').slice(1);
}

/** The RangeRequest whose answer stands at `place` in a response. */
function rangeAsked(
  place: readonly string[],
  request: Context['request'],
  answer: Answer | undefined,
): Asked | undefined {
  let asked: unknown = request;
  let told: unknown = answer?.response;
  for (const step of place) {
    const name =
      step === 'responses' ? ((told as Asked | undefined)?.['succeeded'] === true ? 'success' : 'failure') : step;
    asked = plain((asked as Asked | undefined)?.[name.replace(/^response(?=[A-Z])/, 'request')]);
    told = (told as Asked | undefined)?.[step];
  }
  return asked as Asked | undefined;
}

function plain(value: unknown): unknown {
  return value instanceof Invalid ? value.value : value;
}
