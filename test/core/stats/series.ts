/** Latency series whose true p99 is known, for coverage simulations. */
import type { Random } from '../../../src/base/random.ts';
import { normalQuantile } from '../../../src/core/stats/special-functions.ts';

export interface KnownSeries {
  readonly name: string;
  readonly p99: number;
  draw(random: Random, length: number): Float64Array;
}

const Z99 = normalQuantile(0.99);

function normal(random: Random): number {
  return normalQuantile(Math.min(Math.max(random.float(), 1e-15), 1 - 1e-15));
}

/** Lognormal latencies, AR(1) with coefficient `rho` in the logarithm (0: independent), scaled to the given p99. */
export function lognormalSeries(p99: number, rho: number, sigma = 0.6): KnownSeries {
  const centre = Math.log(p99) - sigma * Z99;
  return {
    name: rho === 0 ? 'independent lognormal' : `autocorrelated lognormal (${rho})`,
    p99,
    draw(random, length) {
      let z = normal(random);
      return Float64Array.from({ length }, () => {
        const value = Math.exp(centre + sigma * z);
        z = rho * z + Math.sqrt(1 - rho * rho) * normal(random);
        return value;
      });
    },
  };
}

/**
 * A fast body (p99 far below) and a slow mode of share 2 %, in stalls of a geometric mean length (1: independent). The slow
 * mode is uniform on [p99 / 2, 3 p99 / 2], so that half of it, 1 % of all, lies above p99.
 */
export function bimodalSeries(p99: number, stallLength: number): KnownSeries {
  const share = 0.02;
  return {
    name: stallLength === 1 ? 'bimodal' : `bimodal in stalls of ${stallLength}`,
    p99,
    draw(random, length) {
      let slow = random.float() < share;
      return Float64Array.from({ length }, () => {
        const value = slow ? p99 * (0.5 + random.float()) : (p99 / 20) * (0.5 + random.float());
        if (stallLength === 1) slow = random.float() < share;
        else if (slow) slow = random.float() >= 1 / stallLength;
        else slow = random.float() < share / (1 - share) / stallLength;
        return value;
      });
    },
  };
}
