/** An HTTP/2 request that is not gRPC: its fields and body as they come, for whoever serves such requests. */
import { ownPart } from '../blocks.ts';
import { ErrorCode } from '../http2/constants.ts';
import { Stream } from '../http2/stream.ts';
import type { HeaderField } from '../hpack/encoder.ts';
import type { RequestHead } from './request-head.ts';
import type { ServerConnection } from './server-connection.ts';

/** Takes over a request that is not gRPC. */
export type PlainHandler = (exchange: PlainExchange) => void;

export interface PlainListener {
  /** A part of the body; valid during the call. Say `consumed` when it has been used up. */
  onBody(chunk: Buffer): void;
  onBodyEnd(): void;
  /** `write` may go on. */
  onDrain(): void;
  /** The client is gone. */
  onCancel(): void;
}

export class PlainExchange extends Stream {
  readonly head: RequestHead;
  private readonly server: ServerConnection;
  private listener: PlainListener | undefined;
  private ended = false;
  private released = false;

  constructor(server: ServerConnection, head: RequestHead) {
    super(server);
    this.server = server;
    this.head = head;
  }

  listen(listener: PlainListener): void {
    this.listener = listener;
  }

  receiveData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (start < end) this.listener?.onBody(bytes.subarray(start, end));
    if (endStream) this.listener?.onBodyEnd();
  }

  /** Opens the client's window for as much again. */
  consumed(bytes: number): void {
    this.connection.receiving.credit(this, bytes);
  }

  respond(status: number, fields: readonly (readonly [name: string, value: string])[]): void {
    if (this.closed) return;
    const block: HeaderField[] = [{ name: ':status', value: String(status), index: false }];
    for (const [name, value] of fields) block.push({ name, value, index: false });
    this.connection.frames.headers(this.id, this.connection.encoder.encode(block), false);
  }

  /** Copies the bytes. False: hold back until `onDrain`. */
  write(bytes: Uint8Array): boolean {
    if (this.closed || bytes.length === 0) return true;
    this.connection.sending.queue(this, [ownPart(Buffer.from(bytes))]);
    if (this.queuedBytes <= this.connection.limits.sendHighWaterBytes) return true;
    this.wantsDrain = true;
    return false;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (this.closed) return;
    if (this.queuedBytes > 0) this.endsAfterQueue = true;
    else this.sendEnd();
  }

  /** Ends the exchange without an answer, or in the middle of it. */
  abort(): void {
    this.connection.streams.reset(this, ErrorCode.InternalError);
    this.release();
  }

  sendEnd(): void {
    this.connection.frames.endStream(this.id);
    this.connection.streams.localEnd(this);
    if (!this.remoteEnded) this.connection.streams.reset(this, ErrorCode.NoError);
    this.release();
  }

  receiveReset(): void {
    this.release();
    this.listener?.onCancel();
  }

  receiveLoss(): void {
    this.receiveReset();
  }

  notifyDrain(): void {
    this.listener?.onDrain();
  }

  settle(): void {}

  private release(): void {
    if (this.released) return;
    this.released = true;
    this.server.callReleased();
  }
}
