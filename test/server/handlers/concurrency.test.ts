import { describe, expect, it } from 'vitest';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { MemberClient, type PendingCall } from '../support/member-client.ts';

const [ALICE, BOB, CAROL] = [0xa1n, 0xb0bn, 0xca401n] as const;
const UNKNOWN = 2;

function setUp(size = 1) {
  const cluster = new MemoryCluster(size);
  const leader = cluster.elect();
  const clients = [0, 1, 2].slice(0, size).map((i) => new MemberClient(cluster.services(i), cluster.clock));
  const client = clients[[0, 1, 2].find((i) => cluster.services(i) === leader)!]!;
  const settle = (): void => cluster.clock.advance(100);
  const done = <A>(call: PendingCall<A>): A => {
    settle();
    expect(call.failure).toBeUndefined();
    return call.answer!;
  };
  const isWaiting = (call: PendingCall<unknown>): boolean => {
    settle();
    return call.answer === undefined && call.failure === undefined;
  };
  for (const id of [ALICE, BOB, CAROL]) done(client.unary('leaseGrant', { id, ttl: 600 }));
  const keysUnder = (prefix: string): string[] =>
    done(client.unary('range', { key: prefix, rangeEnd: `${prefix}\xff` })).kvs.map(({ key }) => key);
  return { cluster, client, clients, settle, done, isWaiting, keysUnder };
}

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const bytes = (value: string): Buffer => Buffer.from(value);

describe('Lock', () => {
  it('is held by the key of the lease, once, until it is unlocked', () => {
    const { client, done, keysUnder } = setUp();
    const first = done(client.unary('lock', { name: 'l', lease: ALICE }));
    expect(first.key).toBe('l/a1');
    const again = done(client.unary('lock', { name: 'l', lease: ALICE }));
    expect([again.key, again.header!.revision]).toEqual(['l/a1', first.header!.revision]);
    expect(keysUnder('l/')).toEqual(['l/a1']);
    expect(done(client.unary('unlock', { key: 'l/a1' })).header!.revision).toBe(first.header!.revision + 1);
    expect(keysUnder('l/')).toEqual([]);
  });

  it('goes to those who wait in the order in which they came', () => {
    const { client, done, isWaiting } = setUp();
    done(client.unary('lock', { name: 'l', lease: ALICE }));
    const bob = client.unary('lock', { name: 'l', lease: BOB });
    expect(isWaiting(bob)).toBe(true);
    const carol = client.unary('lock', { name: 'l', lease: CAROL });
    expect(isWaiting(carol)).toBe(true);
    done(client.unary('unlock', { key: 'l/a1' }));
    expect(done(bob).key).toBe('l/b0b');
    expect(isWaiting(carol)).toBe(true);
    done(client.unary('unlock', { key: 'l/b0b' }));
    expect(done(carol).key).toBe('l/ca401');
  });

  it('stays with its owner when a waiter in between gives up', () => {
    const { client, done, isWaiting } = setUp();
    done(client.unary('lock', { name: 'l', lease: ALICE }));
    const bob = client.unary('lock', { name: 'l', lease: BOB });
    const carol = client.unary('lock', { name: 'l', lease: CAROL });
    expect(isWaiting(bob)).toBe(true);
    bob.cancel();
    expect(isWaiting(carol)).toBe(true);
    done(client.unary('unlock', { key: 'l/a1' }));
    expect(done(carol).key).toBe('l/ca401');
  });

  it.each([
    ['is cancelled', (call: PendingCall<unknown>): void => call.cancel(), {}],
    ['passes its deadline', (): void => undefined, { timeoutMs: 50 }],
  ])('leaves the queue when a call that waits %s', (_what, giveUp, options) => {
    const { client, done, settle, keysUnder } = setUp();
    done(client.unary('lock', { name: 'l', lease: ALICE }));
    const bob = client.unary('lock', { name: 'l', lease: BOB }, options);
    settle();
    giveUp(bob);
    settle();
    expect(bob.answer).toBeUndefined();
    expect(keysUnder('l/')).toEqual(['l/a1']);
  });

  it('goes on when the owner’s lease ends', () => {
    const { client, done, isWaiting } = setUp();
    done(client.unary('lock', { name: 'l', lease: ALICE }));
    const bob = client.unary('lock', { name: 'l', lease: BOB });
    expect(isWaiting(bob)).toBe(true);
    done(client.unary('leaseRevoke', { id: ALICE }));
    expect(done(bob).key).toBe('l/b0b');
  });

  it('is refused to a waiter whose own key went meanwhile', () => {
    const { client, done, settle, isWaiting } = setUp();
    done(client.unary('lock', { name: 'l', lease: ALICE }));
    const bob = client.unary('lock', { name: 'l', lease: BOB });
    expect(isWaiting(bob)).toBe(true);
    done(client.unary('leaseRevoke', { id: BOB }));
    done(client.unary('unlock', { key: 'l/a1' }));
    settle();
    expect(bob.failure).toEqual({ code: UNKNOWN, message: 'mutex: session is expired' });
  });

  it('gives whoever has no lease one of 60 s that nobody keeps alive', () => {
    const { cluster, client, done, keysUnder } = setUp();
    const { key } = done(client.unary('lock', { name: 'l' }));
    const id = BigInt(`0x${key.slice(2)}`);
    const times = done(client.unary('leaseTimeToLive', { id, keys: true }));
    expect([times.grantedTtl, times.keys]).toEqual([60, [key]]);
    cluster.clock.advance(62_000);
    expect(keysUnder('l/')).toEqual([]);
  });

  it('is kept over a change of leaders, and waited for on any member', () => {
    const { cluster, clients, done, isWaiting } = setUp(3);
    const led = [0, 1, 2].find((i) => cluster.services(i) === cluster.leader)!;
    const follower = [0, 1, 2].find((i) => i !== led)!;
    const other = [0, 1, 2].find((i) => i !== led && i !== follower)!;
    done(clients[other]!.unary('lock', { name: 'l', lease: ALICE }));
    const bob = clients[follower]!.unary('lock', { name: 'l', lease: BOB });
    expect(isWaiting(bob)).toBe(true);
    cluster.crash(led);
    cluster.elect();
    expect(isWaiting(bob)).toBe(true);
    done(clients[other]!.unary('unlock', { key: 'l/a1' }));
    expect(done(bob).key).toBe('l/b0b');
  });

  it('tells errors as Unknown, with their text', () => {
    const { client, settle } = setUp();
    const refused = [client.unary('lock', { name: 'l', lease: 77n }), client.unary('unlock', {})];
    settle();
    expect(refused.map(({ failure }) => failure)).toEqual([
      { code: UNKNOWN, message: 'etcdserver: requested lease not found' },
      { code: UNKNOWN, message: 'etcdserver: key is not provided' },
    ]);
  });
});

describe('Election', () => {
  const campaign = (client: MemberClient, lease: bigint, value: string) =>
    client.unary('campaign', { name: 'e', lease, value: bytes(value) });

  it('has one leader at a time, in the order of the campaigns', () => {
    const { client, done, isWaiting } = setUp();
    const { leader } = done(campaign(client, ALICE, 'a'));
    expect(leader).toMatchObject({ name: 'e', key: 'e/a1', lease: ALICE });
    const bob = campaign(client, BOB, 'b');
    expect(isWaiting(bob)).toBe(true);
    expect(text(done(client.unary('leader', { name: 'e' })).kv?.value)).toBe('a');
    done(client.unary('resign', { leader: leader! }));
    expect(done(bob).leader?.key).toBe('e/b0b');
    expect(text(done(client.unary('leader', { name: 'e' })).kv?.value)).toBe('b');
  });

  it('lets a candidate that campaigns again proclaim its new value and keep its place', () => {
    const { client, done } = setUp();
    const first = done(campaign(client, ALICE, 'a')).leader!;
    const again = done(campaign(client, ALICE, 'a2')).leader!;
    expect(again).toEqual(first);
    const { kv } = done(client.unary('leader', { name: 'e' }));
    expect([text(kv?.value), kv?.createRevision]).toEqual(['a2', first.rev]);
  });

  it('lets only the leader proclaim, and whoever does not lead resign without effect', () => {
    const { client, done, settle, keysUnder } = setUp();
    const leader = done(campaign(client, ALICE, 'a')).leader!;
    done(client.unary('proclaim', { leader, value: bytes('a2') }));
    const usurper = client.unary('proclaim', { leader: { ...leader, rev: leader.rev + 1 }, value: bytes('x') });
    settle();
    expect(usurper.failure).toEqual({ code: UNKNOWN, message: 'election: not leader' });
    done(client.unary('resign', { leader: { ...leader, rev: leader.rev + 1 } }));
    expect(keysUnder('e/')).toEqual(['e/a1']);
    expect(text(done(client.unary('leader', { name: 'e' })).kv?.value)).toBe('a2');
  });

  it('forgets a candidate whose call is cancelled', () => {
    const { client, done, isWaiting, settle, keysUnder } = setUp();
    done(campaign(client, ALICE, 'a'));
    const bob = campaign(client, BOB, 'b');
    expect(isWaiting(bob)).toBe(true);
    bob.cancel();
    settle();
    expect(keysUnder('e/')).toEqual(['e/a1']);
  });

  it('names what is missing', () => {
    const { client, settle } = setUp();
    const refused = [
      client.unary('leader', { name: 'e' }),
      client.unary('proclaim', { value: bytes('x') }),
      client.unary('resign', {}),
      campaign(client, 77n, 'x'),
    ];
    settle();
    expect(refused.map(({ failure }) => failure?.message)).toEqual([
      'election: no leader',
      '"leader" field must be provided',
      '"leader" field must be provided',
      'etcdserver: requested lease not found',
    ]);
    expect(refused.map(({ failure }) => failure?.code)).toEqual([UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]);
  });
});

describe('Observe', () => {
  it('tells every leader and what it proclaims, from none to the next', () => {
    const { client, done, settle } = setUp();
    const seen = client.observe('e');
    settle();
    expect(seen.answers).toEqual([]);
    const leader = done(client.unary('campaign', { name: 'e', lease: ALICE, value: bytes('a') })).leader!;
    client.unary('campaign', { name: 'e', lease: BOB, value: bytes('b') });
    settle();
    done(client.unary('proclaim', { leader, value: bytes('a2') }));
    done(client.unary('resign', { leader }));
    settle();
    expect(seen.answers.map(({ kv }) => `${kv?.key}=${text(kv?.value)}`)).toEqual(['e/a1=a', 'e/a1=a2', 'e/b0b=b']);
    expect(seen.end).toBeUndefined();
  });

  it('begins with the leader there is, and leaves no watch behind when it is cancelled', () => {
    const { cluster, client, done, settle } = setUp();
    done(client.unary('campaign', { name: 'e', lease: ALICE, value: bytes('a') }));
    const seen = client.observe('e');
    settle();
    expect(seen.answers.map(({ kv }) => kv?.key)).toEqual(['e/a1']);
    const watchers = (): string => /^etcd_debugging_mvcc_watcher_total (\d+)$/m.exec(metricsOf(cluster))![1]!;
    expect(watchers()).toBe('1');
    seen.cancel();
    settle();
    expect(watchers()).toBe('0');
  });
});

function metricsOf(cluster: MemoryCluster): string {
  return cluster.services(0).member.parts.metrics.registry.expose();
}
