/** Two ends of memory: what one writes the other receives, in a later turn, cut wherever the test asks. */
import type { Clock } from '../../base/clock.ts';
import type { Duplex, DuplexHandler } from '../../base/network.ts';

export interface MemoryOptions {
  /** The most that one delivery carries; small ones cut frames anywhere. */
  readonly chunkBytes?: number;
  /** A writer with more than this on its way is told to hold back. */
  readonly highWaterBytes?: number;
}

/** A connected pair. */
export function memoryPair(clock: Clock, options: MemoryOptions = {}): [MemoryDuplex, MemoryDuplex] {
  const left = new MemoryDuplex(clock, options);
  const right = new MemoryDuplex(clock, options);
  left.join(right);
  right.join(left);
  return [left, right];
}

export class MemoryDuplex implements Duplex {
  private readonly clock: Clock;
  private readonly chunkBytes: number;
  private readonly highWaterBytes: number;
  private handler: DuplexHandler | undefined;
  private other: MemoryDuplex | undefined;
  /** On their way to the other end, borrowed until they arrive. */
  private readonly chunks: Uint8Array[] = [];
  private scheduled = false;
  private heldBack = false;
  private paused = false;
  private ended = false;
  private closed = false;
  pendingBytes = 0;
  /** All that was ever written. */
  writtenBytes = 0;

  constructor(clock: Clock, options: MemoryOptions) {
    this.clock = clock;
    this.chunkBytes = options.chunkBytes ?? 65_536;
    this.highWaterBytes = options.highWaterBytes ?? 65_536;
  }

  join(other: MemoryDuplex): void {
    this.other = other;
  }

  attach(handler: DuplexHandler): void {
    this.handler = handler;
    this.other?.schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.closed) return true;
    for (let start = 0; start < bytes.length; start += this.chunkBytes) {
      this.chunks.push(bytes.subarray(start, start + this.chunkBytes));
    }
    this.pendingBytes += bytes.length;
    this.writtenBytes += bytes.length;
    this.schedule();
    this.heldBack = this.pendingBytes >= this.highWaterBytes;
    return !this.heldBack;
  }

  end(): void {
    this.ended = true;
    this.schedule();
  }

  destroy(): void {
    if (this.closed) return;
    this.chunks.length = 0;
    this.close(undefined);
    this.other?.clock.soon(() => this.other?.close(undefined));
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.other?.schedule();
  }

  private close(error: Error | undefined): void {
    if (this.closed) return;
    this.closed = true;
    this.handler?.onClose(error);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.clock.soon(() => {
      this.scheduled = false;
      this.deliver();
    });
  }

  private deliver(): void {
    const { other } = this;
    if (other?.handler === undefined || this.closed) return;
    for (let chunk = this.next(other); chunk !== undefined; chunk = this.next(other)) {
      this.pendingBytes -= chunk.length;
      other.handler.onData(chunk);
      // A chunk is lent: whoever kept it without copying is to see that.
      chunk.fill(0xee);
    }
    if (this.heldBack && this.pendingBytes === 0) {
      this.heldBack = false;
      this.handler?.onDrain();
    }
    if (this.ended && this.chunks.length === 0 && !other.closed) this.finish(other);
  }

  private next(other: MemoryDuplex): Buffer | undefined {
    const chunk = other.paused || other.closed ? undefined : this.chunks.shift();
    return chunk && Buffer.from(chunk);
  }

  private finish(other: MemoryDuplex): void {
    other.handler?.onEnd();
    if (!other.ended) return;
    other.close(undefined);
    this.close(undefined);
  }
}
