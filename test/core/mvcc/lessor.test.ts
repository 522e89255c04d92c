import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LESSOR_OPTIONS, Lessor } from '../../../src/core/mvcc/lessor.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/memory-backend.ts';

let backend: MemoryBackend;
let lessor: Lessor;

beforeEach(() => {
  backend = new MemoryBackend(memoryMedia());
  lessor = new Lessor(backend, DEFAULT_LESSOR_OPTIONS);
});

function reopened(options: Partial<typeof DEFAULT_LESSOR_OPTIONS> = {}): Lessor {
  return new Lessor(backend, { ...DEFAULT_LESSOR_OPTIONS, ...options });
}

describe('Lessor', () => {
  it('grants by the rules', () => {
    expect(lessor.grant(7n, 60, 0)).toBe(60);
    expect(lessor.grant(8n, 0, 0)).toBe(2);
    expect(lessor.grant(9n, -5, 0)).toBe(2);
    expect(lessor.grant(-9n, 9_000_000_000, 0)).toBe(9_000_000_000);
    expect(() => lessor.grant(7n, 60, 0)).toThrow('etcdserver: lease already exists');
    expect(() => lessor.grant(10n, 9_000_000_001, 0)).toThrow('etcdserver: too large lease TTL');
    expect(() => lessor.grant(0n, 60, 0)).toThrow('etcdserver: requested lease not found');
    expect(lessor.size).toBe(4);
  });

  it('counts time only as primary', () => {
    lessor.grant(1n, 10, 1000);
    expect(lessor.nextExpiryMs).toBe(Infinity);
    expect(lessor.takeExpired(1e12, 10, 1000)).toEqual([]);
    expect(() => lessor.renew(1n, 0)).toThrow('not a primary lessor');
    lessor.promote(5000, 1500);
    expect(lessor.nextExpiryMs).toBe(16_500);
    expect(lessor.timesOf(1n, 5000)).toEqual({ grantedTtlS: 10, remainingS: 11 });
    expect(lessor.takeExpired(16_499, 10, 1000)).toEqual([]);
    expect(lessor.takeExpired(16_500, 10, 1000)).toEqual([1n]);
    lessor.demote();
    expect(lessor.takeExpired(1e12, 10, 1000)).toEqual([]);
  });

  it('names an expired lease again when its revocation was lost', () => {
    lessor.promote(0, 0);
    for (let id = 1n; id <= 5n; id++) lessor.grant(id, 2 + Number(id), 0);
    expect(lessor.takeExpired(60_000, 3, 1000)).toEqual([1n, 2n, 3n]);
    expect(lessor.takeExpired(60_000, 3, 1000)).toEqual([4n, 5n]);
    expect(lessor.takeExpired(60_999, 9, 1000)).toEqual([]);
    lessor.drop(2n);
    expect(lessor.takeExpired(61_000, 9, 1000).sort()).toEqual([1n, 3n, 4n, 5n]);
  });

  it('renews to the full TTL, and not what is over', () => {
    lessor.promote(0, 0);
    lessor.grant(1n, 10, 0);
    expect(lessor.renew(1n, 9_999)).toEqual({ ttlS: 10, clearCheckpoint: false });
    expect(lessor.timesOf(1n, 9_999)).toEqual({ grantedTtlS: 10, remainingS: 10 });
    expect(lessor.renew(1n, 19_999)).toEqual({ ttlS: 0, clearCheckpoint: false });
    expect(lessor.renew(2n, 0)).toEqual({ ttlS: 0, clearCheckpoint: false });
    expect(lessor.timesOf(2n, 0)).toBeUndefined();
  });

  it('never loses the earliest expiry, however often leases are renewed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 20n }), fc.nat(100)), { maxLength: 300 }), (renewals) => {
        const own = new Lessor(new MemoryBackend(memoryMedia()), DEFAULT_LESSOR_OPTIONS);
        own.promote(0, 0);
        const ends = new Map<bigint, number>();
        let nowMs = 0;
        for (const [id, passedMs] of renewals) {
          nowMs += passedMs;
          const ttlS = 5 + Number(id);
          if (!own.has(id)) {
            own.grant(id, ttlS, nowMs);
            ends.set(id, nowMs + ttlS * 1000);
          } else if (own.renew(id, nowMs).ttlS > 0) ends.set(id, nowMs + ttlS * 1000);
        }
        expect(own.nextExpiryMs).toBe(Math.min(...ends.values(), Infinity));
        expect(own.list()).toEqual([...ends].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)).map(([id]) => id));
        const due = nowMs + 10_000;
        expect(own.takeExpired(due, 100, 1).sort()).toEqual(
          [...ends]
            .filter(([, end]) => end <= due)
            .map(([id]) => id)
            .sort(),
        );
      }),
      // Renewed in the instant of its grant: once due twice.
      {
        examples: [
          [
            [
              [5n, 0],
              [5n, 0],
            ],
          ],
        ],
      },
    );
  });

  it('moves keys between leases', () => {
    lessor.grant(1n, 10, 0);
    lessor.grant(2n, 10, 0);
    lessor.attach('b', 1n);
    lessor.attach('a', 1n);
    lessor.attach('c', 2n);
    expect(lessor.keysOf(1n)).toEqual(['a', 'b']);
    lessor.attach('a', 2n);
    expect(lessor.leaseOf('a')).toBe(2n);
    expect(lessor.keysOf(1n)).toEqual(['b']);
    lessor.attach('b', 0n);
    expect(lessor.keysOf(1n)).toEqual([]);
    lessor.attach('b', 99n);
    expect(lessor.leaseOf('b')).toBe(0n);
    lessor.drop(2n);
    expect(lessor.leaseOf('a')).toBe(0n);
    expect(() => lessor.keysOf(2n)).toThrow('requested lease not found');
  });

  it('survives a restart, without what is left of the TTL', () => {
    lessor.grant(-3n, 600, 0);
    lessor.grant(4n, 60, 0);
    lessor.drop(4n);
    const again = reopened();
    expect(again.list()).toEqual([-3n]);
    again.promote(1000, 0);
    expect(again.timesOf(-3n, 1000)).toEqual({ grantedTtlS: 600, remainingS: 600 });
  });

  it('checkpoints long leases, and counts on from there after a change of leaders', () => {
    lessor.grant(1n, 1000, 0);
    lessor.grant(2n, 300, 0);
    lessor.promote(0, 0);
    expect(lessor.takeCheckpoints(299_999, 10)).toEqual([]);
    expect(lessor.takeCheckpoints(300_000, 10)).toEqual([{ id: 1n, remainingTtlS: 700 }]);
    expect(lessor.takeCheckpoints(300_001, 10)).toEqual([]);
    const follower = reopened({ persistCheckpoints: true });
    follower.checkpoint({ id: 1n, remainingTtlS: 700 }, 0);
    follower.checkpoint({ id: 77n, remainingTtlS: 700 }, 0);
    follower.promote(10_000, 500);
    expect(follower.nextExpiryMs).toBe(310_500);
    expect(follower.timesOf(1n, 10_000)).toEqual({ grantedTtlS: 1000, remainingS: 700 });
    const restarted = reopened({ persistCheckpoints: true });
    restarted.promote(0, 0);
    expect(restarted.timesOf(1n, 0)).toEqual({ grantedTtlS: 1000, remainingS: 700 });
    expect(restarted.renew(1n, 0)).toEqual({ ttlS: 1000, clearCheckpoint: true });
    const forgetful = reopened();
    forgetful.promote(0, 0);
    expect(forgetful.timesOf(1n, 0)).toEqual({ grantedTtlS: 1000, remainingS: 1000 });
  });

  it('asks for a checkpoint to be cleared until the log has done so, even for one still on its way', () => {
    lessor.grant(1n, 1000, 0);
    lessor.promote(0, 0);
    const [checkpoint] = lessor.takeCheckpoints(300_000, 10);
    expect(lessor.renew(1n, 300_001)).toEqual({ ttlS: 1000, clearCheckpoint: true });
    lessor.checkpoint(checkpoint!, 300_002);
    expect(lessor.renew(1n, 300_003)).toEqual({ ttlS: 1000, clearCheckpoint: true });
    expect(lessor.timesOf(1n, 300_003)).toEqual({ grantedTtlS: 1000, remainingS: 1000 });
    lessor.checkpoint({ id: 1n, remainingTtlS: 0 }, 300_004);
    expect(lessor.renew(1n, 300_005)).toEqual({ ttlS: 1000, clearCheckpoint: false });
    lessor.promote(300_006, 0);
    expect(lessor.timesOf(1n, 300_006)).toEqual({ grantedTtlS: 1000, remainingS: 1000 });
  });
});
