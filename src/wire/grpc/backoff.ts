/** How long to wait before connecting again. Source: gRPC, "Connection Backoff Protocol". */
import type { Random } from '../../base/random.ts';

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** Each delay is off by up to this part of it, either way. */
  readonly jitter: number;
}

/** gRPC's values, but for the start: a benchmark's target comes back in less than a second. */
export const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 100, maxMs: 20_000, factor: 1.6, jitter: 0.2 };

export class Backoff {
  private readonly options: BackoffOptions;
  private readonly random: Random;
  private nextMs: number;

  constructor(options: BackoffOptions, random: Random) {
    this.options = options;
    this.random = random;
    this.nextMs = options.firstMs;
  }

  reset(): void {
    this.nextMs = this.options.firstMs;
  }

  delayMs(): number {
    const { maxMs, factor, jitter } = this.options;
    const delayMs = this.nextMs;
    this.nextMs = Math.min(maxMs, this.nextMs * factor);
    return delayMs * (1 + jitter * (2 * this.random.float() - 1));
  }
}
