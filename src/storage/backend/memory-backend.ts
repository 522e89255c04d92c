/**
 * The backend's deterministic twin, for the simulator and for tests: everything in memory, with a crash that keeps any
 * committed prefix at or after the last flush. A `MemoryMedia` stands for the disk: it outlives the crash, and opening
 * a backend on it again finds what survived.
 *
 * Sizes follow bbolt's habit: the file grows with what is stored and never shrinks until it is defragmented.
 */
import type {
  Bucket,
  BackendRestore,
  BackendSnapshot,
  CrashableBackend,
  DefragmentOutcome,
  RevisionIdVisitor,
  RevisionVisitor,
} from '../../base/backend.ts';
import type { ByteString } from '../../base/bytes.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { assert } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { applyTo, emptyState, cloneState, stateBytes, type MemoryState, type Write } from './memory-state.ts';
import { SnapshotReader, SnapshotWriter } from './snapshot-stream.ts';

/** The page size that sizes are rounded to. */
const PAGE_BYTES = 4096;
const SNAPSHOT_FRAME_BYTES = 64 * 1024;

/** What a crash leaves. */
export interface MemoryMedia {
  state: MemoryState;
}

export function memoryMedia(): MemoryMedia {
  return { state: emptyState() };
}

export interface MemoryBackendOptions {
  /** With a clock, commits become durable by themselves after `flushDelayMs`; without, only `flush` makes them so. */
  readonly clock?: Clock;
  readonly flushDelayMs?: () => number;
}

interface Batch {
  readonly writes: readonly Write[];
  readonly consistentIndex: number;
  readonly consistentTerm: number;
}

export class MemoryBackend implements CrashableBackend {
  private readonly media: MemoryMedia;
  private readonly options: MemoryBackendOptions;
  private readonly timers = new Set<Timer>();
  private state: MemoryState;
  private writes: Write[] = [];
  private committed: Batch[] = [];
  private highWaterBytes = 0;
  private isOpen = true;

  onCommitted: ((durationMs: number) => void) | undefined;
  onFlushed: ((flushedIndex: number) => void) | undefined;
  onFailed: ((error: Error) => void) | undefined;

  constructor(media: MemoryMedia, options: MemoryBackendOptions = {}) {
    this.media = media;
    this.options = options;
    this.state = cloneState(media.state);
    this.highWaterBytes = this.sizeInUseBytes;
  }

  get(bucket: Bucket, key: ByteString): Uint8Array | undefined {
    return this.state.buckets[bucket].get(key);
  }

  put(bucket: Bucket, key: ByteString, value: Uint8Array): void {
    this.write({ what: 'put', bucket, key, value: value.slice() });
  }

  delete(bucket: Bucket, key: ByteString): void {
    this.write({ what: 'delete', bucket, key });
  }

  scan(bucket: Bucket, visit: (key: ByteString, value: Uint8Array) => void): void {
    this.state.buckets[bucket].scan('', undefined, visit);
  }

  allocate(length: number): Uint8Array {
    return new Uint8Array(length);
  }

  putRevision(main: number, sub: number, tombstone: boolean, kv: Uint8Array): void {
    this.write({ what: 'putRevision', main, sub, tombstone, kv });
  }

  getRevision(main: number, sub: number): Uint8Array | undefined {
    return this.state.revisions.get(main, sub);
  }

  deleteRevision(main: number, sub: number): void {
    this.write({ what: 'deleteRevision', main, sub });
  }

  scanRevisions(fromMain: number, fromSub: number, visit: RevisionVisitor): void {
    this.state.revisions.scan(fromMain, fromSub, visit);
  }

  scanRevisionIds(fromMain: number, fromSub: number, visit: RevisionIdVisitor): void {
    this.state.revisions.scan(fromMain, fromSub, visit);
  }

  commit(consistentIndex: number, consistentTerm: number): void {
    assert(this.isOpen, 'commit on a backend that is closed');
    this.state.consistentIndex = consistentIndex;
    this.state.consistentTerm = consistentTerm;
    this.committed.push({ writes: this.writes, consistentIndex, consistentTerm });
    this.writes = [];
    this.scheduleFlush();
  }

  get pendingOperations(): number {
    return this.writes.length;
  }

  get consistentIndex(): number {
    return this.state.consistentIndex;
  }

  get consistentTerm(): number {
    return this.state.consistentTerm;
  }

  get flushedIndex(): number {
    return this.media.state.consistentIndex;
  }

  get sizeBytes(): number {
    return Math.max(this.highWaterBytes, this.sizeInUseBytes);
  }

  get sizeInUseBytes(): number {
    return Math.ceil(stateBytes(this.state) / PAGE_BYTES + 1) * PAGE_BYTES;
  }

  flush(): void {
    this.flushFirst(this.committed.length);
  }

  crash(random: Random): void {
    this.settle(random.below(this.committed.length + 1));
    this.stop();
  }

  snapshot(): BackendSnapshot {
    assert(this.writes.length === 0, 'a snapshot was asked for between two commits');
    const state = cloneState(this.media.state);
    for (const batch of this.committed) applyBatch(state, batch);
    const { consistentIndex, consistentTerm } = state;
    const chunks = snapshotChunks(state);
    return { consistentIndex, consistentTerm, next: () => chunks.shift(), close: () => undefined };
  }

  restore(): BackendRestore {
    const state = emptyState();
    const reader = new SnapshotReader({
      revision: (main, sub, tombstone, kv) => applyTo(state, { what: 'putRevision', main, sub, tombstone, kv }),
      entry: (bucket, key, value) => applyTo(state, { what: 'put', bucket, key, value }),
    });
    return {
      write: (chunk) => reader.write(chunk),
      finish: (done) => {
        Object.assign(state, reader.finish());
        this.media.state = state;
        this.state = cloneState(state);
        this.writes = [];
        this.committed = [];
        this.highWaterBytes = this.sizeInUseBytes;
        done(undefined);
      },
      abort: () => undefined,
    };
  }

  defragment(done: (outcome: DefragmentOutcome) => void): void {
    const sizeBeforeBytes = this.sizeBytes;
    this.highWaterBytes = 0;
    done({ error: undefined, sizeBeforeBytes, sizeAfterBytes: this.sizeBytes, pauseMs: 0 });
  }

  close(done: () => void): void {
    this.settle(this.committed.length);
    this.stop();
    done();
  }

  private write(write: Write): void {
    applyTo(this.state, write);
    this.writes.push(write);
    this.highWaterBytes = Math.max(this.highWaterBytes, this.sizeInUseBytes);
  }

  private scheduleFlush(): void {
    const { clock, flushDelayMs } = this.options;
    if (clock === undefined || flushDelayMs === undefined) return;
    const last = this.committed.at(-1);
    const delayMs = flushDelayMs();
    const timer: Timer = clock.after(delayMs, () => {
      this.timers.delete(timer);
      this.onCommitted?.(delayMs);
      if (last !== undefined) this.flushFirst(this.committed.indexOf(last) + 1);
    });
    this.timers.add(timer);
  }

  private flushFirst(count: number): void {
    if (count === 0) return;
    this.settle(count);
    this.onFlushed?.(this.flushedIndex);
  }

  /** Puts the first `count` committed batches onto the media. */
  private settle(count: number): void {
    for (const batch of this.committed.splice(0, count)) applyBatch(this.media.state, batch);
  }

  private stop(): void {
    this.isOpen = false;
    this.committed = [];
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }
}

function applyBatch(state: MemoryState, batch: Batch): void {
  for (const write of batch.writes) applyTo(state, write);
  state.consistentIndex = batch.consistentIndex;
  state.consistentTerm = batch.consistentTerm;
}

function snapshotChunks(state: MemoryState): Uint8Array[] {
  const writer = new SnapshotWriter(SNAPSHOT_FRAME_BYTES);
  const chunks: Uint8Array[] = [];
  const takeFull = (): void => {
    if (writer.isFull) chunks.push(writer.take()!);
  };
  for (const [bucket, entries] of Object.entries(state.buckets)) {
    entries.scan('', undefined, (key, value) => {
      writer.entry(bucket as Bucket, key, value);
      takeFull();
    });
  }
  state.revisions.scan(0, 0, (main, sub, tombstone, kv) => {
    writer.revision(main, sub, tombstone, kv);
    takeFull();
  });
  const rest = writer.take();
  if (rest !== undefined) chunks.push(rest);
  chunks.push(writer.end(state.consistentIndex, state.consistentTerm));
  return chunks;
}
