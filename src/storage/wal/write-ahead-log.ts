/** The log as a member writes it: saves are gathered while a sync is under way and go out together with the next. */
import { assert } from '../../base/errors.ts';
import type { Entry, HardState, SnapshotMark } from '../../core/raft/types.ts';
import { RecordEncoder } from './encoder.ts';
import { METADATA_RECORD, SEGMENT_BYTES, SNAPSHOT_RECORD, STATE_RECORD, type SegmentName } from './format.ts';
import type { FatalHandler, LogHost, WriteOutcome, WritePiece } from './job.ts';
import { encodeHardState, encodeMetadata, encodeSnapshotMark } from './messages.ts';
import type { RecoveredLog } from './recovery.ts';

/** What one save took; saves that shared a sync are told the same. */
export interface SaveInfo extends WriteOutcome {
  /** Saves that shared the write. */
  readonly saves: number;
}

export type SaveDone = (info: SaveInfo) => void;

export interface SaveRequest {
  /** A snapshot is on hand, from which the log can be read; written before the rest. */
  readonly mark?: SnapshotMark | undefined;
  /** In order; from its first index on they replace what the log held. */
  readonly entries: readonly Entry[];
  readonly hardState?: HardState | undefined;
  /** False where nothing promises anything on these records, as for a commit index alone. */
  readonly mustSync: boolean;
}

export interface LogOptions {
  readonly host: LogHost;
  readonly recovered: RecoveredLog;
  /** Told once when the log can no longer be written. The member must end: what was not answered may be lost. */
  readonly onFatal: FatalHandler;
  /** Size at which a segment is full. */
  readonly segmentBytes?: number;
  /** Segments that are kept even when released; etcd's --max-wals. 0 keeps all. */
  readonly maxSegments?: number;
}

/** etcd's default of --max-wals. */
const MAX_SEGMENTS = 5;
const BUFFER_BYTES = 256 << 10;
/** A buffer that one large write has made larger is given back. */
const MAX_KEPT_BUFFER_BYTES = 8 << 20;

/**
 * Every save is answered in order by its `done`, once its records are durable (or, without `mustSync`, written). After a
 * failure no `done` is called any more.
 */
export class WriteAheadLog {
  private readonly host: LogHost;
  private readonly encoder: RecordEncoder;
  private readonly metadata: Uint8Array;
  private readonly segmentBytes: number;
  private readonly maxSegments: number;
  private readonly segments: SegmentName[];
  private state: Uint8Array;
  /** Whether the log does not hold `state` yet. */
  private stateIsLate = false;
  private lastIndex: number;

  /** Where in the last segment the encoder's byte `pieceStart` goes. */
  private position: number;
  private pieceStart = 0;
  private pieces: WritePiece[] = [];
  private ends: WritePiece['ends'];

  private waiting: SaveDone[] = [];
  private mustSync = false;
  private removals: SegmentName[] = [];
  private running = false;
  /** Whether all that the host was last given will be durable when it answers. */
  private sealed = true;
  private spare: Uint8Array;
  private closing: (() => void) | undefined;
  private closed = false;
  private failed = false;

  constructor(options: LogOptions) {
    const { host, recovered } = options;
    this.host = host;
    host.watch((error) => this.fail(error, options.onFatal));
    this.segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    this.maxSegments = options.maxSegments ?? MAX_SEGMENTS;
    this.segments = [...recovered.segments];
    this.metadata = encodeMetadata(recovered.metadata);
    this.state = encodeHardState(recovered.hardState);
    this.lastIndex = recovered.mark.index + recovered.entries.length;
    this.position = recovered.tail.offset;
    this.encoder = new RecordEncoder((capacity) => host.allocate(capacity), BUFFER_BYTES, recovered.tail.crc);
    this.spare = host.allocate(BUFFER_BYTES);
  }

  save(request: SaveRequest, done: SaveDone): void {
    assert(!this.closed, 'save after close');
    if (this.failed) return;
    const { mark, entries, hardState } = request;
    if (this.position + this.encoder.length - this.pieceStart >= this.segmentBytes) this.openSegment();
    else if (this.waiting.length === 0 && this.sealed) this.encoder.crcRecord();
    this.writeLateState();
    if (mark) {
      this.encoder.record(SNAPSHOT_RECORD, encodeSnapshotMark(mark));
      this.lastIndex = Math.max(this.lastIndex, mark.index);
    }
    for (const entry of entries) this.encoder.entry(entry);
    if (entries.length > 0) this.lastIndex = entries[entries.length - 1]!.index;
    if (hardState) {
      this.state = encodeHardState(hardState);
      this.encoder.record(STATE_RECORD, this.state);
    }
    this.mustSync ||= request.mustSync;
    this.waiting.push(done);
    if (!this.running) this.submit(false);
  }

  /**
   * Takes note of a commit index, which is not worth a write of its own: nobody is promised that it is on disk. It is
   * written in front of whatever comes next, a snapshot mark above all, which counts only where its index is committed.
   */
  noteCommit(hardState: HardState): void {
    if (this.closed || this.failed) return;
    this.state = encodeHardState(hardState);
    this.stateIsLate = true;
  }

  /** Entries up to `index` are no longer needed: removes the segments that hold nothing later, but for the last `maxSegments`. */
  release(index: number): void {
    if (this.closed || this.failed || this.maxSegments === 0) return;
    while (this.segments.length > this.maxSegments && this.segments[1]!.firstIndex <= index) {
      this.removals.push(this.segments.shift()!);
    }
    if (this.removals.length > 0 && !this.running) this.submit(false);
  }

  /** Calls `done` once everything saved is answered and the files are closed. */
  close(done: () => void): void {
    assert(!this.closed, 'closed twice');
    this.closed = true;
    this.closing = done;
    if (!this.failed && this.stateIsLate) {
      this.writeLateState();
      if (!this.running) this.submit(false);
    }
    if (!this.running || this.failed) this.finishClosing();
  }

  private writeLateState(): void {
    if (this.stateIsLate) this.encoder.record(STATE_RECORD, this.state);
    this.stateIsLate = false;
  }

  private openSegment(): void {
    this.endPiece();
    const before = this.segments.at(-1)!;
    this.ends = { segment: before, sizeBytes: this.position };
    this.segments.push({ sequence: before.sequence + 1, firstIndex: this.lastIndex + 1 });
    this.position = 0;
    this.encoder.crcRecord();
    this.encoder.record(METADATA_RECORD, this.metadata);
    this.encoder.record(STATE_RECORD, this.state);
  }

  private endPiece(): void {
    const start = this.pieceStart;
    const end = this.encoder.length;
    if (end > start) {
      const segment = this.segments.at(-1)!;
      this.pieces.push({ segment, ends: this.ends, position: this.position, start, end });
      this.position += end - start;
    }
    this.pieceStart = end;
    this.ends = undefined;
  }

  private submit(gathered: boolean): void {
    this.endPiece();
    const { pieces, waiting, mustSync, removals, encoder } = this;
    const buffer = encoder.buffer;
    encoder.swap(this.spare);
    this.pieceStart = 0;
    this.pieces = [];
    this.waiting = [];
    this.mustSync = false;
    this.removals = [];
    this.running = true;
    // A new segment is synced before it gets its name, with or without being asked.
    const last = pieces.at(-1);
    if (last) this.sealed = mustSync || last.ends !== undefined;
    const job = { pieces, sync: mustSync, gathered, remove: removals };
    this.host.submit(job, buffer, (outcome) => {
      this.spare = buffer.length > MAX_KEPT_BUFFER_BYTES ? this.host.allocate(BUFFER_BYTES) : buffer;
      this.running = false;
      // The disk first: what has gathered is on its way while the answers go out.
      if (this.waiting.length > 0 || this.removals.length > 0) this.submit(true);
      const info = { ...outcome, saves: waiting.length };
      for (const done of waiting) done(info);
      if (!this.running) this.finishClosing();
    });
  }

  private fail(error: Error, onFatal: FatalHandler): void {
    this.failed = true;
    this.waiting = [];
    onFatal(error);
    this.finishClosing();
  }

  private finishClosing(): void {
    if (!this.closing) return;
    const closing = this.closing;
    this.closing = undefined;
    this.host.close(closing);
  }
}
