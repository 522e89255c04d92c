/** The conditions of a transaction. */
import { compareBytes } from '../../base/bytes.ts';
import { CompareResult, CompareTarget } from '../api/index.ts';
import { leaseOf, valueOf } from '../api/key-value.ts';
import type { Compare } from '../api/types.ts';
import { keyRange } from './key-range.ts';
import type { RevisionStore } from './revision-store.ts';

const NO_BYTES = new Uint8Array(0);

export function allHold(store: RevisionStore, compares: readonly Compare[]): boolean {
  return compares.every((compare) => holds(store, compare));
}

/** Every key of the range must satisfy; where there is none, all numbers are 0 and no comparison of a value holds. */
function holds(store: RevisionStore, compare: Compare): boolean {
  if (compare.rangeEnd === '') return holdsFor(store, compare, store.index.find(compare.key));
  const { start, end } = keyRange(compare.key, compare.rangeEnd);
  let isEmpty = true;
  let all = true;
  store.index.scanLive(start, end, (_key, _row, slot) => {
    isEmpty = false;
    all = holdsFor(store, compare, slot);
    return all;
  });
  return isEmpty ? holdsFor(store, compare, undefined) : all;
}

function holdsFor(store: RevisionStore, compare: Compare, slot: number | undefined): boolean {
  if (slot === undefined && compare.target === CompareTarget.VALUE) return false;
  const order = orderOf(store, compare, slot);
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
function orderOf(store: RevisionStore, compare: Compare, slot: number | undefined): number {
  const { index } = store;
  switch (compare.target) {
    case CompareTarget.VERSION:
      return (slot === undefined ? 0 : index.version(slot)) - (compare.version ?? 0);
    case CompareTarget.CREATE:
      return (slot === undefined ? 0 : index.createRevision(slot)) - (compare.createRevision ?? 0);
    case CompareTarget.MOD:
      return (slot === undefined ? 0 : index.modRevision(slot)) - (compare.modRevision ?? 0);
    case CompareTarget.VALUE:
      return slot === undefined ? 0 : compareBytes(valueOf(store.currentKeyValue(slot)), compare.value ?? NO_BYTES);
    case CompareTarget.LEASE: {
      const lease = slot === undefined ? 0n : leaseOf(store.currentKeyValue(slot));
      const asked = compare.lease ?? 0n;
      return lease === asked ? 0 : lease < asked ? -1 : 1;
    }
    default:
      return 0;
  }
}
