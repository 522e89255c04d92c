/** What a server's handler sees of a call. */
import type { OutgoingPart } from '../blocks.ts';
import type { Metadata } from './metadata.ts';
import type { StatusCode } from './status.ts';

export type { OutgoingPart };

/** Who is at the other end of a connection. */
export interface PeerInfo {
  readonly remoteAddress: string;
  /** The CommonName of a verified client certificate. */
  readonly commonName?: string;
  readonly encrypted: boolean;
}

/** What unary and streaming calls have in common. */
export interface Call {
  readonly path: string;
  readonly metadata: Metadata;
  readonly peer: PeerInfo;
  /** The instant on the clock (`nowMs`) by which the client wants the answer. */
  readonly deadlineMs: number | undefined;
  /** The client gave up, its deadline passed, or the connection is gone. Answering is then allowed and does nothing. */
  readonly cancelled: boolean;
  /** Called once if `cancelled` becomes true before the call was answered; at once if it already is. */
  onCancel(listener: () => void): void;
  /** Ends the call with a status that is not Ok. */
  fail(code: StatusCode, message: string): void;
}

/**
 * One request, one answer: exactly one of `respond`, `respondWith`, `respondInParts` and `fail`, also when the call was
 * cancelled meanwhile, since it counts as in work (`maxConcurrentStreams`) until then.
 */
export interface UnaryCall extends Call {
  /** What the call is about, for whoever is told of its end; nothing else reads it. */
  subject?: object | undefined;
  /** The message's bytes, valid only during the handler's own turn: copy what must outlive it. */
  readonly request: Buffer;
  /** Ends the call with a message; the bytes are copied before it returns. */
  respond(message: Uint8Array): void;
  /**
   * Ends the call with a message of `sizeBytes` that `write` puts straight into the output buffer at `offset`;
   * `write` returns the offset after it, which must be `offset + sizeBytes`.
   */
  respondWith(sizeBytes: number, write: MessageWriter): void;
  /**
   * Ends the call with a message of `sizeBytes`, at most 2^32 - 1, that lies in several parts, one after the other. They
   * are not copied, so they must not change any more; their blocks go back to the pool by themselves.
   */
  respondInParts(sizeBytes: number, parts: readonly OutgoingPart[]): void;
}

/** A call that has ended, for whoever keeps account of them. */
export interface EndedCall {
  readonly path: string;
  readonly peer: PeerInfo;
  /** Of a unary call; 0 of a stream, whose messages are told one by one. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly subject?: object | undefined;
}

export type MessageWriter = (into: Buffer, offset: number) => number;

/** Messages in both directions, in any order. Register the listeners in the handler's own turn. */
export interface StreamCall extends Call {
  /** A message arrived; its bytes are valid only during the call. */
  onMessage(listener: (message: Buffer) => void): void;
  /** The client will send nothing more. */
  onHalfClose(listener: () => void): void;
  /** Sends a message; the bytes are copied. False: more than `sendHighWaterBytes` wait; hold back until `onDrain`. */
  send(message: Uint8Array): boolean;
  sendWith(sizeBytes: number, write: MessageWriter): boolean;
  /** Called whenever, after `send` returned false, half of what was waiting has gone. */
  onDrain(listener: () => void): void;
  /** Bytes accepted by `send` that wait for the client's window or for the socket. */
  readonly bufferedBytes: number;
  /** Stops `onMessage`; the client's window fills up and it must hold back. */
  pause(): void;
  resume(): void;
  /** Ends the call with Ok, after everything sent. */
  end(): void;
}

export type UnaryHandler = (call: UnaryCall) => void;
export type StreamHandler = (call: StreamCall) => void;
