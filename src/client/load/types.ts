/** What a load generator needs of a client: calls without a promise each, and digests in place of whole answers. */
import type { ByteString } from '../../base/bytes.ts';
import type { MessageInput } from '../../core/api/index.ts';
import type { TlsOptions } from '../control/index.ts';
import type { LoadRequest, Reply } from '../../core/workload/index.ts';

/** Why a call failed. */
export interface LoadError {
  /** gRPC code name, `UNAVAILABLE`. */
  readonly code: string;
  readonly message: string;
  /** Whether the request may have been carried out all the same: no answer, or one that does not say. */
  readonly mayHaveHappened: boolean;
}

/** Who made a call. An object and not a function, so that what waits for the answer need not be gathered anew for it. */
export interface LoadCaller {
  /** Once for each call, never before `call` has returned. The reply is valid only meanwhile, and means nothing when there is an error. */
  answered(error: LoadError | undefined, reply: Reply): void;
}

/** One event of a watch, as far as a load run looks at it. */
export interface LoadWatchEvent {
  readonly kind: 'put' | 'delete';
  readonly key: ByteString;
  readonly modRevision: number;
  readonly version: number;
  readonly prevModRevision: number;
  /** Valid only during the call. */
  readonly value: Uint8Array;
}

export interface LoadWatchHandlers {
  /** The watch stands; events follow. */
  onCreated(revision: number): void;
  onEvents(events: readonly LoadWatchEvent[], revision: number): void;
  /** An answer without events: all up to `revision` was delivered. */
  onProgress(revision: number): void;
  /** The last call made, unless the watch was closed from here. `cancelled`: the server ended the watch, not the stream. */
  onEnd(reason: string, cancelled: boolean): void;
}

export interface LoadWatch {
  requestProgress(): void;
  close(): void;
}

export interface LoadClient {
  /**
   * `connection` spreads calls: those with the same number leave over one connection, while that is up. `nowMs` is the
   * clock's reading: the deadline counts from it.
   */
  call(request: LoadRequest, connection: number, nowMs: number, caller: LoadCaller): void;
  watch(request: MessageInput<'WatchCreateRequest'>, connection: number, handlers: LoadWatchHandlers): LoadWatch;
  /** Ends every connection; calls under way end with an error. */
  close(): void;
}

export interface LoadClientOptions {
  /** `host:port`, one a member; connections go to them in turn. */
  readonly endpoints: readonly string[];
  readonly connections: number;
  /** After this a call fails with DEADLINE_EXCEEDED. */
  readonly timeoutMs: number;
  readonly tls?: TlsOptions;
  /** An auth token that goes with every call. */
  readonly token?: string;
}
