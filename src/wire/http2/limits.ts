/** How much of this process one peer may use. */

/** A rate that may be exceeded for a moment: `burst` events at once, `perSecond` in the long run. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

export interface ConnectionLimits {
  /** Streams that the peer may have open at once, and calls in work, answered or not. */
  readonly maxConcurrentStreams: number;
  /** Fields of one request, counted as RFC 9113 section 6.5.2 does; also the most a header block may take on the wire. */
  readonly maxHeaderListBytes: number;
  /** What a peer may send on a stream before it hears from us. At least 65,535, what a peer assumes before our SETTINGS. */
  readonly streamWindowBytes: number;
  /** What a peer may have on its way over all streams; given back on arrival, so it bounds the wire and not the memory. */
  readonly connectionWindowBytes: number;
  /** The largest message accepted. */
  readonly maxMessageBytes: number;
  /** Memory that messages larger than the stream window may claim at once, together. At least `maxMessageBytes`. */
  readonly assemblyBudgetBytes: number;
  /** A stream with more than this waiting to be sent tells its sender to hold back. */
  readonly sendHighWaterBytes: number;
  /** Answers that wait for the client's window or for its reading, beyond which further calls are refused. */
  readonly maxUnreadAnswerBytes: number;
  /** Small answers (acknowledgements, headers) waiting for a peer that does not read, beyond which it is not read either. */
  readonly maxPendingOutputBytes: number;
  readonly settingsRate: Rate;
  readonly pingRate: Rate;
  /** Streams reset by the peer, or by us through its fault: CVE-2023-44487 and CVE-2025-8671. */
  readonly resetRate: Rate;
  /** Frames that carry nothing: empty DATA, PRIORITY, unknown types, frames on closed streams. */
  readonly idleFrameRate: Rate;
}

/**
 * Chosen for this project: a legitimate peer is orders of magnitude below each rate (gRPC pings every few seconds, sends
 * SETTINGS once), except for resets, where a thousand callers may time out in the same instant.
 */
export const DEFAULT_LIMITS: ConnectionLimits = {
  maxConcurrentStreams: 4096,
  maxHeaderListBytes: 65_536,
  streamWindowBytes: 65_535,
  connectionWindowBytes: 16_777_216,
  // etcd: max-request-bytes 1,572,864 + 512 KiB of overhead.
  maxMessageBytes: 2_097_152,
  assemblyBudgetBytes: 33_554_432,
  sendHighWaterBytes: 65_536,
  maxUnreadAnswerBytes: 268_435_456,
  maxPendingOutputBytes: 1_048_576,
  settingsRate: { burst: 100, perSecond: 10 },
  // grpc-go measures the bandwidth with a PING a round trip while data flows: thousands a second on a fast network.
  pingRate: { burst: 20_000, perSecond: 10_000 },
  resetRate: { burst: 4000, perSecond: 500 },
  idleFrameRate: { burst: 10_000, perSecond: 1000 },
};
