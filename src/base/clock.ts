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
  /**
   * Calls `callback` once, in a later turn, behind what waits for its own turn by then: for long work in small steps, which is
   * to hold up others as little as it can. Put off no more than a few turns, or it would never come under load.
   */
  afterOthers(callback: () => void): void;
}
