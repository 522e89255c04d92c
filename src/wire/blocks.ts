/**
 * Memory for what is on its way out, shared by all connections and used again and again. Were it fresh each time, every few
 * large answers would bring enough garbage for a collection of the whole heap, and everyone would wait for it.
 */
import { assert } from '../base/errors.ts';

export const BLOCK_BYTES = 65_536;
/** 8 MiB: two answers of 10,000 keys of 256 bytes at once. What is beyond is left to the garbage collector. */
const POOLED_BLOCKS = 128;
const pool: Buffer[] = [];

/** A block with anything in it. One that is not given back is no loss, only garbage. */
export function takeBlock(): Buffer {
  return pool.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
}

/** From `takeBlock`, and nobody reads it any more. */
export function giveBlock(block: Buffer): void {
  if (pool.length >= POOLED_BLOCKS) return;
  assert(!pool.includes(block), 'a block was given back twice');
  pool.push(block);
}

/** Bytes that wait to be sent. */
export interface OutgoingPart {
  readonly bytes: Buffer;
  /** The block in which they stand, where nothing behind them does: it goes back once they are sent or not wanted. */
  readonly block: Buffer | undefined;
}

/** Bytes in memory of their own, which do not change any more. */
export function ownPart(bytes: Buffer): OutgoingPart {
  return { bytes, block: undefined };
}

export function freeParts(parts: Iterable<OutgoingPart>): void {
  for (const { block } of parts) if (block !== undefined) giveBlock(block);
}
