/** Range: reading keys at a revision, with filters, order and limit as etcd has them. */
import { compareBytes } from '../../base/bytes.ts';
import { apiError, SortOrder, SortTarget } from '../api/index.ts';
import {
  createRevisionOf,
  decodeKeyValue,
  encodeKeyValue,
  modRevisionOf,
  valueOf,
  versionOf,
} from '../api/key-value.ts';
import type { RangeRequest, RangeResponse } from '../api/types.ts';
import { headerAt } from './header.ts';
import { keyRange, type KeyRange } from './key-range.ts';
import type { RevisionStore } from './revision-store.ts';

const NO_BYTES = new Uint8Array(0);

/** Throws futureRevision or compacted. */
export function range(store: RevisionStore, request: RangeRequest): RangeResponse<Uint8Array> {
  const now = store.readRevision;
  if (request.revision > now) throw apiError('futureRevision');
  const revision = request.revision <= 0 ? now : request.revision;
  if (revision < store.compactRevision) throw apiError('compacted');

  const keys = keyRange(request.key, request.rangeEnd);
  const header = headerAt(now);
  if (request.countOnly) return { header, kvs: [], more: false, count: count(store, keys, revision) };
  if (isPointRead(request)) return pointRead(store, request, revision);

  const found = fetch(store, keys, revision, fetchLimit(request));
  let kvs = filtered(found.kvs, request);
  sort(kvs, request);
  const more = request.limit > 0 && kvs.length > request.limit;
  if (more) kvs = kvs.slice(0, request.limit);
  if (request.keysOnly) kvs = kvs.map(withoutValue);
  return { header, kvs, more, count: found.count };
}

function isPointRead(request: RangeRequest): boolean {
  return request.rangeEnd === '' && !hasFilters(request);
}

/** One key without filters, the most common read: no order or limit can matter. */
function pointRead(store: RevisionStore, request: RangeRequest, revision: number): RangeResponse<Uint8Array> {
  const header = headerAt(store.readRevision);
  const kv = valueAt(store, request.key, revision);
  if (kv === undefined) return { header, kvs: [], more: false, count: 0 };
  return { header, kvs: [request.keysOnly ? withoutValue(kv) : kv], more: false, count: 1 };
}

/** The encoded KeyValue of `key` at a readable `revision`; undefined where it had none. */
export function valueAt(store: RevisionStore, key: string, revision: number): Uint8Array | undefined {
  if (revision >= store.readRevision) {
    const slot = store.index.find(key);
    return slot === undefined ? undefined : store.currentKeyValue(slot);
  }
  const row = store.index.rowAt(key, revision);
  return row < 0 ? undefined : store.keyValueAt(row);
}

function hasFilters(request: RangeRequest): boolean {
  return (
    request.minModRevision !== 0 ||
    request.maxModRevision !== 0 ||
    request.minCreateRevision !== 0 ||
    request.maxCreateRevision !== 0
  );
}

/**
 * How many keys to read; 0 is all. With an explicit order or a filter all must be seen before the limit cuts. Without,
 * the limit holds in key order, one more tells whether there are more, and a sort target only orders what was read.
 */
function fetchLimit(request: RangeRequest): number {
  if (request.limit <= 0 || hasFilters(request)) return 0;
  const inKeyOrder = request.sortOrder === SortOrder.ASCEND && request.sortTarget === SortTarget.KEY;
  if (request.sortOrder !== SortOrder.NONE && !inKeyOrder) return 0;
  return request.limit + 1;
}

function count(store: RevisionStore, keys: KeyRange, revision: number): number {
  if (revision >= store.readRevision) return store.index.countLive(keys.start, keys.end);
  let keysThen = 0;
  store.index.scanAt(keys.start, keys.end, revision, () => {
    keysThen++;
  });
  return keysThen;
}

function fetch(
  store: RevisionStore,
  keys: KeyRange,
  revision: number,
  limit: number,
): { kvs: Uint8Array[]; count: number } {
  const kvs: Uint8Array[] = [];
  if (revision >= store.readRevision) {
    store.index.scanLive(keys.start, keys.end, (_key, row) => {
      kvs.push(store.keyValueAt(row));
      return kvs.length !== limit;
    });
    const isAll = limit === 0 || kvs.length < limit;
    return { kvs, count: isAll ? kvs.length : store.index.countLive(keys.start, keys.end) };
  }
  let keysThen = 0;
  store.index.scanAt(keys.start, keys.end, revision, (_key, row) => {
    keysThen++;
    if (limit === 0 || kvs.length < limit) kvs.push(store.keyValueAt(row));
  });
  return { kvs, count: keysThen };
}

function filtered(kvs: Uint8Array[], request: RangeRequest): Uint8Array[] {
  if (!hasFilters(request)) return kvs;
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  return kvs.filter((kv) => {
    const [mod, create] = [modRevisionOf(kv), createRevisionOf(kv)];
    return (
      (minModRevision === 0 || mod >= minModRevision) &&
      (maxModRevision === 0 || mod <= maxModRevision) &&
      (minCreateRevision === 0 || create >= minCreateRevision) &&
      (maxCreateRevision === 0 || create <= maxCreateRevision)
    );
  });
}

/** Sorts in place; equal ones stay in key order. A target other than the key without an order means ascending. */
function sort(kvs: Uint8Array[], request: RangeRequest): void {
  const isDescending = request.sortOrder === SortOrder.DESCEND;
  if (request.sortTarget === SortTarget.KEY) {
    if (isDescending) kvs.reverse();
    return;
  }
  const sign = isDescending ? -1 : 1;
  if (request.sortTarget === SortTarget.VALUE) {
    kvs.sort((a, b) => sign * compareBytes(valueOf(a), valueOf(b)));
    return;
  }
  const field = SORT_FIELDS[request.sortTarget];
  if (field !== undefined) kvs.sort((a, b) => sign * (field(a) - field(b)));
}

const SORT_FIELDS: Readonly<Record<number, (kv: Uint8Array) => number>> = {
  [SortTarget.VERSION]: versionOf,
  [SortTarget.CREATE]: createRevisionOf,
  [SortTarget.MOD]: modRevisionOf,
};

function withoutValue(kv: Uint8Array): Uint8Array {
  return encodeKeyValue({ ...decodeKeyValue(kv), value: NO_BYTES });
}
