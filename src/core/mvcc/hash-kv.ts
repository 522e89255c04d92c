/**
 * HashKV: one number for all that is stored up to a revision, equal on members that hold the same, whether or not they
 * have already deleted what a compaction gave up.
 *
 * CRC-32C over the bytes `key`, then key and value of every entry in revision order. Of the entries at or below the
 * compacted revision only those count that a compaction at the hashed revision would keep; a tombstone at exactly the
 * compacted revision never does, since versions of etcd differ on keeping it. Where no key has a value at the hashed
 * revision, what the last compaction keeps counts.
 *
 * Source: etcd v3.6 server/storage/mvcc/hash.go.
 */
import { crc32c } from '../../base/crc32c.ts';
import { apiError } from '../api/index.ts';
import { keyOf } from '../api/key-value.ts';
import { REVISION_KEY_BYTES, writeRevisionKey } from './revision-key.ts';
import type { RevisionStore } from './revision-store.ts';

const BUCKET_NAME = new Uint8Array([0x6b, 0x65, 0x79]);

/** Work in progress, so that hashing a large store can be spread over many turns. */
export class HashKV {
  /** The revision that is hashed. */
  readonly revision: number;
  readonly compactRevision: number;
  private readonly store: RevisionStore;
  /** Of what a compaction gave up or will, that counts which is seen at this revision. */
  private readonly keptAt: number;
  private readonly keyBytes = new Uint8Array(REVISION_KEY_BYTES + 1);
  private crc = crc32c(BUCKET_NAME);
  private nextMain = 0;
  private nextSub = 0;

  /** Revision 0 is the current one, below it nothing is hashed. Throws compacted or futureRevision. */
  constructor(store: RevisionStore, revision: number) {
    if (revision > 0 && revision < store.compactRevision) throw apiError('compacted');
    if (revision > store.currentRevision) throw apiError('futureRevision');
    this.store = store;
    this.revision = revision === 0 ? store.currentRevision : revision;
    this.compactRevision = store.compactRevision;
    this.keptAt = hasKeyAt(store, this.revision) ? this.revision : this.compactRevision;
  }

  /** Hashes up to `maxRevisions` more entries; true once all are in. Throws compacted where a compaction has overtaken it. */
  step(maxRevisions: number): boolean {
    if (this.store.compactRevision !== this.compactRevision) throw apiError('compacted');
    let seen = 0;
    let isDone = true;
    this.store.backend.scanRevisions(this.nextMain, this.nextSub, (main, sub, tombstone, kv) => {
      if (main > this.revision) return false;
      if (seen === maxRevisions) {
        isDone = false;
        this.nextMain = main;
        this.nextSub = sub;
        return false;
      }
      seen++;
      if (this.counts(main, sub, tombstone, kv)) {
        const length = writeRevisionKey(main, sub, tombstone, this.keyBytes, 0);
        this.crc = crc32c(kv, crc32c(this.keyBytes, this.crc, 0, length));
      }
      return undefined;
    });
    return isDone;
  }

  /** The hash; only after `step` has returned true. */
  get hash(): number {
    return this.crc;
  }

  private counts(main: number, sub: number, tombstone: boolean, kv: Uint8Array): boolean {
    if (main > this.compactRevision) return true;
    if (tombstone) return false;
    const { index } = this.store;
    const row = index.rowAt(keyOf(kv), this.keptAt);
    return row >= 0 && index.chains.main(row) === main && index.chains.sub(row) === sub;
  }
}

function hasKeyAt(store: RevisionStore, revision: number): boolean {
  let isFound = false;
  store.index.scanAt('', undefined, revision, () => {
    isFound = true;
    return false;
  });
  return isFound;
}
