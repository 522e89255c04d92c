import { describe, expect, it } from 'vitest';
import { byteStringOf, bytesFrom } from '../../../src/base/bytes.ts';
import type { ByteSource } from '../../../src/base/bytes.ts';
import { keyspaceOf, modelOf, newLedger, readStamp } from '../../../src/core/workload/index.ts';
import type { Source } from '../../../src/core/workload/profile.ts';
import { LEASE, MOD, OBJECTS, arrivals, setUp, shape } from './modelled.ts';
import { profileOf } from './profiles.ts';
import { Store } from './store.ts';

describe('the requests of each model that writes, shape by shape as kube-apiserver sends them', () => {
  it('apply: a linearizable Get of one key and a create where nothing is', () => {
    const { run, key } = setUp({ model: 'apply', object: 'pod' });
    const calls = run().calls;
    const at = key.replace(/-\d+-\w{7}$/, '-N');
    expect(calls.map(shape)).toEqual([
      { method: 'range', key: at, limit: 1 },
      {
        method: 'txn',
        compare: [{ ...MOD, key: at, modRevision: 0 }],
        success: [{ requestPut: { key: at, value: '<value>' } }],
      },
    ]);
    expect(calls.map((call) => call.class)).toEqual(['get pods', 'create pods']);
  });

  it('apply: an update at the revision that the Get found, with a Range for the loser', () => {
    const { run, store, key } = setUp({ model: 'apply', object: 'pod' });
    store.put(key, bytesFrom('x'));
    const [, update] = run().calls;
    const at = key.replace(/-\d+-\w{7}$/, '-N');
    expect(shape(update!)).toEqual({
      method: 'txn',
      compare: [{ ...MOD, key: at, modRevision: 2 }],
      success: [{ requestPut: { key: at, value: '<value>' } }],
      failure: [{ requestRange: { key: at } }],
    });
  });

  it('apply: the Get alone where nothing changed', () => {
    const { run, store, key } = setUp({ model: 'apply', object: 'pod', unchanged: 0.6 });
    store.put(key, bytesFrom('x'));
    expect(run({ chance: 0.59 }).calls).toHaveLength(1);
    expect(run({ chance: 0.61 }).calls).toHaveLength(2);
  });

  it('apply: who loses an update tries again from what the answer says', () => {
    const { run, store, key } = setUp({ model: 'apply', object: 'pod' });
    store.put(key, bytesFrom('x'));
    const { calls } = run({}, (_, nth) => {
      if (nth === 2 || nth === 3) store.put(key, bytesFrom('somebody else'));
    });
    expect(calls.map((call) => call.class)).toEqual(['get pods', 'update pods', 'update pods', 'update pods']);
    expect(store.keys.get(key)?.version).toBe(4);
  });

  it('apply: who loses a create asks again', () => {
    const { run, store, key } = setUp({ model: 'apply', object: 'pod' });
    const { calls } = run({}, (_, nth) => {
      if (nth === 2) store.put(key, bytesFrom('somebody else'));
    });
    expect(calls.map((call) => call.class)).toEqual(['get pods', 'create pods', 'get pods', 'update pods']);
  });

  it('apply: gives up after six lost updates', () => {
    const { run, store, key } = setUp({ model: 'apply', object: 'pod' });
    store.put(key, bytesFrom('x'));
    const { calls } = run({}, () => store.put(key, bytesFrom('somebody else')));
    expect(calls.filter((call) => call.class === 'update pods')).toHaveLength(6);
  });

  it('update: one Txn from the revision it knows, no Get', () => {
    const { run } = setUp({ model: 'update', object: 'pod' });
    expect(run().calls.map((call) => call.class)).toEqual(['create pods']);
    expect(run().calls.map((call) => call.class)).toEqual(['update pods']);
  });

  it('create under a lease: one grant of the TTL and a little more for as many objects as may share it', () => {
    const { run, store } = setUp({ model: 'create', object: 'event', lease: LEASE });
    const calls = [0, 1, 2, 3].flatMap((object) => run({ object, atMs: object }).calls);
    expect(calls.map((call) => call.class)).toEqual([
      'grant lease', 'create events', 'create events', 'create events', 'grant lease', 'create events',
    ]); // prettier-ignore
    expect(shape(calls[0]!)).toEqual({ method: 'leaseGrant', ttl: 3_660 });
    const leases = [...store.keys.values()].map((stored) => stored.lease);
    expect(leases).toEqual([1000n, 1000n, 1000n, 1001n]);
  });

  it('create under a lease: a lease that is too old is replaced', () => {
    const { run } = setUp({ model: 'create', object: 'event', lease: LEASE });
    const classes = [0, 59_999, 60_000].flatMap((atMs, object) =>
      run({ atMs, object }).calls.map((call) => call.class),
    );
    expect(classes).toEqual(['grant lease', 'create events', 'create events', 'grant lease', 'create events']);
  });

  it('create under a lease: who comes while it is granted waits for it', () => {
    const profile = profileOf({
      objects: OBJECTS,
      sources: [{ name: 's', arrivals, model: 'create', object: 'event', lease: LEASE }],
    });
    const context = { keyspace: keyspaceOf(profile, '/p', 1), ledger: newLedger(), mayCompact: true };
    const model = modelOf(profile.sources[0]!, context);
    const operation = { atMs: 0, source: 0, sequence: 0, chance: 0 };
    const [first, second, third] = [0, 1, 2].map((object) => model({ ...operation, object }));
    const store = new Store();
    const grant = first!.next(undefined, 0);
    if (grant.kind !== 'send') throw new Error('no grant');
    const waiting = second!.next(undefined, 0);
    expect(waiting).toMatchObject({ kind: 'lease', slot: { id: undefined } });
    first!.next(store.answer(grant.call), 0);
    expect(second!.next(undefined, 0)).toMatchObject({
      call: { request: { success: [{ requestPut: { lease: 1000n } }] } },
    });
    // A grant that fails is told to the waiting, and the next one asks anew.
    const failing = setUp({ model: 'create', object: 'event', lease: LEASE });
    expect(failing.run({ object: 0 }).calls[0]?.method).toBe('leaseGrant');
    expect(third!.next(undefined, 0)).toMatchObject({ kind: 'send' });
  });

  it('pod: create, binding, status writes, the end; its Job around it, events beside; nothing left but events', () => {
    const { run, store } = setUp({
      model: 'pod', object: 'pod', ownerObject: 'job', statusWrites: 3, events: 5, eventObject: 'event',
      eventLease: { ...LEASE, reuseObjects: 1000 }, bindAfter: '200ms', statusEvery: '1s', runFor: '10s',
    }); // prettier-ignore
    const { calls, waits } = run({ object: 7 });
    expect(calls.map((call) => call.class)).toEqual([
      'create jobs', 'create pods', 'update jobs',
      'update pods', 'grant lease', 'create events',
      'update pods', 'create events',
      'update pods', 'create events',
      'update pods', 'create events', 'update jobs',
      'create events', 'update pods', 'update jobs', 'update pods', 'update jobs',
      'get jobs', 'delete jobs', 'get pods', 'update pods', 'get pods', 'delete pods',
    ]); // prettier-ignore
    expect(new Set(waits)).toEqual(new Set([200, 1_200, 2_200, 3_200, 13_200]));
    expect([...store.keys.keys()].filter((key) => /\/(pods|jobs)\//.test(key))).toEqual([]);
    expect([...store.keys.keys()].filter((key) => key.includes('/events/'))).toHaveLength(5);
    expect(shape(calls.at(-1)!)).toMatchObject({
      compare: [MOD],
      success: [{ requestDeleteRange: { key: expect.any(String) as string } }],
      failure: [{ requestRange: { key: expect.any(String) as string } }],
    });
  });

  it('masterlease: renewed under a new lease each time, then compared with what is published', () => {
    const { run, store } = setUp({ model: 'masterlease', object: 'masterlease' });
    const { calls } = run({ object: 1 });
    expect(calls.map((call) => call.class)).toEqual([
      'get masterleases', 'grant lease', 'update masterleases', 'get masterleases', 'list masterleases', 'get masterleases',
    ]); // prettier-ignore
    expect(shape(calls[1]!)).toEqual({ method: 'leaseGrant', ttl: 15 });
    run({ object: 1 });
    expect([...store.keys.values()].map(({ lease, version }) => [lease, version])).toEqual([[1001n, 2]]);
  });

  it('create under a lease: an event that happens again is read and then updated', () => {
    const { run } = setUp({ model: 'create', object: 'event', lease: { ...LEASE, reuseObjects: 1000 }, repeats: 0.5 });
    run({ object: 3 });
    expect(run({ object: 3 }).calls.map((call) => call.class)).toEqual(['get events', 'update events']);
  });

  it('mixed: Ranges and Puts by the share of reads, keys padded as asked', () => {
    const { run, context } = setUp({ model: 'mixed', object: 'pod', reads: 0.3, keyBytes: 256 });
    const [read, write] = [run({ chance: 0.29 }), run({ chance: 0.31 })].map(({ calls }) => calls[0]!);
    expect([read!.method, write!.method]).toEqual(['range', 'put']);
    const key = byteStringOf((write!.request as { key: ByteSource }).key);
    expect(key).toHaveLength(256);
    const padded = context.keyspace.of('pod', 256);
    expect([padded.objectOf(key), context.keyspace.of('pod').objectOf(key)]).toEqual([4, undefined]);
    expect(write!.write).toMatchObject({ space: padded.number, object: 4 });
  });

  it('mixed: a put that is asked for again, after others were sent, is what it was', () => {
    const { context, space } = setUp({ model: 'mixed', object: 'pod', reads: 0 });
    const model = modelOf({ model: 'mixed', object: 'pod', reads: 0, name: 's' } as unknown as Source, context);
    const operation = { atMs: 0, source: 3, chance: 0.5 };
    const start = (object: number, sequence: number) => {
      const script = model({ ...operation, object, sequence });
      const step = script.next(undefined, 1_000 + object);
      if (step.kind !== 'send' || step.call.method !== 'put') throw new Error('no put');
      return { script, call: step.call };
    };
    const [first, second] = [start(7, 70), start(8, 80)];
    for (const { call } of [first, second, first]) {
      const object = call.write!.object;
      const { key, value } = call.request;
      expect(byteStringOf(key!)).toBe(space.keyOf(object));
      expect(readStamp(bytesFrom(byteStringOf(value as ByteSource)))).toEqual({
        intendedMs: 1_000 + object,
        object,
        sequence: 10 * object,
        source: 3,
        step: 0,
        writes: 0,
      });
    }
    // What is done serves the next; what is not, does not.
    expect(first.script.next(undefined, 0)).toEqual({ kind: 'done' });
    expect(start(9, 90).script).toBe(first.script);
    expect(second.call.write!.object).toBe(8);
  });

  it('lease: granted, bound to a key, kept alive at its instants, revoked with the key', () => {
    const { run, store } = setUp({ model: 'lease', object: 'pod', ttl: '15s', keepAlives: 2, keepAliveEvery: '5s' });
    const { calls, waits } = run();
    expect(calls.map((call) => call.class)).toEqual(['grant lease', 'put', 'keep lease', 'keep lease', 'revoke lease']);
    expect(waits).toEqual([5_000, 10_000]);
    expect(store.keys.size + store.leases.size).toBe(0);
  });
});
