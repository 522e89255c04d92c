/**
 * What a lease promises its holder: it and its keys live as long as its last acknowledged time to live says, whoever
 * leads; and when nobody keeps it alive it ends within a bound.
 */
import { Violation } from './ledger.ts';

interface Held {
  readonly ttlMs: number;
  /** When the newest acknowledged grant or renewal was asked for: the lease lives for a TTL from some later instant. */
  askedMs: number;
  /** When the log ended it. */
  endedMs: number | undefined;
}

/** The clocks of the members, which count the time. */
export interface ClockRates {
  slowest: number;
  fastest: number;
}

/** Milliseconds that the members count leases by: a new leader's extension, and how often it looks for expired ones. */
export interface LeaseTiming {
  readonly electionMs: number;
  readonly scanMs: number;
}

export class LeaseChecker {
  readonly #rates: ClockRates;
  readonly #timing: LeaseTiming;
  /** Leases that nobody has asked to end. */
  readonly #held = new Map<bigint, Held>();
  expired = 0;

  constructor(rates: ClockRates, timing: LeaseTiming) {
    this.#rates = rates;
    this.#timing = timing;
  }

  granted(id: bigint, ttlS: number, askedMs: number): void {
    this.#held.set(id, { ttlMs: ttlS * 1000, askedMs, endedMs: undefined });
  }

  renewed(id: bigint, askedMs: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    held.askedMs = Math.max(held.askedMs, askedMs);
    if (held.endedMs !== undefined) this.#mustBeOver(id, held, held.endedMs, 'ended');
  }

  /** The holder is about to revoke it. */
  released(id: bigint): void {
    this.#held.delete(id);
  }

  /** The log has ended a lease. */
  revoked(id: bigint, nowMs: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.expired++;
    held.endedMs = nowMs;
    this.#mustBeOver(id, held, nowMs, 'ended');
  }

  /** A member has told the holder that the lease is no more. */
  reportedDead(id: bigint, nowMs: number): void {
    const held = this.#held.get(id);
    if (held !== undefined) this.#mustBeOver(id, held, nowMs, 'was reported dead');
  }

  /** Milliseconds within which an undisturbed cluster ends a lease of `ttlS` that nobody keeps alive. */
  longestMs(ttlS: number): number {
    const { electionMs, scanMs } = this.#timing;
    return (ttlS * 1000 + electionMs + scanMs) / this.#rates.slowest;
  }

  #mustBeOver(id: bigint, { askedMs, ttlMs }: Held, nowMs: number, what: string): void {
    const lifeMs = ttlMs / this.#rates.fastest - this.#lateMs();
    if (nowMs >= askedMs + lifeMs - 1) return;
    throw new Violation(
      `lease ${id} ${what} ${(nowMs - askedMs).toFixed(1)} ms after it was granted or renewed for ${ttlMs} ms, ` +
        `the fastest clock running at ${this.#rates.fastest.toFixed(2)}`,
    );
  }

  /**
   * A leader renews for up to an election timeout by its own clock after a quorum confirmed it; the next one, which leads
   * after that at the earliest, extends every lease by one. Equal clocks make that come out even.
   */
  #lateMs(): number {
    const { slowest, fastest } = this.#rates;
    return this.#timing.electionMs * (1 / slowest - 1 / fastest);
  }
}
