/**
 * One call as the server sees it, from its headers to its trailers. The same object is the HTTP/2 stream and what the
 * handler holds, so a Put costs one allocation; it is not reused, so a handler that answers late harms no other call.
 */
import { AssertionError } from '../../base/errors.ts';
import { ErrorCode } from '../http2/constants.ts';
import type { HeaderField } from '../hpack/encoder.ts';
import { rejectionFields, statusFields } from './status-fields.ts';
import type { EndedCall, MessageWriter, OutgoingPart, PeerInfo, StreamCall, UnaryCall } from './call.ts';
import { HandledStream } from './handled-stream.ts';
import type { Metadata } from './metadata.ts';
import type { Rejection, RequestHead } from './request-head.ts';
import type { ServerConnection } from './server-connection.ts';
import { StatusCode } from './status.ts';
import type { MethodEntry } from './server.ts';

const NO_BYTES = Buffer.alloc(0);

export class ServerCall extends HandledStream implements UnaryCall, StreamCall, EndedCall {
  private readonly server: ServerConnection;
  private readonly head: RequestHead;
  private readonly entry: MethodEntry | undefined;
  private message: Buffer | undefined = undefined;
  /** The message still lies in the chunk it came in. */
  private borrowing = false;
  private headersSent = false;
  /** The handler has ended the call. */
  private answered = false;
  /** The connection no longer counts the call as in work. */
  private released = false;
  private trailers: readonly HeaderField[] | undefined = undefined;
  private cancelListeners: (() => void)[] | undefined = undefined;
  private startedMs = 0;
  cancelled = false;
  requestBytes = 0;
  responseBytes = 0;
  subject: object | undefined = undefined;

  constructor(server: ServerConnection, head: RequestHead, entry: MethodEntry | undefined) {
    super(server);
    this.server = server;
    this.head = head;
    this.entry = entry;
    if (head.encoding !== 'identity') this.encoding = head.encoding;
  }

  get path(): string {
    return this.head.path;
  }

  get metadata(): Metadata {
    return this.head.metadata;
  }

  get peer(): PeerInfo {
    return this.server.peer;
  }

  get request(): Buffer {
    return this.message ?? NO_BYTES;
  }

  /** The call has been registered: a stream's handler runs now, a unary one when its request is complete. */
  begin(): void {
    const { entry, head } = this;
    this.startedMs = this.server.reportStart(this.path, this.metadata);
    if (head.rejection !== undefined) this.reject(head.rejection);
    // Its client waits no longer: what it asks for must not be done.
    else if (head.timeoutMs === 0) this.deadlinePassed();
    else if (entry === undefined) this.fail(StatusCode.Unimplemented, this.server.unservedPath(this.path));
    else if (entry.kind === 'stream' && !this.refusedForUnread()) this.run(() => entry.handler(this));
  }

  /** A client that asks for more than it reads gets no more until it has read. */
  private refusedForUnread(): boolean {
    if (this.connection.sending.queuedBytes <= this.connection.limits.maxUnreadAnswerBytes) return false;
    this.fail(StatusCode.ResourceExhausted, 'too many answers wait to be read on this connection');
    return true;
  }

  protected receiveMessage(bytes: Buffer, start: number, end: number): void {
    this.server.countReceived(this.path, end - start);
    const message = bytes.subarray(start, end);
    if (this.entry?.kind !== 'unary') {
      this.run(() => this.messageListener?.(message));
    } else if (this.message !== undefined) {
      this.fail(StatusCode.Internal, 'more than one message in a unary request');
    } else {
      this.message = message;
      this.requestBytes = message.length;
      this.borrowing = true;
      if (!this.remoteEnded) this.connection.borrow(this);
    }
  }

  override settle(): void {
    if (this.borrowing && this.message !== undefined) this.message = Buffer.from(this.message);
    this.borrowing = false;
  }

  protected receiveEnd(): void {
    if (this.answered) return;
    if (this.entry?.kind !== 'unary') {
      this.run(() => this.halfCloseListener?.());
      return;
    }
    if (this.message === undefined) {
      this.fail(StatusCode.Internal, 'a unary request without a message');
      return;
    }
    if (this.refusedForUnread()) return;
    try {
      this.entry.handler(this);
    } catch (error) {
      this.handlerFailed(error);
    }
    // The bytes belong to the chunk, or are a copy that need not outlive the handler's turn.
    this.message = NO_BYTES;
    this.borrowing = false;
  }

  /** The handler is told as of a cancelled call: it waits for messages that will never come. */
  protected refuseMessage(code: StatusCode, message: string): void {
    if (this.answered || this.cancelled) return;
    this.trailers = statusFields(code, message);
    this.endAfterQueue();
    this.cancel(code);
  }

  protected handlerFailed(error: unknown): void {
    if (!this.answered) this.fail(StatusCode.Internal, 'the handler failed');
    this.server.reportHandlerError(error, this.path);
  }

  respond(message: Uint8Array): void {
    if (!this.beginAnswer(message.length)) return;
    this.writeMessage(message, false);
    this.endAfterQueue();
  }

  respondWith(sizeBytes: number, write: MessageWriter): void {
    if (!this.beginAnswer(sizeBytes)) return;
    this.writeMessageWith(sizeBytes, write, false);
    this.endAfterQueue();
  }

  respondInParts(sizeBytes: number, parts: readonly OutgoingPart[]): void {
    if (!this.beginAnswer(sizeBytes)) return;
    this.writeParts(parts, sizeBytes);
    this.endAfterQueue();
  }

  private beginAnswer(bytes: number): boolean {
    this.responseBytes = bytes;
    if (!this.answer(StatusCode.Ok)) return false;
    this.server.countSent(this.path, bytes);
    this.sendHeaders();
    return true;
  }

  send(message: Uint8Array): boolean {
    if (!this.beginMessage(message.length)) return false;
    this.writeMessage(message, false);
    return this.hasRoom();
  }

  sendWith(sizeBytes: number, write: MessageWriter): boolean {
    if (!this.beginMessage(sizeBytes)) return false;
    this.writeMessageWith(sizeBytes, write, false);
    return this.hasRoom();
  }

  end(): void {
    if (this.answer(StatusCode.Ok)) this.endAfterQueue();
  }

  fail(code: StatusCode, message: string): void {
    if (!this.answer(code)) return;
    this.trailers = statusFields(code, message);
    this.endAfterQueue();
  }

  private reject({ httpStatus, code, message }: Rejection): void {
    if (!this.answer(code)) return;
    this.trailers = rejectionFields(httpStatus, code, message);
    this.headersSent = true;
    this.endAfterQueue();
  }

  /** Ends the handler's part, once. False when there is nobody left to answer. */
  private answer(code: StatusCode): boolean {
    if (this.answered) throw new AssertionError(`${this.path}: the call was answered before`);
    this.answered = true;
    this.deaf = true;
    if (this.cancelled) {
      this.release();
      return false;
    }
    this.deadlineMs = undefined;
    this.server.reportEnd(this, code, this.startedMs);
    return true;
  }

  private beginMessage(bytes: number): boolean {
    if (this.answered) throw new AssertionError(`${this.path}: a message after the call was answered`);
    if (this.cancelled) return false;
    this.sendHeaders();
    this.server.countSent(this.path, bytes);
    return true;
  }

  private sendHeaders(): void {
    if (this.headersSent) return;
    this.headersSent = true;
    this.connection.frames.headers(this.id, this.server.responseHeaders.encoded(this.connection.encoder), false);
  }

  private endAfterQueue(): void {
    if (this.queuedBytes > 0) this.endsAfterQueue = true;
    else this.sendEnd();
  }

  sendEnd(): void {
    this.connection.frames.headers(this.id, this.endBlock(), true);
    this.connection.streams.localEnd(this);
    // The rest of the request is not wanted; NO_ERROR says that the answer stands (RFC 9113 section 8.1).
    if (!this.remoteEnded) this.connection.streams.reset(this, ErrorCode.NoError);
    if (this.answered) this.release();
  }

  private endBlock(): Buffer {
    const { encoder } = this.connection;
    const { trailers, server } = this;
    if (this.headersSent) return trailers === undefined ? server.okTrailers.encoded(encoder) : encoder.encode(trailers);
    return encoder.encode([...server.responseHeaders.fields, ...(trailers ?? server.okTrailers.fields)]);
  }

  notifyDrain(): void {
    if (!this.answered && !this.cancelled) this.run(() => this.drainListener?.());
  }

  onCancel(listener: () => void): void {
    if (this.cancelled) listener();
    else if (!this.answered) (this.cancelListeners ??= []).push(listener);
  }

  receiveReset(): void {
    this.cancel(StatusCode.Cancelled);
  }

  receiveLoss(): void {
    this.cancel(StatusCode.Cancelled);
  }

  /** The client is told, too: it may be one that does not watch its own deadline. */
  deadlinePassed(): void {
    this.refuseMessage(StatusCode.DeadlineExceeded, 'context deadline exceeded');
  }

  private cancel(code: StatusCode): void {
    this.deaf = true;
    if (this.answered || this.cancelled) {
      this.release();
      return;
    }
    this.cancelled = true;
    this.deadlineMs = undefined;
    this.server.reportEnd(this, code, this.startedMs);
    for (const listener of this.cancelListeners?.splice(0) ?? []) this.run(listener);
    // A unary handler still works on it and counts until it answers, or a client could reset without limit.
    if (this.entry?.kind !== 'unary' || this.message === undefined) this.release();
  }

  private release(): void {
    if (this.released) return;
    this.released = true;
    this.server.callReleased();
  }
}
