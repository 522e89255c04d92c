/**
 * The multi-version store without its API: revisions in the backend, the key index in memory, and one write session at
 * a time. A session's changes are visible to its own reads at once and share one main revision; a session that changed
 * nothing leaves the revision as it was.
 */
import type { Backend } from '../../base/backend.ts';
import type { ByteString } from '../../base/bytes.ts';
import { assert } from '../../base/errors.ts';
import { keyValueSize, writeKeyValue } from '../api/key-value.ts';
import type { KeyValue } from '../api/types.ts';
import type { RevisionEvents, StoreEvent } from './events.ts';
import { KeyIndex } from './key-index.ts';
import type { KeyRange } from './key-range.ts';
import { OpenReads } from './open-reads.ts';
import { NONE } from './revision-chains.ts';

const NO_BYTES = new Uint8Array(0);

/** An empty store is at revision 1; the first write makes 2. */
export const FIRST_REVISION = 1;
/** What `compactRevision` is before the first compaction; revision 0 may then still be compacted. */
const NEVER_COMPACTED = -1;

export class RevisionStore {
  readonly backend: Backend;
  readonly index = new KeyIndex();
  readonly reads = new OpenReads();
  /** The revision of the last finished session. */
  currentRevision = FIRST_REVISION;
  /** Reads below it fail; reads at it still work. */
  compactRevision = NEVER_COMPACTED;

  private changes: StoreEvent[] = [];

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** The revision that reads see: within a session that has changed something, the one being made. */
  get readRevision(): number {
    return this.changes.length === 0 ? this.currentRevision : this.currentRevision + 1;
  }

  /** Stores a value. The caller has checked the lease. */
  put(key: ByteString, value: Uint8Array, lease: bigint): void {
    const { index } = this;
    const main = this.currentRevision + 1;
    const sub = this.changes.length;
    const slot = index.find(key);
    let prevMain = 0;
    let prevSub = 0;
    let kv: Uint8Array;
    if (slot === undefined) {
      kv = this.encode({ key, createRevision: main, modRevision: main, version: 1, value, lease });
      index.create(key, main, sub);
    } else {
      const createRevision = index.createRevision(slot);
      kv = this.encode({ key, createRevision, modRevision: main, version: index.version(slot) + 1, value, lease });
      if (createRevision !== main) {
        const row = index.chains.newestAt(index.head(slot), main - 1);
        prevMain = index.chains.main(row);
        prevSub = index.chains.sub(row);
      }
      index.update(slot, main, sub);
    }
    this.backend.putRevision(main, sub, false, kv);
    this.changes.push({ isDelete: false, key, kv, prevMain, prevSub });
  }

  /** Deletes a key that has a value. */
  delete(key: ByteString, slot: number): void {
    const { index } = this;
    const main = this.currentRevision + 1;
    const sub = this.changes.length;
    const before = index.chains.newestAt(index.head(slot), main - 1);
    // Where this request has made the key, a tombstone of an earlier life may be the newest before it.
    const row = before !== NONE && index.chains.isTombstone(before) ? NONE : before;
    const stored = this.encode({ key, createRevision: 0, modRevision: 0, version: 0, value: NO_BYTES, lease: 0n });
    this.backend.putRevision(main, sub, true, stored);
    index.tombstone(key, main, sub);
    this.changes.push({
      isDelete: true,
      key,
      kv: deletionKeyValue(key, main),
      prevMain: row === NONE ? 0 : index.chains.main(row),
      prevSub: row === NONE ? 0 : index.chains.sub(row),
    });
  }

  /** Ends the session: what it changed, or undefined where it changed nothing. */
  endSession(): RevisionEvents | undefined {
    if (this.changes.length === 0) return undefined;
    const events = this.changes;
    this.changes = [];
    this.currentRevision++;
    assert(Number.isSafeInteger(this.currentRevision), 'the revision has left the safe integers');
    return { revision: this.currentRevision, events };
  }

  /** The encoded KeyValue of the key in a slot, as it is now. */
  currentKeyValue(slot: number): Uint8Array {
    return this.keyValueAt(this.index.head(slot));
  }

  /** The encoded KeyValue of a row of the index. */
  keyValueAt(row: number): Uint8Array {
    const { chains } = this.index;
    const [main, sub] = [chains.main(row), chains.sub(row)];
    const kv = this.backend.getRevision(main, sub);
    assert(kv !== undefined, `revision ${main}/${sub} is in the index but not in the backend`);
    return kv;
  }

  /** The keys of a range that have a value now, with their slots, in order. */
  liveKeys(range: KeyRange): [ByteString, number][] {
    const found: [ByteString, number][] = [];
    this.index.scanLive(range.start, range.end, (key, _row, slot) => {
      found.push([key, slot]);
    });
    return found;
  }

  private encode(kv: KeyValue): Uint8Array {
    const bytes = this.backend.allocate(keyValueSize(kv));
    writeKeyValue(kv, bytes, 0);
    return bytes;
  }
}

/** What a deletion's event says of its key. */
export function deletionKeyValue(key: ByteString, modRevision: number): Uint8Array {
  const kv = { key, createRevision: 0, modRevision, version: 0, value: NO_BYTES, lease: 0n };
  const bytes = new Uint8Array(keyValueSize(kv));
  writeKeyValue(kv, bytes, 0);
  return bytes;
}
