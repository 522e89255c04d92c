/**
 * One batch on its way to the writer thread: flat arrays and one block of bytes, so that handing it over is a few
 * allocations however many writes it holds. The block is copied from the slabs that `allocate` gave out, and moved to the thread without another copy.
 */

/** What the writer is told. */
export interface BatchMessage {
  readonly consistentIndex: number;
  readonly consistentTerm: number;
  /** Per put revision: main, twice the sub-revision plus one for a tombstone, bytes. Their values stand end to end. */
  readonly mains: Float64Array;
  readonly marks: Float64Array;
  readonly lengths: Uint32Array;
  readonly values: Uint8Array;
  /** Per deleted revision: main, sub. */
  readonly deletions: Float64Array;
  readonly entries: readonly EntryWrite[];
}

/** An entry of a small bucket: its key with the bucket's byte in front; no value means deletion. */
export interface EntryWrite {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Values that lie end to end in one slab, as those that were allocated one after the other do. */
interface Run {
  readonly buffer: ArrayBufferLike;
  readonly start: number;
  end: number;
}

export class BatchBuilder {
  private mains: number[] = [];
  private marks: number[] = [];
  private lengths: number[] = [];
  private runs: Run[] = [];
  private bytes = 0;
  private deletions: number[] = [];
  private entries: EntryWrite[] = [];

  get operations(): number {
    return this.mains.length + this.deletions.length / 2 + this.entries.length;
  }

  putRevision(main: number, sub: number, tombstone: boolean, kv: Uint8Array): void {
    this.mains.push(main);
    this.marks.push(sub * 2 + (tombstone ? 1 : 0));
    this.lengths.push(kv.length);
    this.bytes += kv.length;
    const last = this.runs.at(-1);
    if (last !== undefined && last.buffer === kv.buffer && last.end === kv.byteOffset) last.end += kv.length;
    else this.runs.push({ buffer: kv.buffer, start: kv.byteOffset, end: kv.byteOffset + kv.length });
  }

  deleteRevision(main: number, sub: number): void {
    this.deletions.push(main, sub);
  }

  entry(write: EntryWrite): void {
    this.entries.push(write);
  }

  /** The message, whose arrays may be moved to the thread; the builder is empty afterwards. */
  take(consistentIndex: number, consistentTerm: number): BatchMessage {
    const values = new Uint8Array(this.bytes);
    let at = 0;
    for (const { buffer, start, end } of this.runs) {
      values.set(new Uint8Array(buffer, start, end - start), at);
      at += end - start;
    }
    const message: BatchMessage = {
      consistentIndex,
      consistentTerm,
      mains: Float64Array.from(this.mains),
      marks: Float64Array.from(this.marks),
      lengths: Uint32Array.from(this.lengths),
      values,
      deletions: Float64Array.from(this.deletions),
      entries: this.entries,
    };
    this.mains = [];
    this.marks = [];
    this.lengths = [];
    this.runs = [];
    this.bytes = 0;
    this.deletions = [];
    this.entries = [];
    return message;
  }
}
