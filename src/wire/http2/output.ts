/**
 * What a connection has to say, gathered over one turn of the event loop and handed to the duplex in one write.
 *
 * Frames are encoded straight into a block of memory. Blocks come from a pool shared by all connections, so an idle
 * connection holds none; a block goes back once the duplex no longer needs it.
 */
import type { Clock } from '../../base/clock.ts';
import type { Duplex } from '../../base/network.ts';

const BLOCK_BYTES = 65_536;
const POOLED_BLOCKS = 64;
const pool: Buffer[] = [];
const NO_BLOCK = Buffer.alloc(0);

export class Output {
  private readonly duplex: Duplex;
  private readonly clock: Clock;
  private readonly flushSoon: () => void;
  private flushed = 0;
  private scheduled = false;
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
    if (this.offset > this.flushed) {
      const whole = this.flushed === 0 && this.offset === this.buffer.length;
      const bytes = whole ? this.buffer : this.buffer.subarray(this.flushed, this.offset);
      this.flushed = this.offset;
      if (!this.duplex.write(bytes)) this.blocked = true;
    }
    if (this.duplex.pendingBytes === 0) this.releaseBlock();
  }

  /** Drops what was not flushed. */
  discard(): void {
    this.offset = this.flushed;
  }

  private nextBlock(bytes: number): void {
    this.flush();
    if (this.buffer.length - this.offset >= bytes) return;
    // A block still in use by the duplex is left to the garbage collector.
    this.buffer = bytes > BLOCK_BYTES ? Buffer.allocUnsafe(bytes) : (pool.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES));
    this.offset = 0;
    this.flushed = 0;
  }

  private releaseBlock(): void {
    if (this.buffer.length === BLOCK_BYTES && pool.length < POOLED_BLOCKS) pool.push(this.buffer);
    this.buffer = NO_BLOCK;
    this.offset = 0;
    this.flushed = 0;
  }
}
