/**
 * Which forwarded proposals a leader has taken, so that a message the network repeats is not proposed twice.
 *
 * A sender numbers what it forwards, anew at each start (its session). One that was overtaken by a later one is
 * dropped: a forwarded proposal may be lost, never doubled. Kept for one term: proposals name the term they are for.
 */
import type { MemberId } from './types.ts';

/** Starts of one sender within one term that are remembered; more are refused until the term ends. */
const MAX_SESSIONS_PER_SENDER = 64;

export class ForwardedSessions {
  readonly #highest = new Map<MemberId, Map<number, number>>();

  /** True the first time, unless a later one came before. */
  take(from: MemberId, session: number, sequence: number): boolean {
    const sessions = this.#highest.get(from) ?? new Map<number, number>();
    this.#highest.set(from, sessions);
    const highest = sessions.get(session);
    if (highest === undefined ? sessions.size >= MAX_SESSIONS_PER_SENDER : sequence <= highest) return false;
    sessions.set(session, sequence);
    return true;
  }

  clear(): void {
    this.#highest.clear();
  }
}
