/**
 * The same calls of the lock and election services to a real etcd and to ours, one after the other, and their answers
 * compared. Not compared is what etcd before 3.5 does for a waiter whose own key has gone: it hands over the lock.
 */
import { expect, it } from 'vitest';
import { startTarget, type Target, type TargetSpec } from '../../../src/cluster/index.ts';
import { connectControl, type ControlClient } from '../../../src/client/control/index.ts';
import { ApiError } from '../../../src/core/api/index.ts';
import { realClock } from '../../../src/platform/clock.ts';
import { describeWithPeers, peerPath } from '../../support/peers.ts';

const [ALICE, BOB] = [0x1ffn, 0x2ffn] as const;
const PATIENCE_MS = 60_000;

const bytes = (value: string): Buffer => Buffer.from(value);

/** An answer without what differs from one server to the next. */
function plain(answer: object): string {
  return JSON.stringify(answer, (key, value: unknown) => {
    if (key === 'clusterId' || key === 'memberId' || key === 'raftTerm') return undefined;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
    const { data, type } = (value ?? {}) as { data?: number[]; type?: string };
    if (type === 'Buffer' && data !== undefined) return Buffer.from(data).toString('latin1');
    return typeof value === 'bigint' ? `${value}n` : value;
  });
}

class Transcript {
  readonly lines: string[] = [];

  async add(what: string, call: Promise<object>): Promise<void> {
    try {
      this.lines.push(`${what}: ${plain(await call)}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.lines.push(`${what}: ${error.code} ${error.message}`);
    }
  }
}

/** Until that many keys are there, which is how a waiting call is known to have arrived. */
async function untilKeys(client: ControlClient, prefix: string, count: number): Promise<void> {
  const rangeEnd = `${prefix}\xff`;
  const look = async (): Promise<number> => (await client.range({ key: prefix, rangeEnd, countOnly: true })).count;
  await expect.poll(look, { timeout: PATIENCE_MS, interval: 10 }).toBe(count);
}

async function play(client: ControlClient): Promise<string[]> {
  const told = new Transcript();
  await client.leaseGrant({ id: ALICE, ttl: 600 });
  await client.leaseGrant({ id: BOB, ttl: 600 });
  await locks(client, told);
  await elections(client, told);
  await observation(client, told);
  return told.lines;
}

async function locks(client: ControlClient, told: Transcript): Promise<void> {
  const all = { key: 'l/', rangeEnd: 'l0' };
  await told.add('lock with an unknown lease', client.lock({ name: 'l', lease: 77n }));
  await told.add('lock with a negative lease', client.lock({ name: 'l', lease: -1n }));
  await told.add('unlock nothing', client.unlock({}));
  await told.add('unlock what is not there', client.unlock({ key: 'l/1' }));
  await told.add('lock', client.lock({ name: 'l', lease: ALICE }));
  await told.add('lock again', client.lock({ name: 'l', lease: ALICE }));
  await told.add('lock without a name', client.lock({ lease: ALICE }));
  const bob = client.lock({ name: 'l', lease: BOB }, { timeoutMs: PATIENCE_MS });
  await untilKeys(client, 'l/', 2);
  await told.add('two in the queue', client.range(all));
  const abort = new AbortController();
  const third = client.lock({ name: 'l' }, { signal: abort.signal, timeoutMs: PATIENCE_MS }).catch(() => ({}));
  await untilKeys(client, 'l/', 3);
  const newest = await client.range({ ...all, sortOrder: 2, sortTarget: 2, limit: 1 });
  const { lease, key } = newest.kvs[0]!;
  told.lines.push(`the server's own lease: ${key === `l/${lease.toString(16)}`}`);
  const { grantedTtl } = await client.leaseTimeToLive({ id: lease });
  told.lines.push(`for ${grantedTtl} s`);
  abort.abort();
  await third;
  await untilKeys(client, 'l/', 2);
  await told.add('a write between', client.put({ key: 'x' }));
  await told.add('unlock', client.unlock({ key: 'l/1ff' }));
  await told.add('the waiter has it', bob);
  await told.add('one is left', client.range(all));
}

async function elections(client: ControlClient, told: Transcript): Promise<void> {
  const campaign = (lease: bigint, value: string) =>
    client.campaign({ name: 'e', lease, value: bytes(value) }, { timeoutMs: PATIENCE_MS });
  const stranger = { name: 'e', key: 'e/1', rev: 3, lease: 5n };
  await told.add('no leader', client.leader({ name: 'e' }));
  await told.add('no name', client.leader({}));
  await told.add('proclaim without a leader', client.proclaim({ value: bytes('x') }));
  await told.add('resign without a leader', client.resign({}));
  await told.add('proclaim as a stranger', client.proclaim({ leader: stranger, value: bytes('x') }));
  await told.add('proclaim without a key', client.proclaim({ leader: { ...stranger, key: '' } }));
  await told.add('proclaim without a lease', client.proclaim({ leader: { ...stranger, lease: 0n } }));
  await told.add('resign as a stranger', client.resign({ leader: stranger }));
  await told.add('resign without a key', client.resign({ leader: { ...stranger, key: '' } }));
  await told.add('campaign with an unknown lease', campaign(77n, 'x'));
  await told.add('campaign', campaign(ALICE, 'a'));
  await told.add('campaign again', campaign(ALICE, 'a'));
  await told.add('campaign with another value', campaign(ALICE, 'a2'));
  const { leader } = await campaign(ALICE, 'a2');
  const bob = campaign(BOB, 'b');
  await untilKeys(client, 'e/', 2);
  await told.add('proclaim', client.proclaim({ leader: leader!, value: bytes('a3') }));
  await told.add('proclaim with another lease', client.proclaim({ leader: { ...leader!, lease: 999n } }));
  await told.add('leader', client.leader({ name: 'e' }));
  await told.add('resign', client.resign({ leader: leader! }));
  await told.add('the next', bob);
  await told.add('resign again', client.resign({ leader: leader! }));
  await told.add('leader', client.leader({ name: 'e' }));
}

/** Each step waits for what it makes the observer hear, so that the order is the same everywhere. */
async function observation(client: ControlClient, told: Transcript): Promise<void> {
  const observed = await client.observe({ name: 'o' });
  const heard = observed[Symbol.asyncIterator]();
  const hear = async (): Promise<object> => (await heard.next()).value as object;
  const campaign = (lease: bigint, value: string) =>
    client.campaign({ name: 'o', lease, value: bytes(value) }, { timeoutMs: PATIENCE_MS });
  const { leader } = await campaign(ALICE, 'a');
  await told.add('observed', hear());
  await client.proclaim({ leader: leader!, value: bytes('a2') });
  await told.add('observed', hear());
  const bob = campaign(BOB, 'b');
  await untilKeys(client, 'o/', 2);
  await client.resign({ leader: leader! });
  await told.add('observed', hear());
  await bob;
  await client.deleteRange({ key: 'o/2ff' });
  await client.put({ key: 'o/z', value: bytes('by hand') });
  await told.add('observed', hear());
  observed.cancel();
}

describeWithPeers(['etcd'], 'locks and elections beside a real etcd', () => {
  it('are answered alike', async () => {
    const specs: TargetSpec[] = [
      { kind: 'etcd', binary: peerPath('etcd'), members: 1 },
      { kind: 'bundled', members: 1 },
    ];
    const answers: string[][] = [];
    for (const spec of specs) {
      const target: Target = await startTarget(spec, { clock: realClock() });
      const client = connectControl(target.connection);
      try {
        answers.push(await play(client));
      } finally {
        client.close();
        await target.stop();
      }
    }
    const [theirs, ours] = answers;
    expect(ours).toEqual(theirs);
    expect(theirs!.length).toBeGreaterThan(35);
  });
});
