/**
 * The stream in which a backend's whole content travels: to a member that fell too far behind, and into a file.
 *
 * Format, version 1; integers are little-endian, u64 is two u32, low half first:
 *
 *     magic    16 bytes  "etcdmark-state-1"
 *     frame    u32 payload length, u32 CRC-32C of the payload, payload
 *     payload  records, end to end; a record never crosses a frame
 *     record   u8 kind, then
 *              kind 0       revision: u64 main, u64 sub, u8 tombstone, u32 length, encoded KeyValue
 *              kind 1 + n   entry of BUCKETS[n]: u32 length, key, u32 length, value
 *              kind 255     end: u64 consistent index, u64 term, u64 number of records before it
 *
 * The end record stands alone in the last frame, so a stream that was cut is told from a whole one.
 */
import { BUCKETS, type Bucket } from '../../base/backend.ts';
import { byteStringFrom, type ByteString } from '../../base/bytes.ts';
import { crc32c } from '../../base/crc32c.ts';
import { OperationError } from '../../base/errors.ts';

const MAGIC = 'etcdmark-state-1';
const FRAME_HEADER_BYTES = 8;
const KIND_END = 255;
const TWO_32 = 2 ** 32;
/** A length above this is damage, not data: requests are limited to some MiB. */
const MAX_FRAME_BYTES = 2 ** 30;

/** Collects records into frames. */
export class SnapshotWriter {
  private readonly frameBytes: number;
  private bytes: Uint8Array;
  private view: DataView;
  /** Where the open frame starts: after the magic in the first chunk, else at 0. */
  private frameStart: number;
  private at: number;
  private records = 0;

  /** A frame is ended once it has `frameBytes`; a larger record makes a larger frame. */
  constructor(frameBytes: number) {
    this.frameBytes = frameBytes;
    this.bytes = new Uint8Array(MAGIC.length + FRAME_HEADER_BYTES + frameBytes);
    this.view = viewOf(this.bytes);
    for (let i = 0; i < MAGIC.length; i++) this.bytes[i] = MAGIC.charCodeAt(i);
    this.frameStart = MAGIC.length;
    this.at = this.frameStart + FRAME_HEADER_BYTES;
  }

  /** Whether `take` has a full frame to give. */
  get isFull(): boolean {
    return this.at - this.frameStart - FRAME_HEADER_BYTES >= this.frameBytes;
  }

  revision(main: number, sub: number, tombstone: boolean, kv: Uint8Array): void {
    this.reserve(22 + kv.length);
    this.bytes[this.at++] = 0;
    this.u64(main);
    this.u64(sub);
    this.bytes[this.at++] = tombstone ? 1 : 0;
    this.blob(kv);
    this.records++;
  }

  entry(bucket: Bucket, key: ByteString, value: Uint8Array): void {
    this.reserve(9 + key.length + value.length);
    this.bytes[this.at++] = 1 + BUCKETS.indexOf(bucket);
    this.u32(key.length);
    for (let i = 0; i < key.length; i++) this.bytes[this.at++] = key.charCodeAt(i);
    this.blob(value);
    this.records++;
  }

  /** The open frame as bytes; undefined where it is empty. */
  take(): Uint8Array | undefined {
    const payloadStart = this.frameStart + FRAME_HEADER_BYTES;
    if (this.at === payloadStart) return undefined;
    this.view.setUint32(this.frameStart, this.at - payloadStart, true);
    this.view.setUint32(this.frameStart + 4, crc32c(this.bytes, 0, payloadStart, this.at), true);
    const taken = this.bytes.subarray(0, this.at);
    this.bytes = new Uint8Array(FRAME_HEADER_BYTES + this.frameBytes);
    this.view = viewOf(this.bytes);
    this.frameStart = 0;
    this.at = FRAME_HEADER_BYTES;
    return taken;
  }

  /** The last frame; `take` must have been called before. */
  end(consistentIndex: number, consistentTerm: number): Uint8Array {
    this.reserve(25);
    this.bytes[this.at++] = KIND_END;
    this.u64(consistentIndex);
    this.u64(consistentTerm);
    this.u64(this.records);
    return this.take()!;
  }

  private blob(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  private u32(value: number): void {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  private u64(value: number): void {
    this.u32(value % TWO_32);
    this.u32(Math.floor(value / TWO_32));
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const larger = new Uint8Array((this.at + bytes) * 2);
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}

/** What a stream holds, record by record. */
export interface RecordSink {
  revision(main: number, sub: number, tombstone: boolean, kv: Uint8Array): void;
  entry(bucket: Bucket, key: ByteString, value: Uint8Array): void;
}

/** Takes a stream apart, however it is cut into chunks. */
export class SnapshotReader {
  private readonly sink: RecordSink;
  private pending: Uint8Array = new Uint8Array(0);
  private magicSeen = false;
  private records = 0;
  private ending: { readonly consistentIndex: number; readonly consistentTerm: number } | undefined;

  constructor(sink: RecordSink) {
    this.sink = sink;
  }

  write(chunk: Uint8Array): void {
    const bytes = joined(this.pending, chunk);
    const view = viewOf(bytes);
    let at = 0;
    if (!this.magicSeen) {
      if (bytes.length < MAGIC.length) {
        this.pending = bytes;
        return;
      }
      if (byteStringFrom(bytes, 0, MAGIC.length) !== MAGIC) throw damaged('it does not begin with ' + MAGIC);
      this.magicSeen = true;
      at = MAGIC.length;
    }
    while (at + FRAME_HEADER_BYTES <= bytes.length) {
      const length = view.getUint32(at, true);
      if (length > MAX_FRAME_BYTES) throw damaged(`a frame claims ${length} bytes`);
      const start = at + FRAME_HEADER_BYTES;
      if (start + length > bytes.length) break;
      if (crc32c(bytes, 0, start, start + length) !== view.getUint32(at + 4, true))
        throw damaged('a checksum does not match');
      this.frame(bytes, view, start, start + length);
      at = start + length;
    }
    this.pending = bytes.slice(at);
  }

  /** The raft entry that the state belongs to. Throws where the stream has not come to its end. */
  finish(): { readonly consistentIndex: number; readonly consistentTerm: number } {
    if (this.ending === undefined || this.pending.length > 0) throw damaged('it ends too early');
    return this.ending;
  }

  private frame(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    if (this.ending !== undefined) throw damaged('it goes on after its end');
    let at = start;
    const u32 = (): number => {
      at += 4;
      return view.getUint32(at - 4, true);
    };
    const u64 = (): number => u32() + u32() * TWO_32;
    const blob = (): Uint8Array => {
      const length = u32();
      at += length;
      return bytes.slice(at - length, at);
    };
    while (at < end) {
      const kind = bytes[at++]!;
      if (kind === KIND_END) {
        this.ending = { consistentIndex: u64(), consistentTerm: u64() };
        if (u64() !== this.records) throw damaged('records are missing');
      } else if (kind === 0) {
        const [main, sub, tombstone] = [u64(), u64(), bytes[at++] === 1];
        this.sink.revision(main, sub, tombstone, blob());
        this.records++;
      } else {
        const bucket = BUCKETS[kind - 1];
        if (bucket === undefined) throw damaged(`it holds an unknown record kind ${kind}`);
        const key = byteStringFrom(blob());
        this.sink.entry(bucket, key, blob());
        this.records++;
      }
    }
    if (at !== end) throw damaged('a record crosses its frame');
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function damaged(what: string): OperationError {
  return new OperationError(`snapshot stream is damaged: ${what}; ask for it again`);
}
