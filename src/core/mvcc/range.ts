/** Range: reading keys at a revision, with filters, order and limit as etcd has them. */
import { apiError } from '../api/index.ts';
import type { RangeRequest, RangeResponse } from '../api/types.ts';
import { headerAt } from './header.ts';
import { PIECE_LIMITS, PieceBudget } from './piece-budget.ts';
import { hasFilters, rangePieces, withoutValue, type RangePieces } from './range-pieces.ts';
import type { RevisionStore } from './revision-store.ts';

/** A range that is read piece by piece. */
export interface OpenedRange {
  /** What the header says: the store's revision when it was opened. */
  readonly headerRevision: number;
  /** Its first piece must be read before anything is written. */
  readonly pieces: RangePieces;
}

/** Throws futureRevision or compacted. */
export function openRange(store: RevisionStore, request: RangeRequest, limits = PIECE_LIMITS): OpenedRange {
  const revision = readableRevision(store, request);
  return { headerRevision: store.readRevision, pieces: rangePieces(store, request, revision, new PieceBudget(limits)) };
}

/** The same at once. Throws futureRevision or compacted. */
export function range(store: RevisionStore, request: RangeRequest): RangeResponse<Uint8Array> {
  const revision = readableRevision(store, request);
  if (isPointRead(request)) return pointRead(store, request, revision);
  const { headerRevision, pieces } = openRange(store, request);
  const kvs: Uint8Array[] = [];
  let piece = pieces.next();
  for (; piece.done !== true; piece = pieces.next()) for (const kv of piece.value) kvs.push(kv);
  return { header: headerAt(headerRevision), kvs, ...piece.value };
}

function readableRevision(store: RevisionStore, request: RangeRequest): number {
  const now = store.readRevision;
  if (request.revision > now) throw apiError('futureRevision');
  const revision = request.revision <= 0 ? now : request.revision;
  if (revision < store.compactRevision) throw apiError('compacted');
  return revision;
}

/** One key without filters, the most common read: no order or limit can matter. */
export function isPointRead(request: RangeRequest): boolean {
  return request.rangeEnd === '' && !request.countOnly && !hasFilters(request);
}

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
