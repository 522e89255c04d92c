/** Past events, read back from the stored revisions. */
import { createRevisionOf, keyOf } from '../api/key-value.ts';
import type { RevisionEvents, StoreEvent } from './events.ts';
import { NONE } from './revision-chains.ts';
import { deletionKeyValue, type RevisionStore } from './revision-store.ts';

/**
 * The events of up to `maxRevisions` revisions from `from` on, and the revision to go on from: one above the current
 * one when all have been read. `from` must not be compacted.
 */
export function eventsFrom(
  store: RevisionStore,
  from: number,
  maxRevisions: number,
): { revisions: RevisionEvents[]; next: number } {
  const revisions: { revision: number; events: StoreEvent[] }[] = [];
  let next = store.currentRevision + 1;
  store.backend.scanRevisions(from, 0, (main, _sub, tombstone, bytes) => {
    let last = revisions.at(-1);
    if (last?.revision !== main) {
      if (revisions.length === maxRevisions) {
        next = main;
        return false;
      }
      last = { revision: main, events: [] };
      revisions.push(last);
    }
    if (bytes.length > 0) last.events.push(eventOf(store, main, tombstone, bytes));
    return undefined;
  });
  return { revisions, next };
}

function eventOf(store: RevisionStore, main: number, tombstone: boolean, bytes: Uint8Array): StoreEvent {
  const key = keyOf(bytes);
  const { chains } = store.index;
  const isCreation = !tombstone && createRevisionOf(bytes) === main;
  const before = isCreation ? NONE : store.index.rowAt(key, main - 1);
  return {
    isDelete: tombstone,
    key,
    kv: tombstone ? deletionKeyValue(key, main) : bytes,
    prevMain: before === NONE ? 0 : chains.main(before),
    prevSub: before === NONE ? 0 : chains.sub(before),
  };
}
