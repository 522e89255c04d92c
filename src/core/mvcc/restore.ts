/** Rebuilding what is held in memory from the revisions in the backend, in one walk in their order. */
import { decodeKeyValue } from '../api/key-value.ts';
import type { Lessor } from './lessor.ts';
import { FIRST_REVISION, type RevisionStore } from './revision-store.ts';

/**
 * Fills the index and the leases' keys, and sets the current revision: the highest one stored or compacted. Call it
 * once, after the compactor has told the store what was compacted.
 */
export function restoreFromBackend(store: RevisionStore, lessor: Lessor): void {
  const { index } = store;
  let highest = FIRST_REVISION;
  store.backend.scanRevisions(0, 0, (main, sub, tombstone, bytes) => {
    highest = main;
    // `etcdctl snapshot restore --bump-revision` leaves one empty revision at the top.
    if (bytes.length === 0) return;
    const kv = decodeKeyValue(bytes);
    if (tombstone) index.restoreTombstone(kv.key, main, sub);
    else index.restore(kv.key, main, sub, kv.createRevision, kv.version);
    lessor.attach(kv.key, kv.lease);
  });
  store.currentRevision = Math.max(highest, store.compactRevision);
}
