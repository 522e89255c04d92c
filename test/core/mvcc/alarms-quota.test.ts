import { beforeEach, describe, expect, it } from 'vitest';
import { AlarmAction, AlarmType } from '../../../src/core/api/index.ts';
import type { InternalRaftRequest } from '../../../src/core/api/types.ts';
import { requestCost, type Applied } from '../../../src/core/mvcc/index.ts';
import { alarmRequest, deleteRequest, opOf, putRequest, rangeRequest, txnRequest } from './requests.ts';
import { TestStore } from './test-store.ts';

let on: TestStore;

beforeEach(() => {
  on = new TestStore();
});

describe('alarms', () => {
  const raise = (alarm: number, memberId = 1n): Applied =>
    on.apply({ alarm: alarmRequest({ action: AlarmAction.ACTIVATE, alarm, memberId }) });

  it('are listed, raised once, and taken back by their exact name', () => {
    raise(AlarmType.CORRUPT, 2n);
    raise(AlarmType.NOSPACE, 2n);
    raise(AlarmType.NOSPACE, 1n);
    expect(raise(AlarmType.NOSPACE, 1n).response).toMatchObject({ alarms: [{ memberId: 1n, alarm: 1 }] });
    expect(raise(AlarmType.NONE).response).toMatchObject({ alarms: [] });
    const list = (alarm: number): unknown =>
      (on.apply({ alarm: alarmRequest({ alarm, memberId: 9n }) }).response as { alarms: unknown }).alarms;
    const all = [
      { memberId: 1n, alarm: 1 },
      { memberId: 2n, alarm: 1 },
      { memberId: 2n, alarm: 2 },
    ];
    expect(list(AlarmType.NONE)).toEqual(all);
    expect(list(AlarmType.CORRUPT)).toEqual(all.slice(2));
    const disarm = (memberId: bigint): Applied =>
      on.apply({ alarm: alarmRequest({ action: AlarmAction.DEACTIVATE, alarm: AlarmType.NOSPACE, memberId }) });
    expect(disarm(5n).response).toMatchObject({ alarms: [] });
    expect(disarm(1n).response).toMatchObject({ alarms: [all[0]] });
    on.reopen();
    expect(list(AlarmType.NONE)).toEqual(all.slice(1));
    expect(on.apply({ alarm: alarmRequest({ action: 7 }) }).response).toMatchObject({ alarms: [] });
  });

  it('NOSPACE refuses what needs room, and nothing else', () => {
    on.put('a');
    on.apply({ leaseGrant: { id: 1n, ttl: 60 } });
    raise(AlarmType.NOSPACE);
    const refused = (request: Partial<InternalRaftRequest>): string | undefined => on.apply(request).error?.name;
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
    on.put('a');
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
    for (const request of requests) expect(on.apply(request).error?.name).toBe('corrupt');
    expect(on.apply({ leaseCheckpoint: { checkpoints: [] } }).error).toBeUndefined();
    expect(on.store.range(rangeRequest({ key: 'a' })).count).toBe(1);
  });
});

describe('quota', () => {
  it('costs what etcd counts', () => {
    const request = putRequest({ key: 'ab', value: 'cde' });
    expect(requestCost({ put: request })).toBe(261);
    const branch = [
      opOf({ requestPut: request }),
      opOf({ requestTxn: txnRequest({ failure: [opOf({ requestPut: request })] }) }),
    ];
    expect(
      requestCost({
        txn: txnRequest({ success: branch, failure: [opOf({ requestPut: request })] }),
      }),
    ).toBe(522);
    expect(
      requestCost({
        txn: txnRequest({ success: [opOf({ requestDeleteRange: deleteRequest({ key: 'a' }) })] }),
      }),
    ).toBe(0);
    expect(requestCost({ leaseGrant: { id: 1n, ttl: 1 } })).toBe(64);
  });

  it('reports a write that went over, which stands', () => {
    on.reopen({ quotaBytes: 16_384 });
    let applied = on.put('a', 'x'.repeat(3000));
    while (applied.error === undefined) applied = on.put('a', 'x'.repeat(3000));
    expect(applied.error.name).toBe('noSpace');
    expect(applied.response).toBeUndefined();
    expect(applied.events?.revision).toBe(on.store.currentRevision);
    expect(on.store.hasRoomForRequest({ put: putRequest({ key: 'a' }) })).toBe(false);
    expect(on.store.hasRoomForRequest({})).toBe(true);
    expect(on.apply({ deleteRange: deleteRequest({ key: 'a' }) }).error).toBeUndefined();
  });

  it('is 2 GiB by default and can be switched off', () => {
    expect(on.store.quotaBytes).toBe(2147483648);
    expect(on.reopen({ quotaBytes: -1 }).quotaBytes).toBe(Infinity);
  });
});
