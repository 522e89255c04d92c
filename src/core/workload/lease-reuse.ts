/**
 * One lease for many objects, as an apiserver's lease manager shares them among events: until it is `reuseForMs` old or
 * holds `reuseObjects` objects. Judged by intended instants, so that the same plan makes the same leases.
 */
import type { LeaseSlot } from './call.ts';

export interface LeaseTerms {
  readonly ttl: number;
  readonly reuseFor: number;
  readonly reuseObjects: number;
}

export interface SharedLeases {
  /** The slot for an object that is written at `atMs`; `fresh`: the caller must grant its lease. */
  acquire(atMs: number): { slot: LeaseSlot; fresh: boolean };
}

/** The TTL asked for: a little longer than the object needs, so that the last one in lives long enough. */
export function grantedTtlS(ttlMs: number): number {
  const ttlS = ttlMs / 1_000;
  // Source: apiserver's lease_manager.go: min(5 % of the TTL, 60 s) more; recorded from 1.34.4: 3,660 s for an hour.
  return Math.ceil(ttlS + Math.min(ttlS * 0.05, 60));
}

export function sharedLeases(terms: LeaseTerms): SharedLeases {
  let slot: LeaseSlot | undefined;
  let sinceMs = 0;
  let objects = 0;
  return {
    acquire: (atMs) => {
      const usable =
        slot !== undefined && !slot.failed && atMs - sinceMs < terms.reuseFor && objects < terms.reuseObjects;
      if (usable && slot !== undefined) {
        objects++;
        return { slot, fresh: false };
      }
      slot = { id: undefined, failed: false };
      sinceMs = atMs;
      objects = 1;
      return { slot, fresh: true };
    },
  };
}
