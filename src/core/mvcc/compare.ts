/** The conditions of a transaction. */
import { compareBytes } from '../../base/bytes.ts';
import { CompareResult, CompareTarget } from '../api/index.ts';
import { createRevisionOf, leaseOf, valueOf, versionOf } from '../api/key-value.ts';
import type { Compare } from '../api/types.ts';
import type { KeyIndex } from './key-index.ts';
import { keyRange } from './key-range.ts';
import { KeyWalk } from './key-walk.ts';
import { PIECE_LIMITS, PieceBudget } from './piece-budget.ts';
import { NONE } from './revision-chains.ts';
import type { RevisionStore } from './revision-store.ts';

const NO_BYTES = new Uint8Array(0);

/** What a condition looks at. */
interface KeyValues {
  readonly index: KeyIndex;
  keyValueAt(row: number): Uint8Array;
}

/** Judged on the store as it is. */
export function allHold(store: RevisionStore, compares: readonly Compare[]): boolean {
  return compares.every((compare) =>
    compare.rangeEnd === '' ? holdsForKey(store, compare) : holdsAtOnce(store, compare),
  );
}

function holdsAtOnce(store: RevisionStore, compare: Compare): boolean {
  const pieces = allHoldAt(store, [compare], store.readRevision, new PieceBudget(PIECE_LIMITS));
  let piece = pieces.next();
  while (piece.done !== true) piece = pieces.next();
  return piece.value;
}

/** What a condition looks at, counted as part of a piece. */
class CountedKeyValues implements KeyValues {
  readonly index: KeyIndex;
  private readonly store: RevisionStore;
  private readonly budget: PieceBudget;

  constructor(store: RevisionStore, budget: PieceBudget) {
    this.index = store.index;
    this.store = store;
    this.budget = budget;
  }

  keyValueAt(row: number): Uint8Array {
    const kv = this.store.keyValueAt(row);
    this.budget.takeKv(kv.length);
    return kv;
  }
}

/** Conditions on single keys judged on the store as it is; undefined where there are others, or more than a piece. */
export function allKeysHold(
  store: RevisionStore,
  compares: readonly Compare[],
  budget: PieceBudget,
): boolean | undefined {
  if (compares.length === 0) return true;
  const counted = new CountedKeyValues(store, budget);
  for (const compare of compares) {
    if (compare.rangeEnd !== '' || budget.isSpent) return undefined;
    budget.takeKey();
    if (!holdsForKey(counted, compare)) return false;
  }
  return true;
}

/** Judged on the store at a revision that somebody keeps open, with a stop whenever the budget is spent. */
export function* allHoldAt(
  store: RevisionStore,
  compares: readonly Compare[],
  revision: number,
  budget: PieceBudget,
): Generator<void, boolean, void> {
  const counted = new CountedKeyValues(store, budget);
  for (const compare of compares) {
    budget.takeKey();
    const walk = new KeyWalk(store, keyRange(compare.key, compare.rangeEnd), revision, budget);
    if (!(yield* holdsForRange(counted, compare, walk, budget))) return false;
    if (budget.isSpent) {
      yield;
      budget.renewIfSpent();
    }
  }
  return true;
}

/** Every key of the range must satisfy; where there is none, all numbers are 0 and no comparison of a value holds. */
function* holdsForRange(
  kvs: KeyValues,
  compare: Compare,
  walk: KeyWalk,
  budget: PieceBudget,
): Generator<void, boolean, void> {
  let isEmpty = true;
  let all = true;
  for (;;) {
    walk.visit((row, slot) => {
      isEmpty = false;
      all = holdsFor(kvs, compare, row, slot);
      return all;
    });
    if (walk.isOver || !all) return isEmpty ? holdsFor(kvs, compare, NONE, NONE) : all;
    if (budget.isSpent) {
      yield;
      budget.renewIfSpent();
    }
  }
}

function holdsForKey(kvs: KeyValues, compare: Compare): boolean {
  const slot = kvs.index.find(compare.key);
  return slot === undefined ? holdsFor(kvs, compare, NONE, NONE) : holdsFor(kvs, compare, kvs.index.head(slot), slot);
}

/** `row` is that of the key's value, NONE where it has none. */
function holdsFor(kvs: KeyValues, compare: Compare, row: number, slot: number): boolean {
  if (row === NONE && compare.target === CompareTarget.VALUE) return false;
  const order = orderOf(kvs, compare, row, slot);
  switch (compare.result) {
    case CompareResult.EQUAL:
      return order === 0;
    case CompareResult.NOT_EQUAL:
      return order !== 0;
    case CompareResult.GREATER:
      return order > 0;
    case CompareResult.LESS:
      return order < 0;
    default:
      // A result that etcd does not know holds, as it does there.
      return true;
  }
}

/** How the key compares with what is asked: negative, zero or positive. */
function orderOf(kvs: KeyValues, compare: Compare, row: number, slot: number): number {
  switch (compare.target) {
    case CompareTarget.VERSION:
      return versionAt(kvs, row, slot) - (compare.version ?? 0);
    case CompareTarget.CREATE:
      return createRevisionAt(kvs, row, slot) - (compare.createRevision ?? 0);
    case CompareTarget.MOD:
      return (row === NONE ? 0 : kvs.index.chains.main(row)) - (compare.modRevision ?? 0);
    case CompareTarget.VALUE:
      return row === NONE ? 0 : compareBytes(valueOf(kvs.keyValueAt(row)), compare.value ?? NO_BYTES);
    case CompareTarget.LEASE: {
      const lease = row === NONE ? 0n : leaseOf(kvs.keyValueAt(row));
      const asked = compare.lease ?? 0n;
      return lease === asked ? 0 : lease < asked ? -1 : 1;
    }
    default:
      return 0;
  }
}

/** The index knows it of the newest revision alone. */
function versionAt(kvs: KeyValues, row: number, slot: number): number {
  if (row === NONE) return 0;
  return kvs.index.head(slot) === row ? kvs.index.version(slot) : versionOf(kvs.keyValueAt(row));
}

function createRevisionAt(kvs: KeyValues, row: number, slot: number): number {
  if (row === NONE) return 0;
  return kvs.index.head(slot) === row ? kvs.index.createRevision(slot) : createRevisionOf(kvs.keyValueAt(row));
}
