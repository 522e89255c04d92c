/**
 * A range, read piece by piece at one revision, so that one over many keys keeps nobody waiting. What is written between
 * two pieces is not seen, and what is compacted between them stays until the last (see OpenReads).
 */
import type { ByteString } from '../../base/bytes.ts';
import { SortOrder, SortTarget } from '../api/index.ts';
import { createRevisionOf, decodeKeyValue, encodeKeyValue, modRevisionOf } from '../api/key-value.ts';
import type { RangeRequest } from '../api/types.ts';
import { keyRange } from './key-range.ts';
import { sortedKvs } from './range-sort.ts';
import { NONE } from './revision-chains.ts';
import type { RevisionStore } from './revision-store.ts';

/** A piece ends when one of these is reached. */
export interface PieceLimits {
  readonly kvs: number;
  readonly bytes: number;
  /** Looked at, or sorted, whether they are in the answer or not. */
  readonly keys: number;
}

/** Each takes about half a millisecond, the first where it must be read from the file. */
export const PIECE_LIMITS: PieceLimits = { kvs: 256, bytes: 256 * 1024, keys: 4096 };

const NO_BYTES = new Uint8Array(0);
const NO_KVS: readonly Uint8Array[] = [];

/** What is known when all has been read. */
export interface RangeEnd {
  readonly more: boolean;
  readonly count: number;
}

/** Encoded KeyValues in the order of the answer; pieces may be empty. Must be run to its end, or ended with `return()`. */
export type RangePieces = Generator<readonly Uint8Array[], RangeEnd, void>;

/** `revision` can be read now. */
export function* rangePieces(
  store: RevisionStore,
  request: RangeRequest,
  revision: number,
  limits: PieceLimits,
): RangePieces {
  store.reads.open(revision);
  try {
    const walk = new Walk(store, request, revision, limits);
    if (request.countOnly) return yield* counted(walk);
    return yield* mustBeCollected(request) ? collectedPieces(walk, request, limits) : streamedPieces(walk, request);
  } finally {
    store.reads.close(revision);
  }
}

export function hasFilters(request: RangeRequest): boolean {
  return (
    request.minModRevision !== 0 ||
    request.maxModRevision !== 0 ||
    request.minCreateRevision !== 0 ||
    request.maxCreateRevision !== 0
  );
}

function mustBeCollected(request: RangeRequest): boolean {
  return hasFilters(request) || request.sortTarget !== SortTarget.KEY || request.sortOrder === SortOrder.DESCEND;
}

function* counted(walk: Walk): RangePieces {
  while (!walk.isOver) {
    walk.countOn();
    yield NO_KVS;
  }
  return { more: false, count: walk.count };
}

/** In key order, as it is read. */
function* streamedPieces(walk: Walk, request: RangeRequest): RangePieces {
  const { limit, keysOnly } = request;
  let left = limit > 0 ? limit : Infinity;
  while (!walk.isOver && left > 0) {
    const piece = walk.read(left);
    left -= piece.length;
    yield keysOnly ? piece.map(withoutValue) : piece;
  }
  const { count } = yield* counted(walk);
  return { more: limit > 0 && count > limit, count };
}

/** All that counts is read before the first can be answered. */
function* collectedPieces(walk: Walk, request: RangeRequest, limits: PieceLimits): RangePieces {
  const { limit, keysOnly } = request;
  const found: Uint8Array[] = [];
  let left = fetchLimit(request);
  while (!walk.isOver && left > 0) {
    const piece = walk.read(left);
    left -= piece.length;
    for (const kv of piece) if (passes(kv, request)) found.push(kv);
    yield NO_KVS;
  }
  const { count } = yield* counted(walk);
  const steps = sortedKvs(found, request, limits.keys);
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) yield NO_KVS;
  const kvs = step.value;
  const more = limit > 0 && kvs.length > limit;
  if (more) kvs.length = limit;
  for (let i = 0; i < kvs.length; i += limits.kvs) {
    const piece = kvs.slice(i, i + limits.kvs);
    yield keysOnly ? piece.map(withoutValue) : piece;
  }
  return { more, count };
}

/**
 * How many keys to read. With an explicit order or a filter all must be seen before the limit cuts. Without, the limit
 * holds in key order, one more tells whether there are more, and a sort target only orders what was read.
 */
function fetchLimit(request: RangeRequest): number {
  if (request.limit <= 0 || hasFilters(request)) return Infinity;
  const inKeyOrder = request.sortOrder === SortOrder.ASCEND && request.sortTarget === SortTarget.KEY;
  return request.sortOrder === SortOrder.NONE || inKeyOrder ? request.limit + 1 : Infinity;
}

function passes(kv: Uint8Array, request: RangeRequest): boolean {
  if (!hasFilters(request)) return true;
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  const [mod, create] = [modRevisionOf(kv), createRevisionOf(kv)];
  return (
    (minModRevision === 0 || mod >= minModRevision) &&
    (maxModRevision === 0 || mod <= maxModRevision) &&
    (minCreateRevision === 0 || create >= minCreateRevision) &&
    (maxCreateRevision === 0 || create <= maxCreateRevision)
  );
}

export function withoutValue(kv: Uint8Array): Uint8Array {
  return encodeKeyValue({ ...decodeKeyValue(kv), value: NO_BYTES });
}

/** Goes through the keys of a range that had a value at a revision, and can be left and taken up again. */
class Walk {
  /** Keys found so far; while the revision is the current one, all of them from the start. */
  count = 0;
  isOver = false;
  private readonly store: RevisionStore;
  private readonly revision: number;
  private readonly limits: PieceLimits;
  private readonly end: ByteString | undefined;
  private readonly isCounted: boolean;
  private next: ByteString;

  constructor(store: RevisionStore, { key, rangeEnd }: RangeRequest, revision: number, limits: PieceLimits) {
    const { start, end } = keyRange(key, rangeEnd);
    this.store = store;
    this.revision = revision;
    this.limits = limits;
    this.next = start;
    this.end = end;
    this.isCounted = revision >= store.readRevision;
    if (this.isCounted) this.count = store.index.countLive(start, end);
  }

  /** The next KeyValues, at most `most`. */
  read(most: number): Uint8Array[] {
    const kvs: Uint8Array[] = [];
    let bytes = 0;
    this.visit(
      () => kvs.length >= Math.min(most, this.limits.kvs) || bytes >= this.limits.bytes,
      (row) => {
        const kv = this.store.keyValueAt(row);
        bytes += kv.length;
        kvs.push(kv);
      },
    );
    return kvs;
  }

  /** Goes on without reading, for the count. */
  countOn(): void {
    if (this.isCounted) this.isOver = true;
    else
      this.visit(
        () => false,
        () => undefined,
      );
  }

  private visit(isFull: () => boolean, take: (row: number) => void): void {
    const { index } = this.store;
    let seen = 0;
    let resume: ByteString | undefined;
    const stopAt = (key: ByteString): boolean => {
      if (seen++ < this.limits.keys && !isFull()) return false;
      resume = key;
      return true;
    };
    if (this.revision >= this.store.readRevision) {
      index.scanLive(this.next, this.end, (key, row) => {
        if (stopAt(key)) return false;
        take(row);
        return undefined;
      });
    } else {
      index.scanAll(this.next, this.end, (key, slot) => {
        if (stopAt(key)) return false;
        const row = index.valueRowAt(slot, this.revision);
        if (row === NONE) return undefined;
        if (!this.isCounted) this.count++;
        take(row);
        return undefined;
      });
    }
    if (resume === undefined) this.isOver = true;
    else this.next = resume;
  }
}
