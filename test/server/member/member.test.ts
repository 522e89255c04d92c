import { describe, expect, it } from 'vitest';
import type { Applied } from '../../../src/core/mvcc/index.ts';
import { CONF_REMOVE } from '../../../src/core/raft/index.ts';
import { MemberRemovedError } from '../../../src/server/membership/removed.ts';
import type { MemberServices } from '../../../src/server/services.ts';
import { codecs } from '../../../src/wire/messages/index.ts';
import { MemberClient } from '../support/member-client.ts';
import { SETTINGS } from '../../support/member-parts.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

const KEY = 'k';

function put(services: MemberServices, key: string, value: string): { outcome: string } {
  const result = { outcome: 'waiting' };
  services.member.propose('put', codecs.PutRequest.encode({ key, value: Buffer.from(value) }), {
    applied: ({ error }: Applied) => (result.outcome = error?.message ?? 'ok'),
    failed: (error) => (result.outcome = error.message),
  });
  return result;
}

function read(services: MemberServices, key: string): string | undefined {
  const request = codecs.RangeRequest.decode(codecs.RangeRequest.encode({ key }));
  const [kv] = services.member.store.range(request).kvs;
  return kv === undefined ? undefined : Buffer.from(codecs.KeyValue.decode(kv).value).toString();
}

describe('one member', () => {
  it('acknowledges a put only after its record is synced, and has it after a crash', () => {
    const cluster = new MemoryCluster(1);
    const leader = cluster.elect();
    const result = put(leader, KEY, 'v1');
    cluster.clock.settle();
    expect(result.outcome).toBe('waiting');
    cluster.clock.advance(2);
    expect(result.outcome).toBe('ok');
    cluster.crash(0);
    cluster.start(0);
    expect(read(cluster.elect(), KEY)).toBe('v1');
    expect(cluster.fatal).toEqual([]);
  });

  it('measures a commit of the backend until it is durable, not until it is handed over', () => {
    const cluster = new MemoryCluster(1, {}, undefined, 40);
    const leader = cluster.elect();
    put(leader, KEY, 'v1');
    cluster.clock.advance(500);
    const text = leader.member.parts.metrics.registry.expose();
    const [, count] = /^etcd_disk_backend_commit_duration_seconds_count (\d+)$/m.exec(text)!;
    const [, seconds] = /^etcd_disk_backend_commit_duration_seconds_sum (\S+)$/m.exec(text)!;
    expect(Number(count)).toBeGreaterThan(0);
    expect(Number(seconds)).toBeCloseTo(Number(count) * 0.04, 9);
  });

  it('replays only what the backend does not hold', () => {
    const cluster = new MemoryCluster(1);
    const leader = cluster.elect();
    for (let i = 0; i < 50; i++) {
      put(leader, KEY, `v${i}`);
      cluster.clock.advance(20);
    }
    cluster.crash(0);
    cluster.start(0);
    const again = cluster.elect();
    expect(read(again, KEY)).toBe('v49');
    expect(again.member.store.currentRevision).toBe(51);
  });

  it('truncates its log by marks that the backend has reached, and starts from them', () => {
    const cluster = new MemoryCluster(1, { snapshotCount: 100, snapshotCatchupEntries: 10 });
    const leader = cluster.elect();
    for (let i = 0; i < 500; i++) {
      put(leader, KEY, `v${i}`);
      cluster.clock.advance(10);
    }
    expect(leader.member.parts.raft.status().compactedIndex).toBeGreaterThan(300);
    cluster.crash(0);
    cluster.start(0);
    expect(read(cluster.elect(), KEY)).toBe('v499');
  });
});

describe('three members', () => {
  it('replicate, answer on any member, and survive the loss of the leader', () => {
    const cluster = new MemoryCluster(3);
    const leader = cluster.elect();
    const follower = [0, 1, 2].map((i) => cluster.services(i)).find((services) => services !== leader)!;
    const results = [put(leader, 'a', '1'), put(follower, 'b', '2')];
    cluster.clock.advance(500);
    expect(results.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
    for (const i of [0, 1, 2])
      expect([read(cluster.services(i), 'a'), read(cluster.services(i), 'b')]).toEqual(['1', '2']);

    const index = [0, 1, 2].find((i) => cluster.services(i) === leader)!;
    cluster.crash(index);
    const next = cluster.elect();
    const later = put(next, 'c', '3');
    cluster.clock.advance(500);
    expect(later.outcome).toBe('ok');
    cluster.start(index);
    cluster.clock.advance(2000);
    expect(['a', 'b', 'c'].map((key) => read(cluster.services(index), key))).toEqual(['1', '2', '3']);
    expect(cluster.fatal).toEqual([]);
  });

  it('keep what cannot reach the leader until it can', () => {
    const cluster = new MemoryCluster(3);
    const leader = cluster.elect();
    const follower = [0, 1, 2].map((i) => cluster.services(i)).find((services) => services !== leader)!;
    const way = `${follower.member.parts.id}>${leader.member.parts.id}`;
    cluster.cut.add(way);
    const late = put(follower, 'a', '1');
    cluster.clock.advance(400);
    cluster.cut.delete(way);
    const next = put(follower, 'b', '2');
    cluster.clock.advance(400);
    expect([late.outcome, next.outcome]).toEqual(['ok', 'ok']);
  });

  it('become one by a removal that outlives a crash right after it', () => {
    const cluster = new MemoryCluster(2);
    const leader = cluster.elect();
    const [stays, leaves] = leader === cluster.services(0) ? [0, 1] : [1, 0];
    const { member } = leader;
    const removed = cluster.services(leaves).member.parts.id;
    const id = member.changes.register(() => undefined);
    member.proposeConfChange({ id, type: CONF_REMOVE, member: removed, context: new Uint8Array(0) });
    // Long enough to apply and to flush, not for the next batch of the backend to end.
    for (let i = 0; i < 50 && member.parts.membership.get(removed) !== undefined; i++) cluster.clock.advance(1);
    cluster.clock.advance(10);
    // Whoever was removed never comes back.
    cluster.crash(leaves);
    cluster.crash(stays);
    cluster.start(stays);
    const alone = cluster.elect();
    const result = put(alone, KEY, 'alone');
    cluster.clock.advance(500);
    expect(result.outcome).toBe('ok');
  });

  it('bring back a member that fell behind the log with a snapshot', () => {
    const cluster = new MemoryCluster(3, { snapshotCount: 50, snapshotCatchupEntries: 5 });
    const leader = cluster.elect();
    const index = [0, 1, 2].find((i) => cluster.services(i) !== leader)!;
    cluster.crash(index);
    for (let i = 0; i < 200; i++) {
      put(leader, KEY, `v${i}`);
      cluster.clock.advance(20);
    }
    cluster.start(index);
    cluster.clock.advance(5000);
    const member = cluster.services(index).member;
    expect(read(cluster.services(index), KEY)).toBe('v199');
    expect(member.store.currentRevision).toBe(leader.member.store.currentRevision);
    expect(member.parts.membership.list().map(({ name }) => name)).toEqual(
      leader.member.parts.membership.list().map(({ name }) => name),
    );
    put(leader, KEY, 'last');
    cluster.clock.advance(500);
    expect(read(cluster.services(index), KEY)).toBe('last');
    cluster.crash(index);
    cluster.start(index);
    cluster.clock.advance(2000);
    expect(read(cluster.services(index), KEY)).toBe('last');
    expect(cluster.fatal).toEqual([]);
  });

  it('leave alone a snapshot that is in place only after they were stopped', () => {
    const cluster = new MemoryCluster(3, { snapshotCount: 50, snapshotCatchupEntries: 5 });
    cluster.elect();
    const behind = [0, 1, 2].find((i) => !cluster.services(i).member.isLeader)!;
    cluster.crash(behind);
    const leader = cluster.elect();
    for (let i = 0; i < 200; i++) {
      put(leader, KEY, `v${i}`);
      cluster.clock.advance(5);
    }
    cluster.start(behind);
    const backend = cluster.backend(behind);
    let install: (() => void) | undefined;
    const restore = backend.restore.bind(backend);
    backend.restore = () => {
      const restored = restore();
      return { ...restored, finish: (done) => (install = () => restored.finish(done)) };
    };
    cluster.clock.advance(3000);
    const { member } = cluster.services(behind);
    const { store } = member;
    cluster.services(behind).stop();
    install!();
    expect(member.store).toBe(store);
    expect(cluster.fatal).toEqual([]);
  });

  it('bring back a member with one snapshot, though more is written meanwhile than the log keeps', () => {
    const cluster = new MemoryCluster(3, { snapshotCount: 50, snapshotCatchupEntries: 5 });
    const leader = cluster.elect();
    const index = [0, 1, 2].find((i) => cluster.services(i) !== leader)!;
    const write = (times: number): void => {
      for (let i = 0; i < times; i++) {
        put(leader, KEY, `v${i}`);
        cluster.clock.advance(10);
      }
    };
    cluster.crash(index);
    write(200);
    cluster.start(index);
    cluster.snapshotMs = 3000;
    write(1000);
    expect(cluster.snapshotsSent).toBe(1);
    const { member } = cluster.services(index);
    expect(leader.member.appliedIndex - member.appliedIndex).toBeLessThan(10);
    // What was kept for it goes when the time is over.
    cluster.clock.advance(1000);
    write(50);
    const { compactedIndex, applied } = leader.member.parts.raft.status();
    expect(applied - compactedIndex).toBeLessThan(110);
    expect(cluster.fatal).toEqual([]);
  });

  it('publish every member by name', () => {
    const cluster = new MemoryCluster(3);
    const leader = cluster.elect();
    cluster.clock.advance(1000);
    expect(
      leader.member.parts.membership
        .list()
        .map(({ name, clientUrls }) => [name, clientUrls[0]])
        .sort(),
    ).toEqual([
      ['m1', 'http://m1:2379'],
      ['m2', 'http://m2:2379'],
      ['m3', 'http://m3:2379'],
    ]);
  });
});

describe('the last of two members', () => {
  /** A cluster of two of whom one is being removed, and both machines' numbers. */
  function removing(leaving: string): { cluster: MemoryCluster; stays: number; leaves: number } {
    const cluster = new MemoryCluster(2);
    const { member } = cluster.elect();
    const leads = cluster.services(0).member === member ? 0 : 1;
    const leaves = leaving === 'leader' ? leads : 1 - leads;
    const removed = cluster.services(leaves).member.parts.id;
    const id = member.changes.register(() => undefined);
    member.proposeConfChange({ id, type: CONF_REMOVE, member: removed, context: new Uint8Array(0) });
    put(cluster.services(leads), KEY, 'on the way');
    return { cluster, stays: 1 - leaves, leaves };
  }

  it('is not needed any more when the leader is said to be out', () => {
    for (let crashMs = 0; crashMs <= 200; crashMs += 5) {
      const cluster = new MemoryCluster(2, { strictReconfigCheck: false });
      const leader = cluster.elect();
      const [stays, leaves] = leader === cluster.services(0) ? [1, 0] : [0, 1];
      const answer = new MemberClient(leader, cluster.clock).unary('memberRemove', { id: leader.member.parts.id });
      cluster.clock.advance(crashMs);
      const isSaid = answer.answer !== undefined;
      // Destroyed, once it is said to be out; and the other goes down in the same instant.
      if (isSaid) cluster.crash(leaves);
      cluster.crash(stays);
      cluster.start(stays);
      cluster.clock.advance(5000);
      const result = put(cluster.services(stays), KEY, 'alone');
      cluster.clock.advance(5000);
      expect([crashMs, isSaid || crashMs < 200, result.outcome]).toEqual([crashMs, true, 'ok']);
    }
  });

  it.each(['leader', 'follower'])('sees the %s go within an election when that is removed', (leaving) => {
    const { cluster, stays } = removing(leaving);
    cluster.clock.advance(SETTINGS.electionMs);
    expect(cluster.fatal.map(({ message }) => message)).toEqual([new MemberRemovedError().message]);
    cluster.clock.advance(2 * SETTINGS.electionMs);
    expect(cluster.services(stays).member.isLeader).toBe(true);
  });

  it.each(['leader', 'follower'])('goes on alone whenever it crashes while the %s is removed', (leaving) => {
    // The change is committed, told, synced and acted on within these milliseconds.
    for (let crashMs = 0; crashMs <= 40; crashMs++) {
      const { cluster, stays, leaves } = removing(leaving);
      cluster.clock.advance(crashMs);
      cluster.crash(stays);
      cluster.clock.advance(5000);
      // Whoever was removed never comes back.
      if (cluster.fatal.length > 0) cluster.crash(leaves);
      cluster.start(stays);
      cluster.clock.advance(5000);
      const result = put(cluster.services(stays), KEY, 'alone');
      cluster.clock.advance(5000);
      expect([crashMs, result.outcome]).toEqual([crashMs, 'ok']);
    }
  });
});
