/** What the handler of a call listens to. What a listener throws is the handler's failure, not the connection's. */
import { GrpcStream } from './grpc-stream.ts';

export abstract class HandledStream extends GrpcStream {
  protected messageListener: ((message: Buffer) => void) | undefined = undefined;
  protected halfCloseListener: (() => void) | undefined = undefined;
  protected drainListener: (() => void) | undefined = undefined;

  onMessage(listener: (message: Buffer) => void): void {
    this.messageListener = listener;
  }

  onHalfClose(listener: () => void): void {
    this.halfCloseListener = listener;
  }

  onDrain(listener: () => void): void {
    this.drainListener = listener;
  }

  protected run(listener: () => unknown): void {
    try {
      listener();
    } catch (error) {
      this.handlerFailed(error);
    }
  }

  protected abstract handlerFailed(error: unknown): void;
}
