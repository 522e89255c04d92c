/** The npm `etcd3` client does its work against the bundled server, and goes on after a member was started again. */
import { Etcd3, type IKeyValue } from 'etcd3';
import { afterAll, beforeAll, expect, it, describe } from 'vitest';
import { until } from '../../cluster-e2e/support/until.ts';
import { ready, Workbench, type BenchMember } from '../../cluster-e2e/support/workbench.ts';

describe('the etcd3 client', () => {
  let bench: Workbench;
  let member: BenchMember;
  let client: Etcd3;

  beforeAll(async () => {
    bench = new Workbench();
    member = await bench.member();
    client = new Etcd3({ hosts: member.endpoint });
  });
  afterAll(async () => {
    client.close();
    await bench.close();
  });

  it('reads and writes keys and ranges', async () => {
    await client.put('kv/a').value('1');
    await client.put('kv/b').value('2');
    expect(await client.get('kv/a').string()).toBe('1');
    expect(await client.get('kv/none').string()).toBeNull();
    expect(await client.getAll().prefix('kv/').strings()).toEqual({ 'kv/a': '1', 'kv/b': '2' });
    expect(await client.getAll().prefix('kv/').sort('Key', 'Descend').limit(1).keys()).toEqual(['kv/b']);
    const swapped = await client
      .if('kv/a', 'Value', '==', '1')
      .then(client.put('kv/a').value('3'))
      .else(client.get('kv/a'))
      .commit();
    expect(swapped.succeeded).toBe(true);
    expect((await client.delete().prefix('kv/')).deleted).toBe('2');
  });

  it('runs transactions in memory that conflict and are tried again', async () => {
    await client.put('stm/counter').value(0);
    const increment = () =>
      client.stm({ retries: 50 }).transact(async (tx) => {
        const value = await tx.get('stm/counter').number();
        await tx.put('stm/counter').value((value ?? 0) + 1);
      });
    await Promise.all(Array.from({ length: 8 }, increment));
    expect(await client.get('stm/counter').number()).toBe(8);
  });

  it('locks', async () => {
    const lock = client.lock('lock/one');
    await lock.acquire();
    await expect(client.lock('lock/one').acquire()).rejects.toThrow();
    await lock.release();
    const next = client.lock('lock/one');
    await next.acquire();
    await next.release();
  });

  it('elects, and observes the next one when the first resigns', async () => {
    const election = client.election('the-chair', 60);
    const first = election.campaign('first');
    await first.wait();
    const second = election.campaign('second');
    const observer = await election.observe();
    await until('the first leads', () => observer.leader() === 'first');
    await first.resign();
    await second.wait();
    await until('the second leads', () => observer.leader() === 'second');
    expect(await election.leader()).toBe('second');
    await second.resign();
    await observer.cancel();
  });

  it('keeps leases alive, and their keys go with them', async () => {
    const lease = client.lease(60);
    await lease.put('leased').value('x');
    const id = await lease.grant();
    const listed = await client.leaseClient.leaseTimeToLive({ ID: id, keys: true });
    expect(listed.keys.map(String)).toEqual(['leased']);
    await lease.keepaliveOnce();
    await lease.revoke();
    expect(await client.get('leased').string()).toBeNull();
  });

  it('watches on, without a gap or a double, after the member was killed and started again', async () => {
    const watcher = await client.watch().prefix('watched/').create();
    const values: string[] = [];
    watcher.on('put', (kv: IKeyValue) => values.push(kv.value.toString()));
    await client.put('watched/key').value('1');
    await until('the first event', () => values.length === 1);
    await member.process.kill();
    member.process.start();
    await ready(member);
    const writer = new Etcd3({ hosts: member.endpoint });
    await writer.put('watched/key').value('2');
    await writer.put('watched/key').value('3');
    await until('all events', () => values.length >= 3);
    expect(values).toEqual(['1', '2', '3']);
    await watcher.cancel();
    writer.close();
  });
});
