/** A token bucket that looks at the clock only when it has run empty, so that an event costs a decrement. */
import type { Clock } from '../../base/clock.ts';
import { ConnectionError, ErrorCode } from './constants.ts';
import type { Rate } from './limits.ts';

export class RateLimit {
  private readonly clock: Clock;
  private readonly rate: Rate;
  private readonly what: string;
  private tokens: number;
  private filledAtMs: number;

  constructor(clock: Clock, rate: Rate, what: string) {
    this.clock = clock;
    this.rate = rate;
    this.what = what;
    this.tokens = rate.burst;
    this.filledAtMs = clock.nowMs();
  }

  /** Counts one event. Throws ConnectionError (EnhanceYourCalm) when there were too many. */
  count(): void {
    if (this.tokens < 1) this.refill();
    if (this.tokens < 1) throw new ConnectionError(ErrorCode.EnhanceYourCalm, `too many ${this.what}`);
    this.tokens--;
  }

  private refill(): void {
    const nowMs = this.clock.nowMs();
    const earned = ((nowMs - this.filledAtMs) / 1000) * this.rate.perSecond;
    this.tokens = Math.min(this.rate.burst, this.tokens + earned);
    this.filledAtMs = nowMs;
  }
}
