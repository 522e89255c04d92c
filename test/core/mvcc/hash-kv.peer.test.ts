/** HashKV against a real etcd: the same requests must give the same stored bytes, and so the same hash. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesFrom } from '../../../src/base/bytes.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { InternalRaftRequest, PutRequest } from '../../../src/core/api/types.ts';
import { Store } from '../../../src/core/mvcc/index.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/memory-backend.ts';
import { describeWithPeers, peerPath } from '../../support/peers.ts';
import { startRealEtcd, type RealEtcd } from '../../support/real-etcd.ts';
import { deleteRequest, opOf, putRequest, raftRequest, txnRequest } from './requests.ts';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

describeWithPeers(['etcd', 'etcdctl'], 'HashKV', () => {
  let etcd: RealEtcd;

  beforeAll(async () => {
    etcd = await startRealEtcd();
  });

  afterAll(() => etcd.stop());

  async function post(path: string, body: unknown): Promise<{ header?: { revision: string } }> {
    const response = await fetch(`http://${etcd.endpoint}${path}`, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as { header?: { revision: string } };
  }

  function hashOfPeer(): number {
    const output = execFileSync(
      peerPath('etcdctl'),
      ['endpoint', 'hashkv', '-w', 'json', '--endpoints', etcd.endpoint],
      {},
    );
    return (JSON.parse(output.toString()) as [{ HashKV: { hash: number } }])[0].HashKV.hash;
  }

  function toJson(put: PutRequest): unknown {
    return { key: base64(put.key), value: Buffer.from(put.value).toString('base64'), lease: String(put.lease) };
  }

  it('is equal bit by bit, also after a compaction', async () => {
    const random = seededRandom(11);
    const store = new Store(new MemoryBackend(memoryMedia()));
    const apply = (request: Partial<InternalRaftRequest>): void => {
      const { error } = store.apply(raftRequest(request), store.appliedIndex + 1, 1, 0);
      expect(error).toBeUndefined();
    };
    const hash = (): number => {
      const work = store.hashKV(0);
      while (!work.step(1000)) continue;
      return work.hash;
    };
    const leases = [1n, 2n ** 62n, -5n];
    for (const id of leases) {
      await post('/v3/lease/grant', { ID: String(id), TTL: '600' });
      apply({ leaseGrant: { id, ttl: 600 } });
    }
    const somePut = (): PutRequest =>
      putRequest({
        key: `k\xff${random.below(30)}`,
        value: 'v'.repeat(random.below(300)),
        lease: random.below(3) === 0 ? leases[random.below(3)]! : 0n,
      });
    for (let i = 0; i < 150; i++) {
      const kind = random.below(10);
      let answer: { header?: { revision: string } };
      if (kind < 6) {
        const put = somePut();
        answer = await post('/v3/kv/put', toJson(put));
        apply({ put });
      } else if (kind < 8) {
        const [key, rangeEnd] = [`k\xff${random.below(30)}`, random.below(2) === 0 ? '' : 'k\xff19'];
        answer = await post('/v3/kv/deleterange', { key: base64(key), range_end: base64(rangeEnd) });
        apply({ deleteRange: deleteRequest({ key, rangeEnd }) });
      } else {
        const put = { ...somePut(), key: 'once' };
        const ops = [somePut(), put];
        answer = await post('/v3/kv/txn', { success: ops.map((op) => ({ request_put: toJson(op) })) });
        apply({ txn: txnRequest({ success: ops.map((requestPut) => opOf({ requestPut })) }) });
      }
      expect(Number(answer.header?.revision)).toBe(store.currentRevision);
    }
    expect(hash()).toBe(hashOfPeer());
    const revision = store.currentRevision - 40;
    await post('/v3/kv/compaction', { revision: String(revision), physical: true });
    apply({ compaction: { revision, physical: true } });
    expect(hash()).toBe(hashOfPeer());
    while (store.compactor.isRunning) store.compactStep(7);
    expect(hash()).toBe(hashOfPeer());
    await post('/v3/lease/revoke', { ID: '1' });
    apply({ leaseRevoke: { id: 1n } });
    await post('/v3/kv/put', { key: base64('last'), value: base64('\0\xff') });
    apply({ put: { ...putRequest({ key: 'last' }), value: bytesFrom('\0\xff') } });
    expect(hash()).toBe(hashOfPeer());
  });
});
