/**
 * Delay, jitter and loss on the way to peers, switched on for experiments. Every figure taken with them says so: the
 * member reports them on /version and in its log.
 */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';

export interface LinkFaults {
  /** Added to every message. */
  readonly delayMs: number;
  /** Uniformly from 0 to this much more. */
  readonly jitterMs: number;
  /** Share of messages that are lost, 0 to 1. */
  readonly lossRatio: number;
}

export const NO_FAULTS: LinkFaults = { delayMs: 0, jitterMs: 0, lossRatio: 0 };

export function hasFaults(faults: LinkFaults): boolean {
  return faults.delayMs > 0 || faults.jitterMs > 0 || faults.lossRatio > 0;
}

/** Passes messages on as the faults have it; their order is kept, as on one TCP connection. */
export class FaultyLink {
  readonly #faults: LinkFaults;
  readonly #clock: Clock;
  readonly #random: Random;
  #lastArrivalMs = 0;

  constructor(faults: LinkFaults, clock: Clock, random: Random) {
    this.#faults = faults;
    this.#clock = clock;
    this.#random = random;
  }

  pass(deliver: () => void): void {
    const { delayMs, jitterMs, lossRatio } = this.#faults;
    if (lossRatio > 0 && this.#random.float() < lossRatio) return;
    const nowMs = this.#clock.nowMs();
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, nowMs + delayMs + jitterMs * this.#random.float());
    this.#clock.after(this.#lastArrivalMs - nowMs, deliver);
  }
}
