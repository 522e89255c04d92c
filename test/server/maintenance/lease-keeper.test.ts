import { describe, expect, it } from 'vitest';
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
