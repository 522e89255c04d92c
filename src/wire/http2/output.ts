/**
 * What a connection has to say, gathered over one turn of the event loop and handed to the duplex in one write.
 *
 * Frames are encoded straight into a block of memory. Blocks come from a pool shared by all connections, so an idle
 * connection holds none; a block goes back once the duplex no longer needs it.
 */
import type { Clock } from '../../base/clock.ts';
import type { Duplex } from '../../base/network.ts';
import { BLOCK_BYTES, giveBlock, takeBlock } from '../blocks.ts';

/** A block left behind when it was full. */
interface FullBlock {
  readonly block: Buffer;
  /** All that had been written when the block was. */
  readonly writtenBytes: number;
}

const NO_BLOCK = Buffer.alloc(0);

export class Output {
  private readonly duplex: Duplex;
  private readonly clock: Clock;
  private readonly flushSoon: () => void;
  private flushed = 0;
  private scheduled = false;
  private discarded = false;
  private writtenBytes = 0;
  /** Those that the duplex may still read, in the order in which they were filled. */
  private readonly full: FullBlock[] = [];
  /** The current block; write at the offset `reserve` returned, then `commit`. */
  buffer: Buffer = NO_BLOCK;
  offset = 0;
  /** The duplex asked to hold back: DATA must wait until it drains. */
  blocked = false;

  constructor(duplex: Duplex, clock: Clock) {
    this.duplex = duplex;
    this.clock = clock;
    this.flushSoon = () => {
      this.scheduled = false;
      this.flush();
    };
  }

  /** Makes `buffer` have room for `bytes` (at most a frame) and returns where they begin. */
  reserve(bytes: number): number {
    if (this.buffer.length - this.offset < bytes) this.nextBlock(bytes);
    return this.offset;
  }

  /** Everything before `offset` is to be sent when this turn ends. */
  commit(offset: number): void {
    this.offset = offset;
    if (!this.scheduled) {
      this.scheduled = true;
      this.clock.soon(this.flushSoon);
    }
  }

  /** Bytes encoded but not yet taken by whatever carries them. */
  get pendingBytes(): number {
    return this.offset - this.flushed + this.duplex.pendingBytes;
  }

  flush(): void {
    if (this.discarded) return;
    if (this.offset > this.flushed) {
      const whole = this.flushed === 0 && this.offset === this.buffer.length;
      const bytes = whole ? this.buffer : this.buffer.subarray(this.flushed, this.offset);
      this.flushed = this.offset;
      this.writtenBytes += bytes.length;
      if (!this.duplex.write(bytes)) this.blocked = true;
    }
    if (this.duplex.pendingBytes === 0) this.releaseBlock();
  }

  /** Drops what was not flushed, and what will be written from now on: the duplex takes no more. */
  discard(): void {
    this.discarded = true;
    this.offset = this.flushed;
  }

  private nextBlock(bytes: number): void {
    this.flush();
    if (this.buffer.length - this.offset >= bytes) return;
    if (this.isPooled) this.full.push({ block: this.buffer, writtenBytes: this.writtenBytes });
    this.reclaim();
    this.buffer = bytes > BLOCK_BYTES ? Buffer.allocUnsafe(bytes) : takeBlock();
    this.offset = 0;
    this.flushed = 0;
  }

  private get isPooled(): boolean {
    return this.buffer.length === BLOCK_BYTES;
  }

  private releaseBlock(): void {
    this.reclaim();
    if (this.isPooled) giveBlock(this.buffer);
    this.buffer = NO_BLOCK;
    this.offset = 0;
    this.flushed = 0;
  }

  /** Bytes leave in order: all but the last of them, those still pending, have gone. */
  private reclaim(): void {
    if (this.full.length === 0 || this.discarded) return;
    const goneBytes = this.writtenBytes - this.duplex.pendingBytes;
    while (this.full.length > 0 && this.full[0]!.writtenBytes <= goneBytes) giveBlock(this.full.shift()!.block);
  }
}
