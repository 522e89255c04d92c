/** Time, handed in: the real clock lives in `platform/`, a simulated one in the simulator. */

/** A pending call; cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds with fraction, from an arbitrary origin (CLOCK_MONOTONIC on a real machine). */
  nowMs(): number;
  /** Milliseconds since the Unix epoch, for time stamps only: it may jump. */
  wallMs(): number;
  /** Calls `callback` once, no earlier than `delayMs` from now. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls `callback` once, as soon as the current turn of the event loop has ended. */
  soon(callback: () => void): void;
}
