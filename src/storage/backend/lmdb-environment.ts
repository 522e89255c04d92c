/**
 * How the LMDB file is laid out and opened.
 *
 * One environment, two databases:
 *
 *     revisions   key: u64 main, u32 sub, big-endian
 *                 value: u8 tombstone, encoded KeyValue, u32 CRC-32 of what stands before it (little-endian)
 *     entries     key: u8 bucket (its place in BUCKETS), key bytes
 *                 value: bytes, u32 CRC-32 of key and bytes
 *
 * The raft entry that a commit belongs to is the entry `consistent_index` of `meta`: u64 index, u64 term, little-endian.
 * It is written in the same transaction as the batch, so the two cannot disagree.
 *
 * Every commit is synced before it counts (no overlapping sync, never noSync, never useWritemap): LMDB's plain mode, in
 * which a power cut loses at most commits that were not reported.
 */
import { open, type Database, type RootDatabase, type Transaction } from 'lmdb';

/** Address space, not memory or disk: more than any quota, so that the map never has to move under a reader. */
const MAP_BYTES = 256 * 2 ** 30;

export const REVISIONS = 'revisions';
export const ENTRIES = 'entries';
export const CONSISTENT_INDEX = 'consistent_index';

export interface Environment {
  readonly root: RootDatabase<Uint8Array, Uint8Array>;
  readonly revisions: RevisionDatabase;
  readonly entries: Database<Uint8Array, Uint8Array>;
}

/** A revision as a key. */
export interface RevisionId {
  main: number;
  sub: number;
}

/** What is used of LMDB's methods on the database of revisions; its own types know nothing of keys that are objects. */
export interface RevisionDatabase {
  getBinaryFast(id: RevisionId): Uint8Array | undefined;
  getRange(options: RevisionScan): Iterable<{ key: RevisionId; value: Uint8Array }>;
  getKeys(options: RevisionScan): Iterable<RevisionId>;
  putSync(id: RevisionId, record: Uint8Array): void;
  removeSync(id: RevisionId): boolean;
  getStats(): object;
}

interface RevisionScan {
  readonly start?: RevisionId;
  readonly reverse?: boolean;
  readonly limit?: number;
  readonly transaction?: Transaction;
}

const TWO_32 = 2 ** 32;
const REVISION_ID_BYTES = 12;

/** Keys straight from numbers into LMDB's key buffer and back. */
export const revisionKeys = {
  writeKey(id: RevisionId, into: Uint8Array, offset: number): number {
    const high = Math.floor(id.main / TWO_32);
    putUint32(high, into, offset);
    putUint32(id.main >>> 0, into, offset + 4);
    putUint32(id.sub, into, offset + 8);
    return offset + REVISION_ID_BYTES;
  },
  readKey(from: Uint8Array, start: number): RevisionId {
    return { main: getUint32(from, start) * TWO_32 + getUint32(from, start + 4), sub: getUint32(from, start + 8) };
  },
};

function putUint32(value: number, into: Uint8Array, at: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

function getUint32(from: Uint8Array, at: number): number {
  return ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0;
}

/** Opens the file, making it where it is missing. Several threads of one process may do so. */
export function openEnvironment(path: string): Environment {
  const root = open<Uint8Array, Uint8Array>({
    path,
    noSubdir: true,
    mapSize: MAP_BYTES,
    maxDbs: 4,
    overlappingSync: false,
    keyEncoding: 'binary',
    encoding: 'binary',
    cache: false,
  });
  const options = { encoding: 'binary', cache: false, keyEncoder: revisionKeys } as const;
  const revisions = root.openDB(REVISIONS, options) as unknown as RevisionDatabase;
  const entries = root.openDB<Uint8Array, Uint8Array>(ENTRIES, {
    encoding: 'binary',
    keyEncoding: 'binary',
    cache: false,
  });
  return { root, revisions, entries };
}

/** What `getStats` of a root database says, as far as it is used. */
interface Stats {
  readonly pageSize: number;
  readonly lastPageNumber: number;
}

/** Pages that the file has in use or free; the file itself may be longer. */
export function allocatedBytes(environment: Environment): number {
  const stats = environment.root.getStats() as Stats;
  return (stats.lastPageNumber + 1) * stats.pageSize;
}

/** Whether any transaction has noted pages that it gave up. */
export function hasFreeList(environment: Environment): boolean {
  const { free } = environment.root.getStats() as { free: TreeStats };
  return free.entryCount > 0;
}

interface TreeStats {
  readonly entryCount: number;
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** The same without free pages: what the trees hold, and the two meta pages. */
export function usedBytes(environment: Environment): number {
  const { free, root } = environment.root.getStats() as { free: TreeStats; root: TreeStats };
  const trees = [
    free,
    root,
    environment.revisions.getStats() as TreeStats,
    environment.entries.getStats() as TreeStats,
  ];
  const pages = trees.reduce((sum, t) => sum + t.treeBranchPageCount + t.treeLeafPageCount + t.overflowPages, 2);
  return pages * root.pageSize;
}
