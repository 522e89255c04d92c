/**
 * The windows for what comes in. The connection's is given back on arrival, so it bounds what is on the wire; a stream's
 * is given back when its bytes are used up, so a stream that nobody reads holds its sender back. A message larger than a
 * stream's window asks for more, out of the assembly budget.
 */
import { AssemblyBudget } from './assembly-budget.ts';
import { ConnectionError, DEFAULT_WINDOW_BYTES, ErrorCode } from './constants.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { ConnectionLimits } from './limits.ts';
import type { Stream } from './stream.ts';

export class ReceiveFlow {
  private readonly frames: FrameWriter;
  private readonly limits: ConnectionLimits;
  private readonly budget: AssemblyBudget;
  private window: number;

  constructor(frames: FrameWriter, limits: ConnectionLimits) {
    this.frames = frames;
    this.limits = limits;
    this.window = limits.connectionWindowBytes;
    this.budget = new AssemblyBudget(
      Math.max(limits.assemblyBudgetBytes, limits.maxMessageBytes + 5),
      (stream, bytes) => {
        stream.grantedBytes += bytes;
        this.openStream(stream, bytes);
      },
    );
  }

  /** Tells the peer of a connection window larger than the protocol's own. */
  open(): void {
    const beyondDefault = this.limits.connectionWindowBytes - DEFAULT_WINDOW_BYTES;
    if (beyondDefault > 0) this.frames.windowUpdate(0, beyondDefault);
  }

  /** DATA arrived on some stream. Throws ConnectionError when the peer had no window for it. */
  arrived(bytes: number): void {
    this.window -= bytes;
    if (this.window < 0) throw new ConnectionError(ErrorCode.FlowControlError, 'DATA beyond the connection window');
    const owed = this.limits.connectionWindowBytes - this.window;
    if (owed < this.limits.connectionWindowBytes / 2) return;
    this.window += owed;
    this.frames.windowUpdate(0, owed);
  }

  /** Bytes of this stream are used up, and its window may be opened again by as much. */
  credit(stream: Stream, bytes: number): void {
    stream.uncreditedBytes += bytes;
    if (stream.uncreditedBytes < this.limits.streamWindowBytes / 2 || stream.remoteEnded || stream.closed) return;
    const owed = stream.uncreditedBytes;
    stream.uncreditedBytes = 0;
    this.openStream(stream, owed);
  }

  /** Asks for window beyond the initial one, which comes when the budget allows it. */
  requestGrant(stream: Stream, bytes: number): void {
    this.budget.request(stream, bytes);
  }

  /** The large message is complete, with or without the window it asked for; or its stream is gone. */
  returnGrant(stream: Stream): void {
    this.budget.forget(stream);
    if (stream.grantedBytes === 0) return;
    const bytes = stream.grantedBytes;
    stream.grantedBytes = 0;
    this.budget.release(bytes);
  }

  private openStream(stream: Stream, bytes: number): void {
    stream.receiveWindow += bytes;
    this.frames.windowUpdate(stream.id, bytes);
  }
}
