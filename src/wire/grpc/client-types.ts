/** What a caller of a remote method hands in and gets back. */
import type { MessageWriter } from './call.ts';
import type { Metadata } from './metadata.ts';
import type { GrpcError } from './status.ts';

/** A message as bytes (copied before the call returns), or one that writes itself into the output buffer. */
export type OutgoingMessage = Uint8Array | { readonly size: number; readonly write: MessageWriter };

export interface CallOptions {
  /** The instant on the clock (`nowMs`) after which the call fails with DeadlineExceeded. */
  readonly deadlineMs?: number;
  /** The clock's reading, where the caller has just taken one: a reading costs as much as writing a small request. */
  readonly nowMs?: number;
  readonly metadata?: Metadata;
  /** Which of the pool's connections to use; calls on one connection leave in the order they were made. */
  readonly connection?: number;
}

/** The response's bytes are valid only during the callback: copy what must outlive it. Empty when there is an error. */
export type UnaryDone = (error: GrpcError | undefined, response: Buffer) => void;

export interface Cancellable {
  /** Ends the call with Cancelled; does nothing once it has ended. */
  cancel(): void;
}

export interface StreamHandlers {
  /** A message's bytes are valid only during the call. */
  onMessage(message: Buffer): void;
  /** The last call made: `undefined` means status Ok. */
  onEnd(error: GrpcError | undefined): void;
  /** Response headers, before the first message. */
  onMetadata?(metadata: Metadata): void;
  /** `send` returned false; half of what was waiting has gone. */
  onDrain?(): void;
}

export interface ClientStream extends Cancellable {
  /** False: hold back until `onDrain`. */
  send(message: OutgoingMessage): boolean;
  readonly bufferedBytes: number;
  /** Says that no more messages follow. */
  halfClose(): void;
  /** Stops `onMessage`; the server's window fills up and it must hold back. */
  pause(): void;
  resume(): void;
}
