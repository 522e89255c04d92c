/**
 * Header blocks that came before: on a busy connection nearly every request carries the very same few bytes. What such a
 * block decoded to is reused while the dynamic table is the same as then.
 */
const SLOTS = 16;
/** Longer blocks are rare and would cost more to compare than they save. */
const MAX_BLOCK_BYTES = 256;

export class BlockCache<T> {
  private readonly blocks: Buffer[] = new Array<Buffer>(SLOTS).fill(Buffer.alloc(0));
  private readonly versions = new Int32Array(SLOTS).fill(-1);
  private readonly results = new Array<T | undefined>(SLOTS).fill(undefined);

  /** What `source[start, end)` decoded to, if it did so at this version of the table. */
  find(source: Buffer, start: number, end: number, version: number): T | undefined {
    const length = end - start;
    if (length > MAX_BLOCK_BYTES || length === 0) return undefined;
    const slot = slotOf(source, start, end);
    const block = this.blocks[slot]!;
    if (block.length !== length || this.versions[slot] !== version) return undefined;
    for (let i = 0; i < length; i++) if (block[i] !== source[start + i]) return undefined;
    return this.results[slot];
  }

  /** Remembers a block that left the table as it found it. */
  store(source: Buffer, start: number, end: number, version: number, result: T): void {
    if (end - start > MAX_BLOCK_BYTES || end === start) return;
    const slot = slotOf(source, start, end);
    this.blocks[slot] = Buffer.from(source.subarray(start, end));
    this.versions[slot] = version;
    this.results[slot] = result;
  }
}

/** Blocks that differ mostly differ in length, or near the middle or the end (path, then the rest). */
function slotOf(source: Buffer, start: number, end: number): number {
  const mixed = (end - start) * 31 + source[(start + end) >> 1]! * 7 + source[end - 1]! * 3 + source[start + 2]!;
  return mixed & (SLOTS - 1);
}
