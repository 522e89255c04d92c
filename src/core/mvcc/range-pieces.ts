/**
 * A range, read piece by piece at one revision, so that one over many keys keeps nobody waiting. What is written between
 * two pieces is not seen, and what is compacted between them stays until the last (see OpenReads).
 */
import { SortOrder, SortTarget } from '../api/index.ts';
import { createRevisionOf, decodeKeyValue, encodeKeyValue, modRevisionOf } from '../api/key-value.ts';
import type { RangeRequest } from '../api/types.ts';
import { keyRange } from './key-range.ts';
import { KeyWalk } from './key-walk.ts';
import type { PieceBudget } from './piece-budget.ts';
import { sortedKvs } from './range-sort.ts';
import type { RevisionStore } from './revision-store.ts';

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
  budget: PieceBudget,
): RangePieces {
  store.reads.open(revision);
  try {
    return yield* heldRangePieces(store, request, revision, budget);
  } finally {
    store.reads.close(revision);
  }
}

/**
 * The same where somebody else keeps `revision` open meanwhile, and shares the budget with other reads: what comes may be
 * less than a piece, but once the budget is spent something comes.
 */
export function* heldRangePieces(
  store: RevisionStore,
  request: RangeRequest,
  revision: number,
  budget: PieceBudget,
): RangePieces {
  const walk = new RangeWalk(store, request, revision, budget);
  if (request.countOnly) return yield* counted(walk);
  return yield* mustBeCollected(request) ? collectedPieces(walk, request, budget) : streamedPieces(walk, request);
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

function* counted(walk: RangeWalk): RangePieces {
  for (;;) {
    walk.countOn();
    if (walk.isOver) return { more: false, count: walk.count };
    yield NO_KVS;
  }
}

/** In key order, as it is read. */
function* streamedPieces(walk: RangeWalk, request: RangeRequest): RangePieces {
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
function* collectedPieces(walk: RangeWalk, request: RangeRequest, budget: PieceBudget): RangePieces {
  const { limit, keysOnly } = request;
  const found: Uint8Array[] = [];
  let left = fetchLimit(request);
  while (!walk.isOver && left > 0) {
    const piece = walk.read(left);
    left -= piece.length;
    for (const kv of piece) if (passes(kv, request)) found.push(kv);
    if (!walk.isOver && left > 0) yield NO_KVS;
  }
  const { count } = yield* counted(walk);
  const steps = sortedKvs(found, request, budget.limits.keys);
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) {
    budget.takeRest();
    yield NO_KVS;
  }
  const kvs = step.value;
  const more = limit > 0 && kvs.length > limit;
  if (more) kvs.length = limit;
  for (let next = 0; next < kvs.length;) {
    const first = next;
    budget.renewIfSpent();
    while (next < kvs.length && !budget.isSpent) budget.takeKv(kvs[next++]!.length);
    const piece = kvs.slice(first, next);
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

/** The keys of a range, read or only counted. */
class RangeWalk {
  /** Keys found so far; where the revision was the current one when the walk began, all of them from the start. */
  count = 0;
  private readonly store: RevisionStore;
  private readonly keys: KeyWalk;
  private readonly budget: PieceBudget;
  private readonly isCounted: boolean;
  private isLeft = false;

  constructor(store: RevisionStore, { key, rangeEnd }: RangeRequest, revision: number, budget: PieceBudget) {
    const range = keyRange(key, rangeEnd);
    this.store = store;
    this.budget = budget;
    this.keys = new KeyWalk(store, range, revision, budget);
    this.isCounted = revision >= store.readRevision;
    if (this.isCounted) this.count = store.index.countLive(range.start, range.end);
  }

  get isOver(): boolean {
    return this.isLeft || this.keys.isOver;
  }

  /** The next KeyValues, at most `most`. */
  read(most: number): Uint8Array[] {
    const kvs: Uint8Array[] = [];
    this.keys.visit((row) => {
      if (kvs.length === most) return false;
      const kv = this.store.keyValueAt(row);
      this.budget.takeKv(kv.length);
      kvs.push(kv);
      if (!this.isCounted) this.count++;
      return undefined;
    });
    return kvs;
  }

  /** Goes on without reading, for the count. */
  countOn(): void {
    if (this.isCounted) this.isLeft = true;
    else if (!this.keys.isOver)
      this.keys.visit(() => {
        this.count++;
      });
  }
}
