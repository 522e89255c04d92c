/** A snapshot of the LMDB backend: a read transaction for what the file has, references for what it does not have yet. */
import { BUCKETS } from '../../base/backend.ts';
import type { RevisionId } from './lmdb-environment.ts';
import { checkedRevision } from './lmdb-records.ts';
import { nameOf, type LmdbView } from './lmdb-view.ts';
import { SnapshotWriter } from './snapshot-stream.ts';

const FRAME_BYTES = 256 * 1024;

interface Unwritten {
  readonly main: number;
  readonly sub: number;
  readonly tombstone: boolean;
  readonly kv: Uint8Array;
}

/** What `view` shows now, all of which belongs to the commit `at`. */
export function openLmdbSnapshot(
  view: LmdbView,
  at: { readonly consistentIndex: number; readonly consistentTerm: number },
): { next(): Uint8Array | undefined; close(): void } {
  const { shared } = view;
  const { revisions, root } = shared.environment;
  shared.acquire();
  const transaction = root.useReadTransaction();
  const deleted = view.deletedNow();
  const writer = new SnapshotWriter(FRAME_BYTES);
  const stored = [...revisions.getKeys({ reverse: true, limit: 1, transaction })][0];
  const unwritten: Unwritten[] = [];
  view.recent.scan(stored === undefined ? 0 : stored.main + 1, 0, (main, sub, tombstone, kv) => {
    unwritten.push({ main, sub, tombstone, kv });
  });
  for (const bucket of BUCKETS)
    view.buckets[bucket].scan('', undefined, (key, value) => writer.entry(bucket, key, value));

  let position: RevisionId | undefined = { main: 0, sub: 0 };
  let isOver = false;
  const fillFromFile = (start: RevisionId): RevisionId | undefined => {
    for (const { key, value } of revisions.getRange({ start, transaction })) {
      if (writer.isFull) return key;
      if (deleted.has(nameOf(key.main, key.sub))) continue;
      const { tombstone, kv } = checkedRevision(value, key.main, key.sub);
      writer.revision(key.main, key.sub, tombstone, kv);
    }
    return undefined;
  };
  return {
    next: () => {
      if (isOver) return undefined;
      if (position !== undefined && !writer.isFull) position = fillFromFile(position);
      while (position === undefined && !writer.isFull && unwritten.length > 0) {
        const { main, sub, tombstone, kv } = unwritten.shift()!;
        writer.revision(main, sub, tombstone, kv);
      }
      const chunk = writer.take();
      if (chunk !== undefined) return chunk;
      isOver = true;
      return writer.end(at.consistentIndex, at.consistentTerm);
    },
    close: () => {
      transaction.done();
      shared.release();
    },
  };
}
