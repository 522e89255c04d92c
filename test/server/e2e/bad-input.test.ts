/** Keys, values and requests of every size up to their limits and over them, beside a real etcd. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectControl, type ControlClient } from '../../../src/client/control/index.ts';
import { Workbench } from '../../cluster-e2e/support/workbench.ts';
import { describeWithPeers } from '../../support/peers.ts';

const MAX_REQUEST_BYTES = 1_572_864;
/** What etcd lets a message be larger than the request in it. */
const MAX_MESSAGE_BYTES = MAX_REQUEST_BYTES + 524_288;
/** Around powers of two, where lengths take another byte and values another page. */
const SIZES = [1, 7, 8, 11, 12].flatMap((n) => [2 ** n - 1, 2 ** n, 2 ** n + 1]);
const LARGE_SIZES = [14, 16, 20].flatMap((n) => [2 ** n - 1, 2 ** n]);

let bench: Workbench;
const clients: ControlClient[] = [];

describeWithPeers(['etcd'], 'requests of any size', () => {
  beforeAll(async () => {
    bench = new Workbench();
    for (const program of ['bundled', 'etcd'] as const) {
      const { endpoint } = await bench.member({ program }, program);
      clients.push(connectControl({ endpoints: [endpoint], timeoutMs: 60_000 }));
    }
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await bench.close();
  });

  /** What both say: the same, or the test fails. */
  async function both(act: (client: ControlClient) => Promise<unknown>): Promise<unknown> {
    const [ours, theirs] = await Promise.all(
      clients.map((client) =>
        act(client).then(
          (value) => value,
          (error: unknown) => ({ code: (error as { code?: number }).code, message: (error as Error).message }),
        ),
      ),
    );
    expect(ours).toEqual(theirs);
    return ours;
  }

  const putAndGet = (key: string, bytes: number): Promise<unknown> =>
    both(async (client) => {
      const value = Buffer.alloc(bytes, bytes % 251);
      const { header } = await client.put({ key, value });
      const { kvs } = await client.range({ key });
      const [kv] = kvs;
      return [header?.revision, kvs.length, kv?.key === key, Buffer.from(kv?.value ?? []).equals(value)];
    });

  it('are stored as they are, whatever the size of key and value', async () => {
    for (const size of [...SIZES, ...LARGE_SIZES]) {
      expect(await putAndGet('k'.repeat(size), 3)).toEqual([expect.any(Number), 1, true, true]);
      expect(await putAndGet(`v${size}`, size)).toEqual([expect.any(Number), 1, true, true]);
    }
    expect(await putAndGet('empty', 0)).toEqual([expect.any(Number), 1, true, true]);
    expect(await putAndGet('\xff'.repeat(300), 300)).toEqual([expect.any(Number), 1, true, true]);
  });

  it('are refused in etcd’s words where they are too large', async () => {
    // A key of 5 bytes with its value: 7 + 4 bytes around them. The log's entry has some 18 more.
    const valueOf = (messageBytes: number): Buffer => Buffer.alloc(messageBytes - 11);
    const put = (messageBytes: number) => (client: ControlClient) =>
      client.put({ key: 'large', value: valueOf(messageBytes) }).then(({ header }) => header?.revision);
    expect(await both(put(MAX_REQUEST_BYTES - 40))).toEqual(expect.any(Number));
    for (const bytes of [MAX_REQUEST_BYTES - 8, MAX_REQUEST_BYTES, MAX_REQUEST_BYTES + 1, MAX_MESSAGE_BYTES]) {
      expect(await both(put(bytes))).toMatchObject({ message: 'etcdserver: request is too large' });
    }
    expect(await both(put(MAX_MESSAGE_BYTES + 1))).toMatchObject({ code: 8 });
  });

  it('count as one where many are in a transaction', async () => {
    const txn = (operations: number, bytes: number) => (client: ControlClient) =>
      client
        .txn({
          success: Array.from({ length: operations }, (_, i) => ({
            requestPut: { key: `t${i}`, value: Buffer.alloc(bytes) },
          })),
        })
        .then(({ responses }) => responses.length);
    expect(await both(txn(128, 1000))).toBe(128);
    expect(await both(txn(129, 1))).toMatchObject({ message: 'etcdserver: too many operations in txn request' });
    expect(await both(txn(15, 100_000))).toBe(15);
    expect(await both(txn(16, 100_000))).toMatchObject({ message: 'etcdserver: request is too large' });
  });
});
