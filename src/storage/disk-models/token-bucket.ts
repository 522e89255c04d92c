/** One limit at work: when may the next tokens be spent? */
import type { LimitModel } from './model.ts';

export interface TokenBucket {
  /** Takes `tokens` at `nowMs` or as soon after as the limit allows; the instant at which they are had. */
  admit(nowMs: number, tokens: number): number;
  /** Credits left at the last admission. */
  readonly credits: number;
}

/** A rate is kept over this time, not from one request to the next: short crowds pass. */
const TOLERANCE_MS = 10;

export function tokenBucket({ baselinePerS, burstPerS, credits: capacity }: LimitModel): TokenBucket {
  let credits = capacity;
  let filledMs: number | undefined;
  /** When the next tokens would be due at exactly the burst rate. */
  let dueMs = -Infinity;
  return {
    get credits() {
      return credits;
    },
    admit(nowMs, tokens) {
      let atMs = Math.max(nowMs, dueMs - TOLERANCE_MS);
      if (capacity > 0) {
        filledMs ??= atMs;
        const filled = Math.min(capacity, credits + ((atMs - filledMs) * baselinePerS) / 1000);
        // Credits that are not there yet come at the baseline rate, and are waited for.
        if (filled < tokens) atMs += ((tokens - filled) / baselinePerS) * 1000;
        credits = Math.max(filled, tokens) - tokens;
        filledMs = atMs;
      }
      dueMs = Math.max(dueMs, atMs) + (tokens / burstPerS) * 1000;
      return atMs;
    },
  };
}
