import { beforeEach, describe, expect, it } from 'vitest';
import { CompareTarget } from '../../../src/core/api/index.ts';
import type { RequestOp, TxnResponse } from '../../../src/core/api/types.ts';
import { checkTxnRequest, isReadOnlyTxn, isSerializableTxn } from '../../../src/core/mvcc/index.ts';
import { plain } from './plain.ts';
import { compareOf, deleteRequest, opOf, putRequest, raftRequest, rangeRequest, txnRequest } from './requests.ts';
import { TestStore } from './test-store.ts';

let on: TestStore;

beforeEach(() => {
  on = new TestStore();
});

describe('Store', () => {
  it('asserts that entries come in order', () => {
    on.put('a');
    expect(() => on.store.apply(raftRequest({ put: putRequest({ key: 'a' }) }), 1, 1, 0)).toThrow(
      'entry 1 applied after 1',
    );
    on.store.advance(5, 2);
    expect([on.store.appliedIndex, on.store.appliedTerm]).toEqual([5, 2]);
  });

  it('puts an empty value where an earlier operation deleted the key that ignore_value relies on', () => {
    on.put('b', 'x');
    const { response, error } = on.apply({
      txn: txnRequest({
        success: [
          opOf({ requestDeleteRange: deleteRequest({ key: 'a', rangeEnd: '\0' }) }),
          opOf({ requestPut: putRequest({ key: 'b', ignoreValue: true, ignoreLease: true, prevKv: true }) }),
        ],
      }),
    });
    expect(error).toBeUndefined();
    expect((response as TxnResponse).responses[1]?.responsePut?.prevKv).toBeUndefined();
    expect(plain(on.store.range(rangeRequest({ key: 'b' })))).toMatchObject({ kvs: [{ value: '', version: 1 }] });
  });

  it('refuses a transaction for the first of its operations that is impossible, as etcd does from 3.6 on', () => {
    const early = opOf({ requestRange: rangeRequest({ key: 'a', revision: 99 }) });
    const leased = opOf({ requestPut: putRequest({ key: 'a', lease: 5n }) });
    const refusal = (...success: RequestOp[]): string | undefined =>
      on.apply({ txn: txnRequest({ success }) }).error?.name;
    expect(refusal(early, leased)).toBe('futureRevision');
    expect(refusal(leased, early)).toBe('leaseNotFound');
    expect(refusal(opOf({ requestTxn: txnRequest({ success: [early] }) }), leased)).toBe('futureRevision');
    expect(on.store.currentRevision).toBe(1);
  });

  it('tells no value before a key that one request makes and deletes, though it had an earlier life', () => {
    on.put('b', 'first life');
    on.apply({ deleteRange: deleteRequest({ key: 'b' }) });
    const { events } = on.apply({
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
    expect(on.store.eventsFrom(events!.revision, 1).revisions).toMatchObject([
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
      expect(on.apply({ txn: request }).error).toBeUndefined();
    }
  });

  it('lets an unknown comparison hold and an unknown target compare as equal, as etcd does', () => {
    const succeeds = (compare: Parameters<typeof compareOf>[0]): unknown =>
      on.store.openTxn(txnRequest({ compare: [compareOf({ key: 'a', ...compare })] })).inOnePiece()!.succeeded;
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

  it('tolerates the empty revision that a restored snapshot may end with', () => {
    on.put('a', 'x');
    on.backend.putRevision(1000, 0, false, new Uint8Array(0));
    on.reopen();
    expect(on.store.currentRevision).toBe(1000);
    expect(on.store.range(rangeRequest({ key: 'a' })).count).toBe(1);
    expect(on.store.eventsFrom(2, 10).revisions.map(({ events }) => events.length)).toEqual([1, 0]);
  });
});
