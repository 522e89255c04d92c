/**
 * The backend of real members. Reads happen here, from LMDB's map and from what has not reached it yet; writes are
 * gathered here and carried out by a thread (`lmdb-writer.ts`), one synced transaction a commit.
 *
 * Rewriting the file goes on beside all that: while a copy is made, commits wait in memory, where reads find them, and go
 * to the new file once it is in use. The only standstill is opening it.
 */
import type {
  Backend,
  BackendRestore,
  BackendSnapshot,
  Bucket,
  DefragmentOutcome,
  RevisionIdVisitor,
  RevisionVisitor,
} from '../../base/backend.ts';
import type { ByteString } from '../../base/bytes.ts';
import { assert, OperationError } from '../../base/errors.ts';
import { Slab } from '../../base/slab.ts';
import { BatchBuilder, type BatchMessage } from './lmdb-batch.ts';
import { allocatedBytes, CONSISTENT_INDEX, openEnvironment, usedBytes } from './lmdb-environment.ts';
import { checkedFile, dataFile, removeGeneration, settleDirectory } from './lmdb-files.ts';
import type { LmdbFile } from './lmdb-file.ts';
import { decodeConsistentIndex, encodeEntry, entryKey } from './lmdb-records.ts';
import { openLmdbSnapshot } from './lmdb-snapshot.ts';
import { LmdbView, VALUE_SLABS } from './lmdb-view.ts';
import type { WriterReply } from './lmdb-writer.ts';
import { SharedEnvironment } from './shared-environment.ts';
import { SnapshotReader } from './snapshot-stream.ts';
import { WriterThread } from './writer-thread.ts';

export interface LmdbBackendOptions {
  /** The newest revisions are also kept in memory, up to this many bytes of values. */
  readonly recentBytes: number;
  /** So are others that are read again and again. */
  readonly readCacheBytes: number;
  /** Milliseconds from any origin, to measure standstills. */
  readonly nowMs: () => number;
}

const DEFAULT_OPTIONS: LmdbBackendOptions = {
  recentBytes: 8 * 1024 * 1024,
  readCacheBytes: 32 * 1024 * 1024,
  nowMs: () => performance.now(),
};

/** A restored snapshot is written in batches of about this many operations. */
const RESTORE_BATCH_OPERATIONS = 10_000;

interface Commit {
  readonly number: number;
  readonly consistentIndex: number;
  readonly lastMain: number;
}

/** Opens the backend in a directory, making it where it is missing. Throws OperationError where the file is damaged. */
export function openLmdbBackend(directory: string, options: Partial<LmdbBackendOptions> = {}): Backend {
  return new LmdbBackend(directory, { ...DEFAULT_OPTIONS, ...options });
}

class LmdbBackend implements Backend {
  private readonly directory: string;
  private readonly options: LmdbBackendOptions;
  private readonly writer: WriterThread;
  private generation: number;
  private view: LmdbView;
  private batch = new BatchBuilder();
  private readonly slab = new Slab(VALUE_SLABS, (bytes) => new Uint8Array(bytes));
  private lastMain = 0;
  /** Commits that the file does not have yet, in order. */
  private commits: Commit[] = [];
  private commitNumber = 0;
  /** Commits that wait for the next generation; undefined while none is made. */
  private held: BatchMessage[] | undefined;
  /** Whether a next generation is being made. */
  private isRewriting = false;
  private isClosed = false;
  /** Set while a close waits for the next generation. */
  private closeWriter: (() => void) | undefined;

  consistentIndex = 0;
  consistentTerm = 0;
  flushedIndex = 0;
  sizeBytes = 0;
  sizeInUseBytes = 0;
  onCommitted: ((durationMs: number) => void) | undefined;
  onFlushed: ((flushedIndex: number) => void) | undefined;
  onFailed: ((error: Error) => void) | undefined;

  constructor(directory: string, options: LmdbBackendOptions) {
    this.directory = directory;
    this.options = options;
    this.generation = settleDirectory(directory);
    this.view = this.openView(checkedFile(dataFile(directory, this.generation)));
    this.writer = new WriterThread({ directory, generation: this.generation }, (error) => {
      this.closeWriter?.();
      this.onFailed?.(error);
    });
  }

  get(bucket: Bucket, key: ByteString): Uint8Array | undefined {
    return this.view.buckets[bucket].get(key);
  }

  put(bucket: Bucket, key: ByteString, value: Uint8Array): void {
    this.view.put(bucket, key, value.slice());
    this.batch.entry(encodeEntry(bucket, key, value));
  }

  delete(bucket: Bucket, key: ByteString): void {
    this.view.delete(bucket, key);
    this.batch.entry({ key: entryKey(bucket, key), value: undefined });
  }

  scan(bucket: Bucket, visit: (key: ByteString, value: Uint8Array) => void): void {
    this.view.buckets[bucket].scan('', undefined, visit);
  }

  allocate(length: number): Uint8Array {
    return this.slab.take(length);
  }

  putRevision(main: number, sub: number, tombstone: boolean, kv: Uint8Array): void {
    this.lastMain = main;
    this.view.recent.append(main, sub, tombstone, kv);
    this.batch.putRevision(main, sub, tombstone, kv);
  }

  getRevision(main: number, sub: number): Uint8Array | undefined {
    return this.view.getRevision(main, sub);
  }

  deleteRevision(main: number, sub: number): void {
    this.view.deleteRevision(main, sub, this.commitNumber + 1);
    this.batch.deleteRevision(main, sub);
  }

  scanRevisions(fromMain: number, fromSub: number, visit: RevisionVisitor): void {
    this.view.scanRevisions(fromMain, fromSub, visit);
  }

  scanRevisionIds(fromMain: number, fromSub: number, visit: RevisionIdVisitor): void {
    this.view.scanRevisionIds(fromMain, fromSub, visit);
  }

  get pendingOperations(): number {
    return this.batch.operations;
  }

  commit(consistentIndex: number, consistentTerm: number): void {
    assert(!this.isClosed, 'commit on a backend that is closed');
    this.consistentIndex = consistentIndex;
    this.consistentTerm = consistentTerm;
    this.commitNumber++;
    this.commits.push({ number: this.commitNumber, consistentIndex, lastMain: this.lastMain });
    const batch = this.batch.take(consistentIndex, consistentTerm);
    if (this.held === undefined) this.sendBatch(batch);
    else this.held.push(batch);
  }

  snapshot(): BackendSnapshot {
    assert(this.pendingOperations === 0, 'a snapshot was asked for between two commits');
    const { consistentIndex, consistentTerm } = this;
    return { consistentIndex, consistentTerm, ...openLmdbSnapshot(this.view, { consistentIndex, consistentTerm }) };
  }

  restore(): BackendRestore {
    this.claimRewrite();
    let batch = new BatchBuilder();
    const flush = (index: number, term: number): void => {
      this.writer.post({ what: 'write next', batch: batch.take(index, term) });
      batch = new BatchBuilder();
    };
    const flushFull = (): void => {
      if (batch.operations >= RESTORE_BATCH_OPERATIONS) flush(0, 0);
    };
    const reader = new SnapshotReader({
      revision: (main, sub, tombstone, kv) => {
        batch.putRevision(main, sub, tombstone, kv);
        flushFull();
      },
      entry: (bucket, key, value) => {
        batch.entry(encodeEntry(bucket, key, value));
        flushFull();
      },
    });
    this.writer.ask({ what: 'begin next' }, () => undefined);
    return {
      write: (chunk) => reader.write(chunk),
      finish: (done) => {
        const { consistentIndex, consistentTerm } = reader.finish();
        flush(consistentIndex, consistentTerm);
        this.writer.ask({ what: 'adopt next' }, (reply) => {
          this.batch = new BatchBuilder();
          this.useNextGeneration(reply, () => (this.view = this.openView(undefined)));
          this.onFlushed?.(this.flushedIndex);
          done(undefined);
        });
      },
      abort: () => {
        // Whoever rewrites next is served after this.
        this.writer.ask({ what: 'drop next' }, () => undefined);
        this.isRewriting = false;
      },
    };
  }

  defragment(done: (outcome: DefragmentOutcome) => void): void {
    try {
      this.claimRewrite();
    } catch (error) {
      done({ error: error as Error });
      return;
    }
    const sizeBeforeBytes = this.sizeBytes;
    // From here on commits wait: what the writer does before the copy is in it, what comes after is not.
    this.held = [];
    this.writer.ask({ what: 'copy to next' }, () => {
      this.writer.ask({ what: 'adopt next' }, (reply) => {
        const pauseMs = this.useNextGeneration(reply, () => {
          this.view.shared = new SharedEnvironment(openEnvironment(dataFile(this.directory, this.generation)));
        });
        done({ error: undefined, sizeBeforeBytes, sizeAfterBytes: this.sizeBytes, pauseMs });
      });
    });
  }

  close(done: () => void): void {
    this.isClosed = true;
    this.view.touch();
    this.closeWriter = () => {
      this.closeWriter = undefined;
      // Only once the thread is gone: what LMDB clears away as it goes must not cross what is closed here.
      this.writer.close(() => this.view.shared.retire(done));
    };
    // What waits for the next generation is written there first.
    if (this.held === undefined || this.writer.hasFailed) this.closeWriter();
  }

  private openView(untouched: LmdbFile | undefined): LmdbView {
    const environment = openEnvironment(dataFile(this.directory, this.generation));
    const view = new LmdbView(environment, untouched, this.options.readCacheBytes);
    const stored = view.buckets.meta.get(CONSISTENT_INDEX);
    view.buckets.meta.delete(CONSISTENT_INDEX);
    if (stored !== undefined && this.commits.length === 0) {
      const { index, term } = decodeConsistentIndex(stored);
      this.consistentIndex = this.flushedIndex = index;
      this.consistentTerm = term;
    }
    this.sizeBytes = allocatedBytes(environment);
    this.sizeInUseBytes = usedBytes(environment);
    return view;
  }

  private claimRewrite(): void {
    if (this.isRewriting)
      throw new OperationError('the backend file is being rewritten already; try again when that is done');
    this.isRewriting = true;
  }

  /** Reads from the file that the writer has adopted, once `open` has opened it; returns how long that took. */
  private useNextGeneration(reply: WriterReply, open: () => void): number {
    const startMs = this.options.nowMs();
    const old = this.view.shared;
    const oldGeneration = this.generation++;
    open();
    this.noteSizes(reply);
    const pauseMs = this.options.nowMs() - startMs;
    this.isRewriting = false;
    old.retire(() => removeGeneration(this.directory, oldGeneration));
    const { held } = this;
    this.held = undefined;
    for (const batch of held ?? []) this.sendBatch(batch);
    this.closeWriter?.();
    return pauseMs;
  }

  private sendBatch(batch: BatchMessage): void {
    this.view.touch();
    this.writer.ask({ what: 'write', batch }, (reply) => {
      const commit = this.commits.shift()!;
      this.noteSizes(reply);
      if (reply.what === 'written') this.onCommitted?.(reply.commitMs);
      this.view.committed(commit.number, commit.lastMain, this.options.recentBytes);
      this.flushedIndex = commit.consistentIndex;
      this.onFlushed?.(this.flushedIndex);
    });
  }

  private noteSizes(reply: WriterReply): void {
    if (!('sizeBytes' in reply)) return;
    this.sizeBytes = reply.sizeBytes;
    this.sizeInUseBytes = reply.sizeInUseBytes;
  }
}
