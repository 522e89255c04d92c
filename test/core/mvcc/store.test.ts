import { beforeEach, describe, expect, it } from 'vitest';
import { crc32c } from '../../../src/base/crc32c.ts';
import { AlarmAction, AlarmType, CompareTarget } from '../../../src/core/api/index.ts';
import type { InternalRaftRequest, RequestOp, TxnResponse } from '../../../src/core/api/types.ts';
import {
  checkTxnRequest,
  DEFAULT_STORE_OPTIONS,
  isReadOnlyTxn,
  isSerializableTxn,
  requestCost,
  Store,
  type Applied,
} from '../../../src/core/mvcc/index.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/memory-backend.ts';
import { plain } from './plain.ts';
import {
  alarmRequest,
  compareOf,
  deleteRequest,
  opOf,
  putRequest,
  raftRequest,
  rangeRequest,
  txnRequest,
} from './requests.ts';

let backend: MemoryBackend;
let store: Store;

beforeEach(() => {
  backend = new MemoryBackend(memoryMedia());
  store = new Store(backend);
});

function apply(request: Partial<InternalRaftRequest>): Applied {
  return store.apply(raftRequest(request), store.appliedIndex + 1, 1, 0);
}

function put(key: string, value = ''): Applied {
  return apply({ put: putRequest({ key, value }) });
}

function reopenedWith(options: Partial<typeof DEFAULT_STORE_OPTIONS>): Store {
  return new Store(backend, { ...DEFAULT_STORE_OPTIONS, ...options });
}

describe('Store', () => {
  it('asserts that entries come in order', () => {
    put('a');
    expect(() => store.apply(raftRequest({ put: putRequest({ key: 'a' }) }), 1, 1, 0)).toThrow(
      'entry 1 applied after 1',
    );
    store.advance(5, 2);
    expect([store.appliedIndex, store.appliedTerm]).toEqual([5, 2]);
  });

  it('puts an empty value where an earlier operation deleted the key that ignore_value relies on', () => {
    put('b', 'x');
    const { response, error } = apply({
      txn: txnRequest({
        success: [
          opOf({ requestDeleteRange: deleteRequest({ key: 'a', rangeEnd: '\0' }) }),
          opOf({ requestPut: putRequest({ key: 'b', ignoreValue: true, ignoreLease: true, prevKv: true }) }),
        ],
      }),
    });
    expect(error).toBeUndefined();
    expect((response as TxnResponse).responses[1]?.responsePut?.prevKv).toBeUndefined();
    expect(plain(store.range(rangeRequest({ key: 'b' })))).toMatchObject({ kvs: [{ value: '', version: 1 }] });
  });

  it('refuses a transaction for the first of its operations that is impossible, as etcd does from 3.6 on', () => {
    const early = opOf({ requestRange: rangeRequest({ key: 'a', revision: 99 }) });
    const leased = opOf({ requestPut: putRequest({ key: 'a', lease: 5n }) });
    const refusal = (...success: RequestOp[]): string | undefined =>
      apply({ txn: txnRequest({ success }) }).error?.name;
    expect(refusal(early, leased)).toBe('futureRevision');
    expect(refusal(leased, early)).toBe('leaseNotFound');
    expect(refusal(opOf({ requestTxn: txnRequest({ success: [early] }) }), leased)).toBe('futureRevision');
    expect(store.currentRevision).toBe(1);
  });

  it('tells no value before a key that one request makes and deletes, though it had an earlier life', () => {
    put('b', 'first life');
    apply({ deleteRange: deleteRequest({ key: 'b' }) });
    const { events } = apply({
      txn: txnRequest({
        success: [
          opOf({ requestTxn: txnRequest({ success: [opOf({ requestPut: putRequest({ key: 'b' }) })] }) }),
          opOf({ requestDeleteRange: deleteRequest({ key: 'a', rangeEnd: '\0' }) }),
        ],
      }),
    });
    expect(events?.events).toMatchObject([
      { isDelete: false, prevMain: 0 },
      { isDelete: true, prevMain: 0 },
    ]);
    expect(store.eventsFrom(events!.revision, 1).revisions).toMatchObject([
      { events: [{ prevMain: 0 }, { prevMain: 0 }] },
    ]);
  });

  it('takes as many nested operations as fit into a request', () => {
    const deep = (leaf: RequestOp, width: number, depth: number): RequestOp =>
      depth === 0
        ? leaf
        : opOf({ requestTxn: txnRequest({ success: new Array<RequestOp>(width).fill(deep(leaf, width, depth - 1)) }) });
    // More than a function can take as arguments, and less than 1.5 MiB.
    for (const leaf of [
      opOf({ requestTxn: txnRequest({}) }),
      opOf({ requestDeleteRange: deleteRequest({ key: 'a' }) }),
    ]) {
      const request = txnRequest({ success: [deep(leaf, 20, 4)] });
      checkTxnRequest(request);
      expect(apply({ txn: request }).error).toBeUndefined();
    }
  });

  it('lets an unknown comparison hold and an unknown target compare as equal, as etcd does', () => {
    const succeeds = (compare: Parameters<typeof compareOf>[0]): unknown =>
      store.openTxn(txnRequest({ compare: [compareOf({ key: 'a', ...compare })] })).inOnePiece()!.succeeded;
    expect(succeeds({ result: 9, target: CompareTarget.MOD, modRevision: 5 })).toBe(true);
    expect(succeeds({ result: 0, target: 9 })).toBe(true);
    expect(succeeds({ result: 1, target: 9 })).toBe(false);
  });

  it('knows transactions that need no log', () => {
    const read = (serializable: boolean): ReturnType<typeof opOf> =>
      opOf({ requestRange: rangeRequest({ key: 'a', serializable }) });
    const empty = txnRequest({});
    expect([isReadOnlyTxn(empty), isSerializableTxn(empty)]).toEqual([true, true]);
    const mixed = txnRequest({ success: [read(true)], failure: [read(false)] });
    expect([isReadOnlyTxn(mixed), isSerializableTxn(mixed)]).toEqual([true, false]);
    expect(isReadOnlyTxn(txnRequest({ success: [opOf({ requestTxn: empty })] }))).toBe(false);
    expect(isReadOnlyTxn(txnRequest({ failure: [opOf({ requestPut: putRequest({ key: 'a' }) })] }))).toBe(false);
  });

  it.each([
    [true, ['y', 'z']],
    [false, ['z']],
  ])('keeps a tombstone at exactly the compacted revision or not: %s', (keeps, left) => {
    store = reopenedWith({ keepsTombstoneAtCompactRevision: keeps });
    put('x');
    put('y');
    apply({ deleteRange: deleteRequest({ key: 'x' }) });
    apply({ deleteRange: deleteRequest({ key: 'y' }) });
    put('z');
    apply({ compaction: { revision: 5, physical: false } });
    while (store.compactor.isRunning) store.compactStep(1);
    const keys: number[] = [];
    backend.scanRevisions(0, 0, (main) => {
      keys.push(main);
    });
    expect(keys).toHaveLength(left.length);
    expect(store.compactor.finishedRevision).toBe(5);
  });

  it('resumes an interrupted compaction', () => {
    for (let i = 0; i < 20; i++) put('a', String(i));
    apply({ compaction: { revision: 15, physical: false } });
    store.compactStep(2);
    store.compactStep(2);
    store = reopenedWith({});
    expect(store.compactRevision).toBe(15);
    expect(store.compactor.isRunning).toBe(true);
    expect(() => store.range(rangeRequest({ key: 'a', revision: 14 }))).toThrow('required revision has been compacted');
    while (store.compactor.isRunning) store.compactStep(2);
    let left = 0;
    backend.scanRevisions(0, 0, () => {
      left++;
    });
    expect(left).toBe(7);
    expect(reopenedWith({}).compactor.isRunning).toBe(false);
  });

  it('accepts the compaction of revision 0 once', () => {
    expect(apply({ compaction: { revision: 0, physical: false } }).error).toBeUndefined();
    expect(apply({ compaction: { revision: 0, physical: false } }).error?.name).toBe('compacted');
  });

  it('tolerates the empty revision that a restored snapshot may end with', () => {
    put('a', 'x');
    backend.putRevision(1000, 0, false, new Uint8Array(0));
    store = reopenedWith({});
    expect(store.currentRevision).toBe(1000);
    expect(store.range(rangeRequest({ key: 'a' })).count).toBe(1);
    expect(store.eventsFrom(2, 10).revisions.map(({ events }) => events.length)).toEqual([1, 0]);
  });

  it('hashes the same before, during and after a compaction', () => {
    for (let i = 0; i < 30; i++) put(`k${i % 7}`, String(i));
    apply({ deleteRange: deleteRequest({ key: 'k1', rangeEnd: 'k3' }) });
    put('k1', 'again');
    const hashOf = (revision: number): number => {
      const work = store.hashKV(revision);
      while (!work.step(3)) continue;
      return work.hash;
    };
    apply({ compaction: { revision: 20, physical: false } });
    const before = [20, 25, 0].map(hashOf);
    for (let steps = 0; store.compactor.isRunning; steps++) {
      expect([20, 25, 0].map(hashOf)).toEqual(before);
      store.compactStep(4);
    }
    expect([20, 25, 0].map(hashOf)).toEqual(before);
    expect(new Set(before).size).toBe(3);
    expect(() => store.hashKV(19)).toThrow('compacted');
    expect(() => store.hashKV(99)).toThrow('future');
    // A negative revision is neither: it has nothing but the bucket's name.
    expect(hashOf(-1)).toBe(crc32c(new TextEncoder().encode('key')));
    const overtaken = store.hashKV(0);
    apply({ compaction: { revision: 25, physical: false } });
    expect(() => overtaken.step(1)).toThrow('compacted');
  });
});

describe('HashKV', () => {
  it('counts what the compaction keeps where no key has a value at its revision', () => {
    put('a', 'kept');
    put('b', 'superseded');
    put('b', 'kept, too');
    apply({ compaction: { revision: 4, physical: false } });
    apply({ deleteRange: deleteRequest({ key: 'a', rangeEnd: 'z' }) });
    put('c');
    const work = store.hashKV(5);
    work.step(100);
    // The same by hand: key and value of every entry but b's first.
    let expected = crc32c(new TextEncoder().encode('key'));
    store.backend.scanRevisions(0, 0, (main, sub, tombstone, kv) => {
      if (main === 3 || main > 5) return undefined;
      const key = new Uint8Array(tombstone ? 18 : 17);
      const view = new DataView(key.buffer);
      view.setUint32(4, main);
      key[8] = '_'.charCodeAt(0);
      view.setUint32(13, sub);
      if (tombstone) key[17] = 't'.charCodeAt(0);
      expected = crc32c(kv, crc32c(key, expected));
      return undefined;
    });
    expect(work.hash).toBe(expected);
  });
});

describe('alarms', () => {
  const raise = (alarm: number, memberId = 1n): Applied =>
    apply({ alarm: alarmRequest({ action: AlarmAction.ACTIVATE, alarm, memberId }) });

  it('are listed, raised once, and taken back by their exact name', () => {
    raise(AlarmType.CORRUPT, 2n);
    raise(AlarmType.NOSPACE, 2n);
    raise(AlarmType.NOSPACE, 1n);
    expect(raise(AlarmType.NOSPACE, 1n).response).toMatchObject({ alarms: [{ memberId: 1n, alarm: 1 }] });
    expect(raise(AlarmType.NONE).response).toMatchObject({ alarms: [] });
    const list = (alarm: number): unknown =>
      (apply({ alarm: alarmRequest({ alarm, memberId: 9n }) }).response as { alarms: unknown }).alarms;
    const all = [
      { memberId: 1n, alarm: 1 },
      { memberId: 2n, alarm: 1 },
      { memberId: 2n, alarm: 2 },
    ];
    expect(list(AlarmType.NONE)).toEqual(all);
    expect(list(AlarmType.CORRUPT)).toEqual(all.slice(2));
    const disarm = (memberId: bigint): Applied =>
      apply({ alarm: alarmRequest({ action: AlarmAction.DEACTIVATE, alarm: AlarmType.NOSPACE, memberId }) });
    expect(disarm(5n).response).toMatchObject({ alarms: [] });
    expect(disarm(1n).response).toMatchObject({ alarms: [all[0]] });
    store = reopenedWith({});
    expect(list(AlarmType.NONE)).toEqual(all.slice(1));
    expect(apply({ alarm: alarmRequest({ action: 7 }) }).response).toMatchObject({ alarms: [] });
  });

  it('NOSPACE refuses what needs room, and nothing else', () => {
    put('a');
    apply({ leaseGrant: { id: 1n, ttl: 60 } });
    raise(AlarmType.NOSPACE);
    const refused = (request: Partial<InternalRaftRequest>): string | undefined => apply(request).error?.name;
    expect(refused({ put: putRequest({ key: 'a' }) })).toBe('noSpace');
    expect(refused({ leaseGrant: { id: 2n, ttl: 60 } })).toBe('noSpace');
    const withPut = txnRequest({ failure: [opOf({ requestPut: putRequest({ key: 'a' }) })] });
    expect(refused({ txn: withPut })).toBe('noSpace');
    // Only one branch is taken, but both count; so does what is nested, as in etcd from 3.5.33 and 3.6.14 on.
    expect(refused({ txn: txnRequest({ success: [opOf({ requestTxn: withPut })] }) })).toBe('noSpace');
    expect(
      refused({ txn: txnRequest({ success: [opOf({ requestDeleteRange: deleteRequest({ key: 'a' }) })] }) }),
    ).toBeUndefined();
    expect(refused({ deleteRange: deleteRequest({ key: 'a' }) })).toBeUndefined();
    expect(refused({ compaction: { revision: 2, physical: false } })).toBeUndefined();
    expect(refused({ leaseRevoke: { id: 1n } })).toBeUndefined();
  });

  it('CORRUPT refuses all but alarms and checkpoints', () => {
    put('a');
    raise(AlarmType.CORRUPT);
    const requests: Partial<InternalRaftRequest>[] = [
      { put: putRequest({ key: 'a' }) },
      { deleteRange: deleteRequest({ key: 'a' }) },
      { txn: txnRequest({}) },
      { range: rangeRequest({ key: 'a' }) },
      { compaction: { revision: 2, physical: false } },
      { leaseGrant: { id: 2n, ttl: 60 } },
      { leaseRevoke: { id: 2n } },
    ];
    for (const request of requests) expect(apply(request).error?.name).toBe('corrupt');
    expect(apply({ leaseCheckpoint: { checkpoints: [] } }).error).toBeUndefined();
    expect(store.range(rangeRequest({ key: 'a' })).count).toBe(1);
  });
});

describe('quota', () => {
  it('costs what etcd counts', () => {
    const request = putRequest({ key: 'ab', value: 'cde' });
    expect(requestCost({ put: request, txn: undefined, leaseGrant: undefined })).toBe(261);
    const branch = [
      opOf({ requestPut: request }),
      opOf({ requestTxn: txnRequest({ failure: [opOf({ requestPut: request })] }) }),
    ];
    expect(
      requestCost({
        put: undefined,
        txn: txnRequest({ success: branch, failure: [opOf({ requestPut: request })] }),
        leaseGrant: undefined,
      }),
    ).toBe(522);
    expect(
      requestCost({
        put: undefined,
        txn: txnRequest({ success: [opOf({ requestDeleteRange: deleteRequest({ key: 'a' }) })] }),
        leaseGrant: undefined,
      }),
    ).toBe(0);
    expect(requestCost({ put: undefined, txn: undefined, leaseGrant: { id: 1n, ttl: 1 } })).toBe(64);
  });

  it('reports a write that went over, which stands', () => {
    store = reopenedWith({ quotaBytes: 16_384 });
    let applied = put('a', 'x'.repeat(3000));
    while (applied.error === undefined) applied = put('a', 'x'.repeat(3000));
    expect(applied.error.name).toBe('noSpace');
    expect(applied.response).toBeUndefined();
    expect(applied.events?.revision).toBe(store.currentRevision);
    expect(store.hasRoomForRequest({ put: putRequest({ key: 'a' }), txn: undefined, leaseGrant: undefined })).toBe(
      false,
    );
    expect(store.hasRoomForRequest({ put: undefined, txn: undefined, leaseGrant: undefined })).toBe(true);
    expect(apply({ deleteRange: deleteRequest({ key: 'a' }) }).error).toBeUndefined();
  });

  it('is 2 GiB by default and can be switched off', () => {
    expect(store.quotaBytes).toBe(2147483648);
    expect(reopenedWith({ quotaBytes: -1 }).quotaBytes).toBe(Infinity);
  });
});
