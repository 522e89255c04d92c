import { describe, expect, it } from 'vitest';
import type { Member } from '../../../src/server/member/member.ts';
import { LeaseKeeper } from '../../../src/server/maintenance/lease-keeper.ts';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { MemberClient } from '../support/member-client.ts';

describe('leases without an id', () => {
  it('get ids of their own, however many are granted at one instant', () => {
    const cluster = new MemoryCluster(1);
    const client = new MemberClient(cluster.elect(), cluster.clock);
    const calls = Array.from({ length: 600 }, () => client.unary('leaseGrant', { ttl: 60 }));
    cluster.clock.advance(1000);
    expect(calls.filter(({ failure }) => failure !== undefined)).toEqual([]);
    const ids = calls.map(({ answer }) => answer!.id);
    expect(new Set(ids).size).toBe(600);
    expect(ids.every((id) => id > 0n)).toBe(true);
  });
});

describe('leases whose time is over', () => {
  /** A keeper on a member that believes it leads, and what raft knows of that. */
  function setUp(role: 'leader' | 'follower') {
    const clock = new ManualClock();
    const calls: string[] = [];
    const lessor = {
      promote: () => undefined,
      takeExpired: () => (calls.length === 0 ? [1n, 2n] : []),
      takeCheckpoints: () => [{ id: 3n, remainingTtlS: 10 }],
    };
    const member = {
      parts: {
        clock,
        id: 1n,
        metrics: { registry: new MetricsRegistry() },
        settings: { electionMs: 100, leaseCheckpoints: true },
        raft: { status: () => ({ role }) },
      },
      store: { lessor },
      propose: (kind: string) => calls.push(kind),
      proposals: { flush: () => calls.push('flush') },
    } as unknown as Member;
    const keeper = new LeaseKeeper(member);
    keeper.promote();
    clock.advance(500);
    keeper.stop();
    return calls;
  }

  it('are revoked at once and together by the leader', () => {
    expect(setUp('leader')).toEqual(['leaseRevoke', 'leaseRevoke', 'flush', 'leaseCheckpoint', 'flush']);
  });

  it('are left to the next leader by one that raft has deposed: they may have been renewed there', () => {
    expect(setUp('follower')).toEqual([]);
  });
});
