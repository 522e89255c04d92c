/**
 * Where a member keeps what it has applied: ordered buckets of bytes that change in atomic batches.
 *
 * Everything is synchronous. Writes are seen by reads at once; `commit` ends a batch and names the last raft entry in
 * it, and from then on the batch is applied whole or not at all. Committed is not yet durable: `flushedIndex` says how
 * far a crash can no longer take back, and only up to there may the log be released. After a crash the backend holds
 * some committed prefix of the batches, never less than the flushed one.
 *
 * Buckets and the form of their keys are etcd's (server/storage/schema/bucket.go). The bucket of revisions is by far
 * the largest, so it has methods of its own and nobody builds its 17-byte keys.
 */
import type { ByteString } from './bytes.ts';
import type { Random } from './random.ts';

export const BUCKETS = [
  'meta',
  'lease',
  'alarm',
  'cluster',
  'members',
  'members_removed',
  'auth',
  'authUsers',
  'authRoles',
] as const;

/** The small buckets. `meta` also holds what `commit` writes. */
export type Bucket = (typeof BUCKETS)[number];

/** A revision: `main` counts the requests that changed something, `sub` the changes within one request. */
export interface Revision {
  readonly main: number;
  readonly sub: number;
}

/** Returning false ends the scan. The bytes belong to the backend: copy what is kept, change nothing. */
export type RevisionVisitor = (main: number, sub: number, tombstone: boolean, kv: Uint8Array) => boolean | void;

export type RevisionIdVisitor = (main: number, sub: number) => boolean | void;

export interface Backend {
  get(bucket: Bucket, key: ByteString): Uint8Array | undefined;
  put(bucket: Bucket, key: ByteString, value: Uint8Array): void;
  delete(bucket: Bucket, key: ByteString): void;
  /** All entries in key order. */
  scan(bucket: Bucket, visit: (key: ByteString, value: Uint8Array) => void): void;

  /** Room for one value of the revision bucket: fill it and hand it to `putRevision`, which then need not copy. */
  allocate(length: number): Uint8Array;
  /** Adds a revision, which must be higher than every one before it. `kv` must not change afterwards. */
  putRevision(main: number, sub: number, tombstone: boolean, kv: Uint8Array): void;
  /** The encoded KeyValue; it stays as it is for as long as the caller keeps it. */
  getRevision(main: number, sub: number): Uint8Array | undefined;
  /** Removes a revision; one that is not there is ignored. */
  deleteRevision(main: number, sub: number): void;
  /** Visits the revisions from (main, sub) on, in order. The visitor must not write. */
  scanRevisions(fromMain: number, fromSub: number, visit: RevisionVisitor): void;
  /** The same without their values, which are then not read. */
  scanRevisionIds(fromMain: number, fromSub: number, visit: RevisionIdVisitor): void;

  /** Ends the batch; (consistentIndex, term) is the last raft entry whose effects it holds. Returns at once. */
  commit(consistentIndex: number, term: number): void;
  /** Writes since the last commit. */
  readonly pendingOperations: number;
  /** The raft entry of the last committed batch; 0 in a new backend. */
  readonly consistentIndex: number;
  readonly consistentTerm: number;
  /** No crash takes back what was committed up to this raft entry. */
  readonly flushedIndex: number;
  /** Called after a commit was written and synced, with the milliseconds that took. */
  onCommitted: ((durationMs: number) => void) | undefined;
  /** Called after `flushedIndex` has risen. */
  onFlushed: ((flushedIndex: number) => void) | undefined;
  /** Called once when writing has failed for good; the member must stop. */
  onFailed: ((error: Error) => void) | undefined;

  /** Bytes allocated in the file (etcd's dbSize). */
  readonly sizeBytes: number;
  /** The same without free pages (etcd's dbSizeInUse). */
  readonly sizeInUseBytes: number;

  /** The state as of the commit just made, unmoved by what is written afterwards. Nothing uncommitted may be pending. */
  snapshot(): BackendSnapshot;
  /**
   * Takes in a snapshot beside the content in use, which goes on being used until `finish` is called and must then be left
   * alone until it is done. Throws OperationError while the file is being rewritten already.
   */
  restore(): BackendRestore;
  /** Rewrites the file without its free pages while the member goes on; reports how long reads and writes stood still. */
  defragment(done: (outcome: DefragmentOutcome) => void): void;
  /** Waits for nothing: uncommitted writes are lost, committed ones are written before the file is closed. */
  close(done: () => void): void;
}

export interface BackendSnapshot {
  /** The raft entry up to which the snapshot holds effects: that of the last commit. */
  readonly consistentIndex: number;
  readonly consistentTerm: number;
  /** The next bytes of the snapshot stream; undefined after the last. */
  next(): Uint8Array | undefined;
  /** Must be called, also after an error: an open snapshot keeps pages from being reused. */
  close(): void;
}

export interface BackendRestore {
  /** Takes the chunks in order, cut anywhere. Throws OperationError where the stream is damaged. */
  write(chunk: Uint8Array): void;
  /**
   * Makes the stream the backend's durable content; throws OperationError where it is not whole. Before `done` is
   * called the old content stands, whatever happens.
   */
  finish(done: (error: Error | undefined) => void): void;
  /** Gives up instead of `finish`: what was written is forgotten and leaves nothing behind. */
  abort(): void;
}

export type DefragmentOutcome =
  | { readonly error: Error }
  | {
      readonly error: undefined;
      readonly sizeBeforeBytes: number;
      readonly sizeAfterBytes: number;
      readonly pauseMs: number;
    };

/** What the deterministic twin adds for the simulator. */
export interface CrashableBackend extends Backend {
  /** Makes every committed batch durable. */
  flush(): void;
  /** The machine goes down: what stays is some committed prefix, never less than what was flushed. */
  crash(random: Random): void;
}
