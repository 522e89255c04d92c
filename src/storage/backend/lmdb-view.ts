/**
 * What the backend's readers see: the LMDB file as of the last commit that it has, and on top what came since: revisions
 * in a table, which stays on as a cache of the newest ones, and deletions. Small buckets are held in memory whole.
 */
import type { Bucket, RevisionIdVisitor, RevisionVisitor } from '../../base/backend.ts';
import type { ByteString } from '../../base/bytes.ts';
import { Slab, type SlabSizes } from '../../base/slab.ts';
import { emptyBuckets } from './bucket-maps.ts';
import { REVISIONS, revisionKeys, type Environment, type RevisionId } from './lmdb-environment.ts';
import type { LmdbFile } from './lmdb-file.ts';
import { checkedEntry, checkedRevision, RECORD_OVERHEAD_BYTES } from './lmdb-records.ts';
import { ReadCache } from './read-cache.ts';
import { SharedEnvironment } from './shared-environment.ts';
import { RevisionTable } from './revision-table.ts';

/** Deletions that the file may not have yet, by the last commit that they belong to. */
interface Deletions {
  commit: number;
  readonly names: Set<number | string>;
}

/** Of values, some hundred bytes each in Kubernetes. */
export const VALUE_SLABS: SlabSizes = { slabBytes: 1024 * 1024, largestPieceBytes: 64 * 1024 };

/** With more commits than this on their way, reads would have many sets to look into. */
const MOST_SETS = 8;

export class LmdbView {
  shared: SharedEnvironment;
  readonly recent = new RevisionTable();
  readonly buckets = emptyBuckets();
  /** The file as it was opened, for as long as nobody has written to it: reading it from end to end is faster so. */
  private untouched: LmdbFile | undefined;
  /** A set for each commit on its way, dropped whole when the file has it. */
  private deletions: Deletions[] = [];
  private readonly copies = new Slab(VALUE_SLABS, (bytes) => new Uint8Array(bytes));
  private readonly reads: ReadCache;
  private readonly id: RevisionId = { main: 0, sub: 0 };

  /** Reads the small buckets; throws OperationError where one of their records is damaged. */
  constructor(environment: Environment, untouched: LmdbFile | undefined, readCacheBytes: number) {
    this.reads = new ReadCache(readCacheBytes);
    this.untouched = untouched;
    this.shared = new SharedEnvironment(environment);
    for (const { key, value } of environment.entries.getRange({})) {
      const entry = checkedEntry(key, value);
      this.buckets[entry.bucket].set(entry.key, entry.value);
    }
  }

  /** The file is about to be written to, or closed. */
  touch(): void {
    this.untouched?.close();
    this.untouched = undefined;
  }

  get environment(): Environment {
    return this.shared.environment;
  }

  getRevision(main: number, sub: number): Uint8Array | undefined {
    if (main >= this.recent.firstMain) return this.recent.get(main, sub);
    const name = nameOf(main, sub);
    if (this.isDeleted(name)) return undefined;
    return this.reads.get(name) ?? this.readRevision(main, sub, name);
  }

  private readRevision(main: number, sub: number, name: number | string): Uint8Array | undefined {
    this.id.main = main;
    this.id.sub = sub;
    // The record stands in a buffer that the next read uses again.
    const record = this.environment.revisions.getBinaryFast(this.id);
    if (record === undefined) return undefined;
    const length = record.length - RECORD_OVERHEAD_BYTES;
    const kv = this.copies.take(length);
    kv.set(new Uint8Array(record.buffer, record.byteOffset + 1, length));
    this.reads.set(name, kv);
    return kv;
  }

  /** Checks the checksum of every record that comes from the file. */
  scanRevisions(fromMain: number, fromSub: number, visit: RevisionVisitor): void {
    const until = this.recent.firstMain;
    if (this.untouched !== undefined && fromMain === 0 && until === Infinity && this.deletions.length === 0) {
      scanFile(this.untouched, visit);
      return;
    }
    const rows = this.environment.revisions.getRange({ start: { main: fromMain, sub: fromSub } });
    const goesOn = this.scanOlder(fromMain, rows, keyOf, ({ key: { main, sub }, value }) => {
      const { tombstone, kv } = checkedRevision(value, main, sub);
      return visit(main, sub, tombstone, kv);
    });
    if (goesOn) this.recent.scan(fromMain, fromSub, visit);
  }

  /** Reads no values, and checks none. */
  scanRevisionIds(fromMain: number, fromSub: number, visit: RevisionIdVisitor): void {
    const ids = this.environment.revisions.getKeys({ start: { main: fromMain, sub: fromSub } });
    const goesOn = this.scanOlder(fromMain, ids, itself, ({ main, sub }) => visit(main, sub));
    if (goesOn) this.recent.scan(fromMain, fromSub, visit);
  }

  /** What the file has that is older than the recent ones and not deleted; false when the visitor ended the scan. */
  private scanOlder<Row>(
    fromMain: number,
    rows: Iterable<Row>,
    idOf: (row: Row) => RevisionId,
    visit: (row: Row) => boolean | void,
  ): boolean {
    const until = this.recent.firstMain;
    // The file is not looked into in vain.
    if (fromMain >= until) return true;
    for (const row of rows) {
      const { main, sub } = idOf(row);
      if (main >= until) break;
      if (!this.isDeleted(nameOf(main, sub)) && visit(row) === false) return false;
    }
    return true;
  }

  deleteRevision(main: number, sub: number, commit: number): void {
    if (main >= this.recent.firstMain) this.recent.remove(main, sub);
    const name = nameOf(main, sub);
    this.reads.delete(name);
    let last = this.deletions.at(-1);
    if (last === undefined || (last.commit < commit && this.deletions.length < MOST_SETS)) {
      last = { commit, names: new Set() };
      this.deletions.push(last);
    }
    last.commit = commit;
    last.names.add(name);
  }

  private isDeleted(name: number | string): boolean {
    for (const { names } of this.deletions) if (names.has(name)) return true;
    return false;
  }

  /** The names of deleted revisions that the file still shows. */
  deletedNow(): Set<number | string> {
    const all = new Set<number | string>();
    for (const { names } of this.deletions) for (const name of names) all.add(name);
    return all;
  }

  /** The file now has everything up to `commit`. */
  committed(commit: number, lastMain: number, recentBytes: number): void {
    this.environment.root.resetReadTxn();
    this.recent.dropOldest(recentBytes, lastMain);
    while (this.deletions.length > 0 && this.deletions[0]!.commit <= commit) this.deletions.shift();
  }

  put(bucket: Bucket, key: ByteString, value: Uint8Array): void {
    this.buckets[bucket].set(key, value);
  }

  delete(bucket: Bucket, key: ByteString): void {
    this.buckets[bucket].delete(key);
  }
}

const keyOf = ({ key }: { readonly key: RevisionId }): RevisionId => key;
const itself = (id: RevisionId): RevisionId => id;

function scanFile(file: LmdbFile, visit: RevisionVisitor): void {
  file.scan(REVISIONS, (key, record) => {
    const { main, sub } = revisionKeys.readKey(key, 0);
    const { tombstone, kv } = checkedRevision(record, main, sub);
    return visit(main, sub, tombstone, kv);
  });
}

/** One value for each revision, a number for nearly all. */
export function nameOf(main: number, sub: number): number | string {
  return sub === 0 ? main : `${main}/${sub}`;
}
