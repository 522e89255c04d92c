/** Small copies that share buffers: a hundred thousand entries read back cost the collector far less than as many buffers. */

/** Small enough that one entry kept in memory does not keep much else. */
const CHUNK_BYTES = 64 << 10;

export class ByteArena {
  private chunk = new Uint8Array(0);
  private used = 0;

  /** A copy of [start, end). */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length > CHUNK_BYTES / 4) return bytes.slice(start, end);
    if (this.used + length > this.chunk.length) {
      this.chunk = new Uint8Array(CHUNK_BYTES);
      this.used = 0;
    }
    const copy = this.chunk.subarray(this.used, this.used + length);
    copy.set(bytes.subarray(start, end));
    this.used += length;
    return copy;
  }
}
