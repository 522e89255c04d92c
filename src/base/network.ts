/**
 * Bytes between two ends, handed in: a TCP socket, a TLS socket, or two ends of memory joined together.
 *
 * Buffers are borrowed in both directions. A chunk given to `onData` is valid only during that call. Bytes given to
 * `write` leave in order and must stay unchanged while they are among the last `pendingBytes` that were given.
 */

/** Who is told what happens on a duplex. Every method is called from a fresh turn, never from inside `write`. */
export interface DuplexHandler {
  /** Bytes arrived; they are valid only during the call. */
  onData(chunk: Uint8Array): void;
  /** A `write` had returned false; what it held back has gone. */
  onDrain(): void;
  /** The other end will send nothing more. */
  onEnd(): void;
  /** The last call ever made: both directions are over, `error` says why if it was not by agreement. */
  onClose(error: Error | undefined): void;
}

export interface Duplex {
  /** Names the handler and begins to deliver; called once. */
  attach(handler: DuplexHandler): void;
  /** Takes the bytes in order. False: hold back until `onDrain`. After `end` or `destroy` it does nothing. */
  write(bytes: Uint8Array): boolean;
  /** Bytes taken by `write` whose memory is still in use. */
  readonly pendingBytes: number;
  /** Sends what was written, then ends this direction. */
  end(): void;
  /** Ends both directions at once; what has not been sent is lost. */
  destroy(): void;
  /** Stops delivery of `onData`; a chunk already on its way may still come. */
  pause(): void;
  resume(): void;
}

/** Where to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What opens connections. The duplex may be written to before it is connected; a failure comes as `onClose`. */
export interface Network {
  connect(address: Address, onConnected: () => void): Duplex;
  /** Accepts connections until closed; `onReady` tells the address bound, or why there is none. */
  listen(
    address: Address,
    onConnection: (duplex: Duplex, remoteAddress: string) => void,
    onReady: (bound: Address | Error) => void,
  ): Listener;
}

export interface Listener {
  /** Accepts nothing more; connections already accepted stay. */
  close(): void;
}
