import { createHash } from 'node:crypto';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiError, CompareTarget, EventType } from '../../../src/core/api/index.ts';
import { connectControl, EndpointError, type ControlClient } from '../../../src/client/control/index.ts';
import { describeWithPeers } from '../../support/peers.ts';
import { freePort, startRealEtcd, type RealEtcd } from '../../support/real-etcd.ts';

describeWithPeers(['etcd'], 'the control client and a real etcd', () => {
  let etcd: RealEtcd;
  let client: ControlClient;
  beforeAll(async () => {
    etcd = await startRealEtcd();
    client = connectControl({ endpoints: [etcd.endpoint] });
  });
  afterAll(async () => {
    client?.close();
    await etcd?.stop();
  });

  it('puts, gets and deletes', async () => {
    const value = Buffer.from('value');
    const put = await client.put({ key: 'key\xff', value });
    expect(put.header?.revision).toBe(2);
    // Of all 64 bits, as etcd's own gateway writes them.
    const own = await fetch(`http://${etcd.endpoint}/v3/maintenance/status`, { method: 'POST', body: '{}' });
    const { header } = (await own.json()) as { header: { cluster_id: string; member_id: string } };
    expect(put.header).toMatchObject({ clusterId: BigInt(header.cluster_id), memberId: BigInt(header.member_id) });
    const { kvs, count } = await client.range({ key: 'key\xff' });
    expect(kvs).toEqual([{ key: 'key\xff', createRevision: 2, modRevision: 2, version: 1, value, lease: 0n }]);
    expect(count).toBe(1);
    const { deleted, prevKvs } = await client.deleteRange({ key: 'key\xff', prevKv: true });
    expect([deleted, prevKvs]).toEqual([1, kvs]);
  });

  it('makes transactions', async () => {
    const answer = await client.txn({
      compare: [{ target: CompareTarget.MOD, key: 'txn', modRevision: 0 }],
      success: [{ requestPut: { key: 'txn', value: Buffer.from('1') } }, { requestRange: { key: 'txn' } }],
      failure: [{ requestRange: { key: 'txn' } }],
    });
    expect(answer.succeeded).toBe(true);
    expect(answer.responses[1]?.responseRange?.kvs[0]?.key).toBe('txn');
  });

  it('gets etcd\u2019s errors with their names', async () => {
    const error = await client.put({ key: 'k', lease: 12345n }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ name: 'leaseNotFound', code: 5, message: 'etcdserver: requested lease not found' });
    await expect(client.range({})).rejects.toMatchObject({ name: 'emptyKey' });
    await expect(client.compact({ revision: 2 ** 53 })).rejects.toMatchObject({ name: 'futureRevision' });
  });

  it('reads status, members and alarms of one endpoint', async () => {
    const status = await client.at(etcd.endpoint).status({});
    expect(status.version).toMatch(/^3\./);
    const { members } = await client.memberList({});
    expect(members[0]).toMatchObject({ id: status.leader, name: 'real', isLearner: false });
    expect((await client.alarm({})).alarms).toEqual([]);
    expect(() => client.at('other:1')).toThrow('is not one of');
  });

  it('watches', async () => {
    const watch = await client.watch();
    watch.send({ createRequest: { key: 'watched' } });
    const seen: [number, string][] = [];
    for await (const answer of watch) {
      if (answer.created) await client.put({ key: 'watched', value: Buffer.from('x') });
      for (const { type, kv } of answer.events) seen.push([type, kv!.key]);
      if (seen.length === 1) await client.deleteRange({ key: 'watched' });
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([
      [EventType.PUT, 'watched'],
      [EventType.DELETE, 'watched'],
    ]);
  });

  it('keeps a lease alive', async () => {
    const { id, ttl } = await client.leaseGrant({ ttl: 60 });
    const alive = await client.leaseKeepAlive();
    alive.send({ id });
    for await (const answer of alive) {
      expect(answer).toMatchObject({ id, ttl });
      break;
    }
    expect((await client.leaseTimeToLive({ id, keys: true })).grantedTtl).toBe(60);
    await client.leaseRevoke({ id });
  });

  it('takes a snapshot', async () => {
    const hash = createHash('sha256');
    let remaining = -1;
    let tail = Buffer.alloc(0);
    for await (const { blob, remainingBytes } of await client.snapshot({})) {
      const bytes = Buffer.concat([tail, blob]);
      hash.update(bytes.subarray(0, -32));
      tail = bytes.subarray(-32);
      remaining = remainingBytes;
    }
    expect(remaining).toBe(0);
    expect(hash.digest()).toEqual(tail);
  });

  it('can be cancelled', async () => {
    const watch = await client.watch();
    watch.send({ createRequest: { key: 'quiet' } });
    for await (const { created } of watch) if (created) watch.cancel();

    const leaving = new AbortController();
    const aborted = await client.watch({ signal: leaving.signal });
    aborted.send({ createRequest: { key: 'quiet' } });
    const read = async (): Promise<void> => {
      for await (const { created } of aborted) if (created) leaving.abort(new Error('enough seen'));
    };
    await expect(read()).rejects.toThrow('enough seen');
    await expect(client.status({}, { signal: AbortSignal.abort(new Error('no longer wanted')) })).rejects.toThrow(
      'no longer wanted',
    );
  });

  it('says which method an old etcd does not know', async () => {
    const stream = await client.rangeStream({ key: 'a' });
    const read = async (): Promise<void> => {
      for await (const _ of stream);
    };
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EndpointError);
    expect((error as Error).message).toContain('/etcdserverpb.KV/RangeStream');
  });

  it('goes on to the next endpoint while nothing was sent', async () => {
    const several = connectControl({ endpoints: [`127.0.0.1:${await freePort()}`, etcd.endpoint] });
    expect((await several.status({})).version).toMatch(/^3\./);
    several.close();
  });

  it('asks the next endpoint again when a member dies under a read', async () => {
    let asked = 0;
    const dying = createServer((socket) => {
      const [host, port] = etcd.endpoint.split(':');
      const upstream = connect(Number(port), host, () => socket.pipe(upstream));
      let bytes = 0;
      upstream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= 100) socket.write(chunk);
        else {
          asked++;
          dying.close();
          socket.destroy();
        }
      });
      upstream.on('error', () => {});
      socket.on('error', () => {});
      socket.on('close', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => dying.listen(0, '127.0.0.1', resolve));
    const first = `127.0.0.1:${(dying.address() as AddressInfo).port}`;
    const several = connectControl({ endpoints: [first, etcd.endpoint] });
    expect((await several.status({})).version).toMatch(/^3\./);
    expect(asked).toBe(1);
    several.close();
  });

  it('does not send a write twice when the connection breaks under it', async () => {
    const [host, port] = etcd.endpoint.split(':');
    let connections = 0;
    const breaking = createServer((socket) => {
      connections++;
      const upstream = connect(Number(port), host, () => socket.pipe(upstream));
      upstream.on('error', () => {});
      socket.on('error', () => {});
      // The opening of HTTP/2 goes through; the answer to a request does not.
      let bytes = 0;
      upstream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > 100) socket.destroy();
        else socket.write(chunk);
      });
      socket.on('close', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve));
    const endpoint = `127.0.0.1:${(breaking.address() as AddressInfo).port}`;
    const once = connectControl({ endpoints: [endpoint, etcd.endpoint], timeoutMs: 30_000 });
    const error = await once.put({ key: 'once', value: Buffer.from('1') }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EndpointError);
    expect(error).toMatchObject({ endpoint, unsent: false });
    expect((await client.range({ key: 'once' })).kvs[0]?.version ?? 1).toBe(1);
    expect(connections).toBeGreaterThan(0);
    once.close();
    await new Promise((resolve) => breaking.close(resolve));
  });

  // Last: it leaves the member with authentication switched on.
  it('authenticates, and again when its token has gone', async () => {
    await client.userAdd({ name: 'root', password: 'secret' });
    await client.roleAdd({ name: 'root' }).catch(() => {});
    await client.userGrantRole({ user: 'root', role: 'root' });
    const root = connectControl({ endpoints: [etcd.endpoint], user: { name: 'root', password: 'secret' } });
    await root.put({ key: 'before', value: Buffer.from('no token is needed yet') });
    await client.authEnable({});
    await expect(client.put({ key: 'k' })).rejects.toMatchObject({ name: 'userEmpty' });
    const wrong = connectControl({ endpoints: [etcd.endpoint], user: { name: 'root', password: 'wrong' } });
    await expect(wrong.put({ key: 'k' })).rejects.toMatchObject({ name: 'authFailed' });
    wrong.close();
    await root.put({ key: 'after', value: Buffer.from('1') });
    // A changed password drops the tokens of that user.
    await root.userChangePassword({ name: 'root', password: 'secret' });
    await root.put({ key: 'after', value: Buffer.from('2') });
    expect((await root.range({ key: 'after' })).kvs[0]?.version).toBe(2);
    root.close();
  });
});
