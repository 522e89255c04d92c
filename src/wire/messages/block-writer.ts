/** Writes a long message from front to back into blocks of the wire's pool, before anyone knows how long it will be. */
import { BLOCK_BYTES, freeParts, takeBlock, type OutgoingPart } from '../blocks.ts';
import { sizeDelimited, writeBytesField, writeOpening } from './fields.ts';

/** A short tag and a length below 2^32. */
const MOST_OPENING_BYTES = 6;
/** More are not moved to make room for what comes before them. */
const MOST_MOVED_BYTES = 1024;

export class BlockWriter {
  /** Written so far. */
  bytes = 0;
  private parts: OutgoingPart[] = [];
  private block: Buffer | undefined;
  private used = 0;

  /** Bytes as they are, copied. */
  add(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    for (let taken = 0; taken < bytes.length;) {
      const block = this.blockWith(1);
      const take = Math.min(bytes.length - taken, BLOCK_BYTES - this.used);
      block.set(take === bytes.length ? bytes : bytes.subarray(taken, taken + take), this.used);
      this.used += take;
      taken += take;
    }
  }

  /** A length-delimited field. */
  field(tag: number, bytes: Uint8Array): void {
    const size = sizeDelimited(bytes.length);
    if (this.block !== undefined && this.used + size <= BLOCK_BYTES) {
      this.used = writeBytesField(tag, bytes, this.block, this.used);
      this.bytes += size;
      return;
    }
    this.used = writeOpening(tag, bytes.length, this.blockWith(MOST_OPENING_BYTES), this.used);
    this.bytes += size - bytes.length;
    this.add(bytes);
  }

  /** Puts bytes before what was written after `position`. False where that is too much, or in several blocks. */
  insert(position: number, bytes: Uint8Array): boolean {
    const { block, used } = this;
    const at = position - (this.bytes - used);
    if (block === undefined || at < 0 || used - at > MOST_MOVED_BYTES || used + bytes.length > BLOCK_BYTES)
      return false;
    block.copyWithin(at + bytes.length, at, used);
    block.set(bytes, at);
    this.used += bytes.length;
    this.bytes += bytes.length;
    return true;
  }

  /** What was written since the last call, in parts; their blocks are the caller's from then on. */
  take(): OutgoingPart[] {
    this.close();
    const { parts } = this;
    this.parts = [];
    return parts;
  }

  /** What was written is not wanted. */
  drop(): void {
    freeParts(this.take());
  }

  /** A block with room for `bytes` more. */
  private blockWith(bytes: number): Buffer {
    if (this.block !== undefined && this.used + bytes <= BLOCK_BYTES) return this.block;
    this.close();
    return (this.block = takeBlock());
  }

  private close(): void {
    const { block, used } = this;
    if (block !== undefined) this.parts.push({ bytes: block.subarray(0, used), block });
    this.block = undefined;
    this.used = 0;
  }
}
