/**
 * Calls of a member's own gRPC handlers without a connection in between: requests and answers are encoded as on the wire,
 * HTTP/2 is left out.
 */
import { METHODS, type Message, type MessageInput, type MethodsThat } from '../../src/core/api/index.ts';
import type { MemberServices } from '../../src/server/services.ts';
import { freeParts, type OutgoingPart } from '../../src/wire/blocks.ts';
import type { Call, MessageWriter, StreamCall, UnaryCall } from '../../src/wire/grpc/call.ts';
import { Metadata } from '../../src/wire/grpc/metadata.ts';
import { codecs } from '../../src/wire/messages/index.ts';

export type UnaryName = MethodsThat<'unary'>;
export type RequestOf<M extends UnaryName> = MessageInput<(typeof METHODS)[M]['request']>;
export type ResponseOf<M extends UnaryName> = Message<(typeof METHODS)[M]['response']>;

/** More than any stream may have unsent: the handler holds back. */
const FULL_BYTES = 64 * 1024 * 1024;
/** A client that does not read is full after so many messages. */
const MESSAGES_UNTIL_FULL = 3;

const PEER = { remoteAddress: 'client', encrypted: false };

abstract class LocalCall implements Call {
  readonly path: string;
  readonly metadata = Metadata.empty;
  readonly peer = PEER;
  readonly deadlineMs = undefined;
  cancelled = false;
  #onCancel: () => void = () => undefined;

  constructor(path: string) {
    this.path = path;
  }

  onCancel(listener: () => void): void {
    this.#onCancel = listener;
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.#onCancel();
  }

  abstract fail(code: number, message: string): void;
}

class LocalUnary extends LocalCall implements UnaryCall {
  readonly request: Buffer;
  readonly #done: (error: string | undefined, response: Buffer | undefined) => void;

  constructor(path: string, request: Buffer, done: (error: string | undefined, response: Buffer | undefined) => void) {
    super(path);
    this.request = request;
    this.#done = done;
  }

  respond(message: Uint8Array): void {
    this.#done(undefined, Buffer.from(message));
  }

  respondWith(sizeBytes: number, write: MessageWriter): void {
    const bytes = Buffer.alloc(sizeBytes);
    write(bytes, 0);
    this.#done(undefined, bytes);
  }

  respondInParts(_sizeBytes: number, parts: readonly OutgoingPart[]): void {
    this.#done(undefined, Buffer.concat(parts.map(({ bytes }) => bytes)));
    freeParts(parts);
  }

  fail(_code: number, message: string): void {
    this.#done(message, undefined);
  }
}

/** `done` with the answer, or with the error's text. */
export function callUnary<M extends UnaryName>(
  { grpc }: MemberServices,
  name: M,
  request: RequestOf<M>,
  done: (error: string | undefined, response?: ResponseOf<M>) => void,
): void {
  const method = METHODS[name];
  const encoded = codecs[method.request].encode(request);
  const codec = codecs[method.response] as unknown as { decode(bytes: Uint8Array): ResponseOf<M> };
  const entry = grpc.method(method.path);
  if (entry?.kind !== 'unary') throw new Error(`${method.path} is not served`);
  entry.handler(
    new LocalUnary(method.path, encoded, (error, bytes) => {
      if (bytes === undefined) done(error);
      else done(undefined, codec.decode(bytes));
    }),
  );
}

export interface StreamEvents<A> {
  onMessage(message: A): void;
  /** The server ended the call; undefined where it did so in peace. */
  onEnd(error: string | undefined): void;
}

type StreamName = 'watch' | 'leaseKeepAlive';

/** The client's end of a bidirectional call. */
export class LocalStream<M extends StreamName> extends LocalCall implements StreamCall {
  readonly #method: (typeof METHODS)[M];
  readonly #events: StreamEvents<Message<(typeof METHODS)[M]['response']>>;
  readonly #unread: Buffer[] = [];
  #onMessage: (message: Buffer) => void = () => undefined;
  #onDrain: () => void = () => undefined;
  #isReading = true;
  #isEnded = false;

  constructor(services: MemberServices, name: M, events: StreamEvents<Message<(typeof METHODS)[M]['response']>>) {
    const method = METHODS[name];
    super(method.path);
    this.#method = method;
    this.#events = events;
    const entry = services.grpc.method(method.path);
    if (entry?.kind !== 'stream') throw new Error(`${method.path} is not served`);
    entry.handler(this);
  }

  /** Client: sends a request. */
  request(request: MessageInput<(typeof METHODS)[M]['request']>): void {
    if (this.#isEnded || this.cancelled) return;
    this.#onMessage(codecs[this.#method.request].encode(request));
  }

  /** Client: stops or goes on reading. */
  read(isReading: boolean): void {
    this.#isReading = isReading;
    const wasFull = this.bufferedBytes > 0;
    // What the server sends meanwhile stays behind what it sent before.
    while (this.#isReading && this.#unread.length > 0) this.#deliver(this.#unread.shift()!);
    if (wasFull && this.bufferedBytes === 0 && !this.cancelled && !this.#isEnded) this.#onDrain();
  }

  /** The server has ended the call. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  get bufferedBytes(): number {
    return this.#unread.length >= MESSAGES_UNTIL_FULL ? FULL_BYTES : 0;
  }

  onMessage(listener: (message: Buffer) => void): void {
    this.#onMessage = listener;
  }

  onHalfClose(): void {
    // These clients never do.
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  send(message: Uint8Array): boolean {
    const bytes = Buffer.from(message);
    if (this.#isReading && this.#unread.length === 0) this.#deliver(bytes);
    else this.#unread.push(bytes);
    return this.bufferedBytes === 0;
  }

  sendWith(sizeBytes: number, write: MessageWriter): boolean {
    const bytes = Buffer.alloc(sizeBytes);
    write(bytes, 0);
    return this.send(bytes);
  }

  pause(): void {
    throw new Error('no handler of these streams holds its client back');
  }

  resume(): void {
    throw new Error('no handler of these streams holds its client back');
  }

  end(): void {
    this.#end(undefined);
  }

  fail(_code: number, message: string): void {
    this.#end(message);
  }

  #deliver(bytes: Buffer): void {
    if (this.cancelled) return;
    const codec = codecs[this.#method.response] as unknown as {
      decode(bytes: Uint8Array): Message<(typeof METHODS)[M]['response']>;
    };
    this.#events.onMessage(codec.decode(bytes));
  }

  #end(error: string | undefined): void {
    if (this.#isEnded || this.cancelled) return;
    this.#isEnded = true;
    this.#events.onEnd(error);
  }
}
