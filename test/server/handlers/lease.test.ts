import { beforeEach, describe, expect, it } from 'vitest';
import type { MemberServices } from '../../../src/server/services.ts';
import { SETTINGS } from '../../support/member-parts.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { MemberClient } from '../support/member-client.ts';

const MEMBERS = [0, 1, 2, 3, 4];
const { electionMs } = SETTINGS;
const TTL_S = 2;
const OLD_LEASE = 7n;
const NEW_LEASE = 8n;

describe('a leader that was deposed without knowing', () => {
  let cluster: MemoryCluster;
  /** The leader that hears nobody but one follower, which has not heard of its successor either. */
  let deposed: MemberServices;
  let successor: MemberServices;
  let follower: MemberServices;

  const clientOf = (services: MemberServices): MemberClient => new MemberClient(services, cluster.clock);

  beforeEach(() => {
    cluster = new MemoryCluster(5);
    deposed = cluster.elect();
    const others = MEMBERS.map((i) => cluster.services(i)).filter((services) => services !== deposed);
    follower = others[0]!;
    successor = others[1]!;
    const granted = clientOf(deposed).unary('leaseGrant', { id: OLD_LEASE, ttl: TTL_S });
    cluster.clock.advance(50);
    expect(granted.answer?.ttl).toBe(TTL_S);
    // The last word of a quorum that it hears.
    const renewal = clientOf(deposed).keepAlive(OLD_LEASE);
    cluster.clock.advance(50);
    expect(renewal.answers.map(({ ttl }) => ttl)).toEqual([TTL_S]);
    for (const { member } of others.slice(1)) {
      for (const deaf of [deposed, follower]) cluster.cut.add(`${member.parts.id}>${deaf.member.parts.id}`);
    }
    deposed.member.transferLeadership(successor.member.parts.id);
    cluster.clock.advance(50);
    expect([deposed, successor].map(({ member }) => member.isLeader)).toEqual([true, true]);
    expect(follower.member.leader).toBe(deposed.member.parts.id);
  });

  it.each(['itself', 'through its follower'])('asked %s, renews no lease that its successor lets go before', (way) => {
    const client = clientOf(way === 'itself' ? deposed : follower);
    // The extension that its successor has given every lease does not reach so far.
    cluster.clock.advance(1.5 * electionMs);
    expect(deposed.member.isLeader).toBe(true);
    const renewal = client.keepAlive(OLD_LEASE);
    cluster.clock.advance(TTL_S * 1000 - 1);
    expect(successor.member.store.lessor.has(OLD_LEASE)).toBe(false);
    expect(renewal.answers).toEqual([]);
    cluster.clock.advance(10_000);
    expect(renewal.end).toMatch(/^etcdserver: /);
  });

  it.each(['itself', 'through its follower'])('asked %s, tells nobody that a lease of its successor is gone', (way) => {
    const client = clientOf(way === 'itself' ? deposed : follower);
    const granted = clientOf(successor).unary('leaseGrant', { id: NEW_LEASE, ttl: 60 });
    cluster.clock.advance(50);
    expect(granted.answer?.ttl).toBe(60);
    const renewal = client.keepAlive(NEW_LEASE);
    const times = client.unary('leaseTimeToLive', { id: NEW_LEASE });
    cluster.clock.advance(100);
    expect(deposed.member.isLeader).toBe(true);
    cluster.clock.advance(20_000);
    expect([renewal.answers, times.answer]).toEqual([[], undefined]);
    expect([renewal.end, times.failure?.message]).toEqual([
      expect.stringMatching(/^etcdserver: /),
      expect.stringMatching(/^etcdserver: /),
    ]);
  });

  it('renews a lease for an election timeout after the last word of a quorum, which its successor adds', () => {
    const renewal = clientOf(deposed).keepAlive(OLD_LEASE);
    cluster.clock.advance(50);
    expect(renewal.answers.map(({ ttl }) => ttl)).toEqual([TTL_S]);
    cluster.clock.advance(TTL_S * 1000);
    expect(successor.member.store.lessor.has(OLD_LEASE)).toBe(true);
  });

  it('leaves renewals and times to its successor', () => {
    cluster.clock.advance(1.5 * electionMs);
    const client = clientOf(successor);
    const renewal = client.keepAlive(OLD_LEASE);
    cluster.clock.advance(100);
    expect(renewal.answers.map(({ ttl }) => ttl)).toEqual([TTL_S]);
    cluster.clock.advance(TTL_S * 1000 - 101);
    expect(successor.member.store.lessor.has(OLD_LEASE)).toBe(true);
    const times = client.unary('leaseTimeToLive', { id: OLD_LEASE });
    const gone = client.keepAlive(NEW_LEASE);
    cluster.clock.advance(100);
    expect([times.answer?.grantedTtl, gone.answers[0]?.ttl]).toEqual([TTL_S, 0]);
  });
});

describe('a stream of renewals', () => {
  it('is answered in the order of its requests, leases that are not there too', () => {
    const cluster = new MemoryCluster(3);
    const client = new MemberClient(cluster.elect(), cluster.clock);
    const granted = client.unary('leaseGrant', { id: OLD_LEASE, ttl: TTL_S });
    cluster.clock.advance(50);
    expect(granted.answer?.ttl).toBe(TTL_S);
    const ids = [NEW_LEASE, OLD_LEASE, NEW_LEASE, 9n, OLD_LEASE];
    const renewals = client.keepAlive(...ids);
    cluster.clock.advance(100);
    expect(renewals.answers.map(({ id, ttl }) => [id, ttl])).toEqual(
      ids.map((id) => [id, id === OLD_LEASE ? TTL_S : 0]),
    );
    expect(renewals.end).toBe('ok');
  });
});
