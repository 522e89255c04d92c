/**
 * Memory for messages larger than a stream's window. A stream asks before its window is opened for such a message and
 * waits its turn while the budget is used up, so what a peer can make us hold is bounded by
 * streams × stream window + budget, and no half-sent message can keep another from being finished.
 */
import type { Stream } from './stream.ts';

export class AssemblyBudget {
  private availableBytes: number;
  private readonly waiting = new Map<Stream, number>();
  private readonly grant: (stream: Stream, bytes: number) => void;

  constructor(budgetBytes: number, grant: (stream: Stream, bytes: number) => void) {
    this.availableBytes = budgetBytes;
    this.grant = grant;
  }

  /** Calls `grant` for the stream now or, first come first served, when others have released enough. */
  request(stream: Stream, bytes: number): void {
    this.waiting.set(stream, bytes);
    this.serve();
  }

  release(bytes: number): void {
    this.availableBytes += bytes;
    this.serve();
  }

  /** The stream is gone. */
  forget(stream: Stream): void {
    if (this.waiting.delete(stream)) this.serve();
  }

  private serve(): void {
    for (const [stream, bytes] of this.waiting) {
      if (bytes > this.availableBytes) return;
      this.availableBytes -= bytes;
      this.waiting.delete(stream);
      this.grant(stream, bytes);
    }
  }
}
