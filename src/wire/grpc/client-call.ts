/** One call as the client sees it, from its headers to the server's trailers. */
import { AssertionError } from '../../base/errors.ts';
import { ErrorCode } from '../http2/constants.ts';
import type {
  CallOptions,
  Cancellable,
  ClientStream,
  OutgoingMessage,
  StreamHandlers,
  UnaryDone,
} from './client-types.ts';
import type { ClientConnection } from './client-connection.ts';
import { GrpcStream } from './grpc-stream.ts';
import type { Metadata } from './metadata.ts';
import type { PreparedMethod } from './prepared-method.ts';
import { errorFromHttpStatus, errorFromTrailers } from './response-head.ts';
import type { ResponseHead } from './response-head.ts';
import { GrpcError, StatusCode } from './status.ts';

const NO_BYTES = Buffer.alloc(0);
/** No answer has come. */
const NONE = -1;

/** Source: gRPC over HTTP/2, "HTTP2 Transport Mapping", errors. */
const RESET_TO_STATUS = new Map<number, StatusCode>([
  [ErrorCode.RefusedStream, StatusCode.Unavailable],
  [ErrorCode.Cancel, StatusCode.Cancelled],
  [ErrorCode.EnhanceYourCalm, StatusCode.ResourceExhausted],
  [ErrorCode.InadequateSecurity, StatusCode.PermissionDenied],
]);

function deadlineExceeded(): GrpcError {
  return new GrpcError(StatusCode.DeadlineExceeded, 'context deadline exceeded');
}

export abstract class ClientCall extends GrpcStream implements Cancellable {
  protected readonly client: ClientConnection;
  readonly method: PreparedMethod;
  readonly ownMetadata: Metadata | undefined;
  private headersReceived = false;
  private trailers: ResponseHead | undefined = undefined;
  protected finished = false;

  constructor(client: ClientConnection, method: PreparedMethod, options: CallOptions) {
    super(client);
    this.client = client;
    this.method = method;
    this.ownMetadata = options.metadata;
    this.deadlineMs = options.deadlineMs;
  }

  /** The stream has been opened and its headers written: send what waits. */
  abstract opened(): void;
  /** Tells the caller, once. */
  protected abstract report(error: GrpcError | undefined): void;
  protected abstract receiveMetadata(metadata: Metadata): void;

  receiveHead(head: ResponseHead, endStream: boolean): void {
    if (this.finished) return;
    if (head.malformed) {
      this.abandon(ErrorCode.ProtocolError, new GrpcError(StatusCode.Internal, 'the server sent malformed headers'));
    } else if (endStream) {
      this.trailers = head;
      this.endReceiving();
    } else if (head.httpStatus >= 100 && head.httpStatus < 200) {
      // An interim response; the real one follows.
    } else if (this.headersReceived) {
      this.abandon(ErrorCode.ProtocolError, new GrpcError(StatusCode.Internal, 'the server sent headers twice'));
    } else if (head.httpStatus !== 200 || !head.isGrpc) {
      this.abandon(ErrorCode.Cancel, errorFromHttpStatus(head.httpStatus));
    } else {
      this.headersReceived = true;
      this.receiveMetadata(head.metadata);
    }
  }

  protected receiveEnd(): void {
    if (this.trailers === undefined)
      this.finish(new GrpcError(StatusCode.Internal, 'the server ended the stream without trailers'));
    else this.finish(errorFromTrailers(this.trailers));
  }

  protected refuseMessage(code: StatusCode, message: string): void {
    this.abandon(ErrorCode.Cancel, new GrpcError(code, message));
  }

  receiveReset(code: number, reason: string): void {
    // The whole answer is here, waiting to be taken; the rest of the request is what was not wanted.
    if (this.trailers !== undefined) return;
    // A server that keeps the deadline too may be the first to act on it: grpc-go's cancels the stream then.
    const isDue = this.deadlineMs !== undefined && this.deadlineMs <= this.client.clock.nowMs();
    if (code === ErrorCode.Cancel && isDue) return this.finish(deadlineExceeded());
    const unprocessed = code === ErrorCode.RefusedStream;
    this.finish(new GrpcError(RESET_TO_STATUS.get(code) ?? StatusCode.Internal, reason, { unprocessed }));
  }

  receiveLoss(reason: string): void {
    if (this.trailers !== undefined) return;
    this.finish(
      new GrpcError(StatusCode.Unavailable, reason, { unprocessed: this.client.neverConnected || this.id === 0 }),
    );
  }

  /** The server will not act on this call: it said so when it went away. */
  receiveRefusal(reason: string): void {
    this.abandon(ErrorCode.Cancel, new GrpcError(StatusCode.Unavailable, reason, { unprocessed: true }));
  }

  deadlinePassed(): void {
    if (this.finished) return;
    this.abandon(ErrorCode.Cancel, deadlineExceeded());
  }

  cancel(): void {
    if (!this.finished)
      this.abandon(ErrorCode.Cancel, new GrpcError(StatusCode.Cancelled, 'the caller cancelled the call'));
  }

  /** Ends the call from this side. */
  private abandon(code: number, error: GrpcError): void {
    if (this.id === 0) this.client.withdraw(this);
    else this.connection.streams.reset(this, code);
    this.finish(error);
  }

  private finish(error: GrpcError | undefined): void {
    if (this.finished) return;
    this.finished = true;
    this.deaf = true;
    // The server has answered; what we have not sent yet it does not want.
    if (!this.closed && !this.localEnded && this.id !== 0) this.connection.streams.reset(this, ErrorCode.NoError);
    this.report(error);
  }

  sendEnd(): void {
    this.connection.frames.endStream(this.id);
    this.connection.streams.localEnd(this);
  }
}

/** One request, one answer. A caller that makes very many extends it, so that what it must remember of a call is in the call. */
export abstract class UnaryClientCall extends ClientCall {
  private request: OutgoingMessage | undefined;
  /** The answer is `response[responseStart, responseEnd)`. */
  private response: Buffer = NO_BYTES;
  private responseStart = NONE;
  private responseEnd = NONE;

  constructor(client: ClientConnection, method: PreparedMethod, request: OutgoingMessage, options: CallOptions) {
    super(client, method, options);
    this.request = request;
  }

  /** Once, with an error or an answer: `response[start, end)`, valid during the call. */
  protected abstract answered(error: GrpcError | undefined, response: Buffer, start: number, end: number): void;

  /** The request is kept until the server allows another stream: its bytes may not be ours. */
  holdRequest(): void {
    if (this.request !== undefined) this.request = ownCopy(this.request);
  }

  opened(): void {
    const { request } = this;
    this.request = undefined;
    if (request instanceof Uint8Array) this.writeMessage(request, true);
    else if (request !== undefined) this.writeMessageWith(request.size, request.write, true);
  }

  protected receiveMessage(bytes: Buffer, start: number, end: number): void {
    if (this.responseStart !== NONE) {
      this.refuseMessage(StatusCode.Internal, 'more than one message in a unary response');
      return;
    }
    this.response = bytes;
    this.responseStart = start;
    this.responseEnd = end;
    this.connection.borrow(this);
  }

  override settle(): void {
    if (this.finished || this.responseStart === NONE) return;
    this.response = Buffer.from(this.response.subarray(this.responseStart, this.responseEnd));
    this.responseStart = 0;
    this.responseEnd = this.response.length;
  }

  protected report(error: GrpcError | undefined): void {
    if (error !== undefined) this.answered(error, NO_BYTES, 0, 0);
    else if (this.responseStart !== NONE) this.answered(undefined, this.response, this.responseStart, this.responseEnd);
    else this.answered(new GrpcError(StatusCode.Internal, 'the server answered Ok without a message'), NO_BYTES, 0, 0);
  }

  protected receiveMetadata(): void {}

  notifyDrain(): void {}
}

/** One whose answer goes to a function. */
export class CallbackCall extends UnaryClientCall {
  private readonly done: UnaryDone;

  constructor(
    client: ClientConnection,
    method: PreparedMethod,
    request: OutgoingMessage,
    options: CallOptions,
    done: UnaryDone,
  ) {
    super(client, method, request, options);
    this.done = done;
  }

  protected answered(error: GrpcError | undefined, response: Buffer, start: number, end: number): void {
    this.done(error, error === undefined ? response.subarray(start, end) : NO_BYTES);
  }
}

export class StreamingClientCall extends ClientCall implements ClientStream {
  private readonly handlers: StreamHandlers;
  /** What was sent before the server allowed the stream. */
  private waiting: Buffer[] = [];
  private halfClosed = false;

  constructor(client: ClientConnection, method: PreparedMethod, handlers: StreamHandlers, options: CallOptions) {
    super(client, method, options);
    this.handlers = handlers;
  }

  opened(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const message of waiting) this.writeMessage(message, false);
    if (this.halfClosed) this.endSending();
    else if (waiting.length > 0) this.notifyDrain();
  }

  send(message: OutgoingMessage): boolean {
    if (this.halfClosed) throw new AssertionError(`${this.method.path}: a message after the stream was half-closed`);
    if (this.finished) return true;
    if (this.id === 0) {
      this.waiting.push(ownCopy(message));
      return false;
    }
    if (message instanceof Uint8Array) this.writeMessage(message, false);
    else this.writeMessageWith(message.size, message.write, false);
    return this.hasRoom();
  }

  halfClose(): void {
    if (this.halfClosed) return;
    this.halfClosed = true;
    if (!this.finished && this.id !== 0) this.endSending();
  }

  private endSending(): void {
    if (this.queuedBytes > 0) this.endsAfterQueue = true;
    else this.sendEnd();
  }

  override get bufferedBytes(): number {
    return this.queuedBytes + this.waiting.reduce((sum, message) => sum + message.length, 0);
  }

  protected receiveMessage(bytes: Buffer, start: number, end: number): void {
    this.handlers.onMessage(bytes.subarray(start, end));
  }

  protected receiveMetadata(metadata: Metadata): void {
    this.handlers.onMetadata?.(metadata);
  }

  protected report(error: GrpcError | undefined): void {
    this.waiting = [];
    this.handlers.onEnd(error);
  }

  notifyDrain(): void {
    if (!this.finished) this.handlers.onDrain?.();
  }
}

function ownCopy(message: OutgoingMessage): Buffer {
  if (message instanceof Uint8Array) return Buffer.from(message);
  const bytes = Buffer.allocUnsafe(message.size);
  message.write(bytes, 0);
  return bytes;
}
