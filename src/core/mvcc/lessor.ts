/**
 * Leases: granted and revoked through the log, kept alive by the leader alone. Every member knows every lease and its
 * keys; only the leader (the primary) counts time. A new leader gives each lease its remaining or full time and an
 * extension, so that no key dies early because of a change of leaders.
 *
 * Time is handed in, monotonic milliseconds; on a member that is not primary nothing expires.
 */
import type { Backend } from '../../base/backend.ts';
import type { ByteString } from '../../base/bytes.ts';
import { apiError } from '../api/index.ts';
import { ExpiryHeap } from './expiry-heap.ts';
import { decodeLease, encodeLease, leaseKey } from './stored-lease.ts';

/** The largest TTL that may be asked for, in seconds. Source: etcd server/lease/lessor.go. */
export const MAX_LEASE_TTL_S = 9_000_000_000;
/** Checkpoints are recorded for leases longer than this, this often. Source: as above. */
const DEFAULT_CHECKPOINT_INTERVAL_S = 300;

export interface LessorOptions {
  /** TTLs below are raised to it; etcd has ceil(1.5 × election timeout). */
  readonly minTtlS: number;
  /** Whether a checkpoint's remaining TTL survives a restart (etcd's LeaseCheckpointPersist). */
  readonly persistCheckpoints: boolean;
  readonly checkpointIntervalS: number;
}

export const DEFAULT_LESSOR_OPTIONS: LessorOptions = {
  minTtlS: 2,
  persistCheckpoints: false,
  checkpointIntervalS: DEFAULT_CHECKPOINT_INTERVAL_S,
};

interface Lease {
  readonly id: bigint;
  readonly ttlS: number;
  /** What a checkpoint left of the TTL; 0 where none stands. */
  remainingTtlS: number;
  /** Infinity while this member is not primary. */
  expiresAtMs: number;
  nextCheckpointAtMs: number;
  /** A checkpoint has been taken, and may be on its way through the log still. */
  isCheckpointed: boolean;
  readonly keys: Set<ByteString>;
}

export interface LeaseTimes {
  readonly grantedTtlS: number;
  /** Rounded down. */
  readonly remainingS: number;
}

export interface Renewal {
  /** 0: the lease is unknown or has expired. */
  readonly ttlS: number;
  /** A checkpoint stands, or is about to, that must be set back to 0 through the log before the holder is told. */
  readonly clearCheckpoint: boolean;
}

export interface Checkpoint {
  readonly id: bigint;
  readonly remainingTtlS: number;
}

export class Lessor {
  private readonly backend: Backend;
  private readonly options: LessorOptions;
  private readonly leases = new Map<bigint, Lease>();
  private readonly holders = new Map<ByteString, Lease>();
  private readonly expiries = new ExpiryHeap();
  private isPrimary = false;

  constructor(backend: Backend, options: LessorOptions) {
    this.backend = backend;
    this.options = options;
    backend.scan('lease', (_key, bytes) => {
      const { id, ttlS, remainingTtlS } = decodeLease(bytes);
      this.leases.set(
        id,
        newLease(id, Math.max(ttlS, options.minTtlS), options.persistCheckpoints ? remainingTtlS : 0),
      );
    });
  }

  get size(): number {
    return this.leases.size;
  }

  has(id: bigint): boolean {
    return this.leases.has(id);
  }

  /** Throws leaseTtlTooLarge, leaseExists, or leaseNotFound for id 0; the TTL granted otherwise. */
  grant(id: bigint, ttlS: number, nowMs: number): number {
    if (id === 0n) throw apiError('leaseNotFound');
    if (ttlS > MAX_LEASE_TTL_S) throw apiError('leaseTtlTooLarge');
    if (this.leases.has(id)) throw apiError('leaseExists');
    const lease = newLease(id, Math.max(ttlS, this.options.minTtlS), 0);
    this.leases.set(id, lease);
    if (this.isPrimary) this.start(lease, nowMs, 0);
    this.persist(lease);
    return lease.ttlS;
  }

  /** The lease's keys in order; they are to be deleted before `drop`. Throws leaseNotFound. */
  keysOf(id: bigint): ByteString[] {
    const lease = this.leases.get(id);
    if (lease === undefined) throw apiError('leaseNotFound');
    return [...lease.keys].sort((a, b) => (a < b ? -1 : 1));
  }

  drop(id: bigint): void {
    const lease = this.leases.get(id);
    if (lease === undefined) return;
    for (const key of lease.keys) this.holders.delete(key);
    this.leases.delete(id);
    this.expiries.remove(id);
    this.backend.delete('lease', leaseKey(id));
  }

  /** The lease a key is attached to; 0 where there is none. */
  leaseOf(key: ByteString): bigint {
    return this.holders.size === 0 ? 0n : (this.holders.get(key)?.id ?? 0n);
  }

  /** Moves a key to lease `id`; 0 detaches it. A lease that is gone keeps nothing. */
  attach(key: ByteString, id: bigint): void {
    if (id === 0n && this.holders.size === 0) return;
    const before = this.holders.get(key);
    if (before?.id === id) return;
    before?.keys.delete(key);
    const lease = id === 0n ? undefined : this.leases.get(id);
    if (lease === undefined) {
      this.holders.delete(key);
    } else {
      lease.keys.add(key);
      this.holders.set(key, lease);
    }
  }

  /** This member now counts time: every lease gets its remaining or full TTL plus the extension. */
  promote(nowMs: number, extensionMs: number): void {
    this.isPrimary = true;
    this.expiries.clear();
    for (const lease of this.leases.values()) this.start(lease, nowMs, extensionMs);
  }

  /** Another member counts time now. */
  demote(): void {
    this.isPrimary = false;
    this.expiries.clear();
    for (const lease of this.leases.values()) {
      lease.expiresAtMs = Infinity;
      lease.nextCheckpointAtMs = Infinity;
      lease.isCheckpointed = false;
    }
  }

  /** Gives a lease its full TTL again. Throws notPrimaryLessor on a member that does not count time. */
  renew(id: bigint, nowMs: number): Renewal {
    if (!this.isPrimary) throw apiError('notPrimaryLessor');
    const lease = this.leases.get(id);
    if (lease === undefined || lease.expiresAtMs <= nowMs) return { ttlS: 0, clearCheckpoint: false };
    this.startFor(lease, lease.ttlS, nowMs, 0);
    // The log's checkpoint stands until the log clears it: otherwise a second renewal would not wait for the first.
    return { ttlS: lease.ttlS, clearCheckpoint: lease.remainingTtlS > 0 || lease.isCheckpointed };
  }

  /** undefined for an unknown lease. A member that does not count time says the granted TTL. */
  timesOf(id: bigint, nowMs: number): LeaseTimes | undefined {
    const lease = this.leases.get(id);
    if (lease === undefined) return undefined;
    const remainingS = lease.expiresAtMs === Infinity ? lease.ttlS : Math.trunc((lease.expiresAtMs - nowMs) / 1000);
    return { grantedTtlS: lease.ttlS, remainingS };
  }

  /** All leases, those that end soonest first. */
  list(): bigint[] {
    return [...this.leases.values()]
      .sort((a, b) => a.expiresAtMs - b.expiresAtMs || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id);
  }

  /**
   * Up to `limit` leases whose time is over, soonest first, for the leader to revoke. Each is named again only after
   * `retryAfterMs`, in case its revocation was lost.
   */
  takeExpired(nowMs: number, limit: number, retryAfterMs: number): bigint[] {
    return this.expiries.takeDue(nowMs, limit, retryAfterMs);
  }

  /** The instant before which `takeExpired` has nothing to give. */
  get nextExpiryMs(): number {
    return this.expiries.nextMs;
  }

  /** Checkpoints that are due, at most `limit`; to be recorded through the log. */
  takeCheckpoints(nowMs: number, limit: number): Checkpoint[] {
    const due: Checkpoint[] = [];
    if (!this.isPrimary) return due;
    for (const lease of this.leases.values()) {
      if (due.length >= limit) break;
      if (lease.nextCheckpointAtMs > nowMs || lease.expiresAtMs <= nowMs) continue;
      lease.nextCheckpointAtMs = nowMs + this.options.checkpointIntervalS * 1000;
      lease.isCheckpointed = true;
      due.push({ id: lease.id, remainingTtlS: Math.ceil((lease.expiresAtMs - nowMs) / 1000) });
    }
    return due;
  }

  /** Applies a checkpoint from the log; an unknown lease is ignored. */
  checkpoint({ id, remainingTtlS }: Checkpoint, nowMs: number): void {
    const lease = this.leases.get(id);
    if (lease === undefined) return;
    lease.remainingTtlS = remainingTtlS;
    if (remainingTtlS === 0) lease.isCheckpointed = false;
    if (this.options.persistCheckpoints) this.persist(lease);
    if (this.isPrimary) lease.nextCheckpointAtMs = nextCheckpointMs(lease, nowMs, this.options.checkpointIntervalS);
  }

  private start(lease: Lease, nowMs: number, extensionMs: number): void {
    this.startFor(lease, lease.remainingTtlS > 0 ? lease.remainingTtlS : lease.ttlS, nowMs, extensionMs);
  }

  private startFor(lease: Lease, ttlS: number, nowMs: number, extensionMs: number): void {
    lease.expiresAtMs = nowMs + ttlS * 1000 + extensionMs;
    lease.nextCheckpointAtMs = nextCheckpointMs(lease, nowMs, this.options.checkpointIntervalS);
    this.expiries.set(lease.id, lease.expiresAtMs);
  }

  private persist({ id, ttlS, remainingTtlS }: Lease): void {
    this.backend.put('lease', leaseKey(id), encodeLease({ id, ttlS, remainingTtlS }));
  }
}

function newLease(id: bigint, ttlS: number, remainingTtlS: number): Lease {
  return {
    id,
    ttlS,
    remainingTtlS,
    expiresAtMs: Infinity,
    nextCheckpointAtMs: Infinity,
    isCheckpointed: false,
    keys: new Set(),
  };
}

function nextCheckpointMs(lease: Lease, nowMs: number, intervalS: number): number {
  return lease.ttlS > intervalS ? nowMs + intervalS * 1000 : Infinity;
}
