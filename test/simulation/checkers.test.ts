/** The checkers of watches and leases against what they must let pass and what they must refuse. */
import { describe, expect, it } from 'vitest';
import { EventType, type Event } from '../../src/core/api/index.ts';
import { ENTRY_NORMAL } from '../../src/core/raft/index.ts';
import { codecs, raftRequestSize, writeRaftRequest, type RaftRequestKind } from '../../src/wire/messages/index.ts';
import { AgreedStore } from './agreed-store.ts';
import { LeaseChecker } from './lease-checker.ts';
import { WatchChecker } from './watch-checker.ts';

function apply(agreed: AgreedStore, kind: RaftRequestKind, encoded: Uint8Array): void {
  const data = Buffer.alloc(raftRequestSize(1, '', 0, kind, encoded));
  writeRaftRequest(1, '', 0, kind, encoded, data, 0);
  agreed.applyEntry({ type: ENTRY_NORMAL, term: 1, index: 1, data });
}

/** Revision 2: a and b; 3: a again; 4: a deleted; 5: c under lease 7; 6: the lease ended. */
function agreedStore(): AgreedStore {
  const agreed = new AgreedStore();
  const put = (key: string, value: string) => ({ requestPut: { key, value: Buffer.from(value) } });
  apply(agreed, 'txn', codecs.TxnRequest.encode({ success: [put('a', '1'), put('b', '2')] }));
  apply(agreed, 'put', codecs.PutRequest.encode({ key: 'a', value: Buffer.from('3') }));
  apply(agreed, 'deleteRange', codecs.DeleteRangeRequest.encode({ key: 'a' }));
  apply(agreed, 'leaseGrant', codecs.LeaseGrantRequest.encode({ id: 7n, ttl: 1 }));
  apply(agreed, 'put', codecs.PutRequest.encode({ key: 'c', value: Buffer.from('4'), lease: 7n }));
  apply(agreed, 'leaseRevoke', codecs.LeaseRevokeRequest.encode({ id: 7n }));
  return agreed;
}

/** What a right watch of everything says of a revision. */
function eventsAt(agreed: AgreedStore, revision: number): Event[] {
  return agreed.eventsAt(revision).map(({ key, kv }) => ({
    type: kv === undefined ? EventType.DELETE : EventType.PUT,
    kv:
      kv === undefined
        ? { key, createRevision: 0, modRevision: revision, version: 0, value: new Uint8Array(0), lease: 0n }
        : { ...kv, value: Buffer.from(kv.value) },
    prevKv: undefined,
  }));
}

describe('the agreed store', () => {
  it('gives every revision its events and every key its past', () => {
    const agreed = agreedStore();
    expect(agreed.revision).toBe(6);
    expect(agreed.eventsAt(2).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(agreed.valueAt('a', 3)).toMatchObject({ value: '3', createRevision: 2, modRevision: 3, version: 2 });
    expect(agreed.valueAt('a', 4)).toBeUndefined();
    expect(agreed.valueAt('c', 5)?.lease).toBe(7n);
    expect(agreed.state().map(({ key }) => key)).toEqual(['b']);
  });

  it('changes nothing for what the store refuses', () => {
    const agreed = agreedStore();
    apply(agreed, 'put', codecs.PutRequest.encode({ key: 'd', value: Buffer.from('5'), lease: 9n }));
    apply(agreed, 'compaction', codecs.CompactionRequest.encode({ revision: 7 }));
    expect([agreed.revision, agreed.compactRevision]).toEqual([6, -1]);
  });
});

describe('the checker of watches', () => {
  const watched = { key: '\0', rangeEnd: '\0', prevKv: false, filters: [] };
  const setUp = (start = 1): { agreed: AgreedStore; checker: WatchChecker; events: (r: number) => Event[] } => {
    const agreed = agreedStore();
    const checker = new WatchChecker(watched, agreed, start);
    checker.created(agreed.revision);
    return { agreed, checker, events: (revision) => eventsAt(agreed, revision) };
  };

  it('lets a right watch pass, over several responses and a resumption', () => {
    const { checker, events } = setUp();
    checker.deliver(3, [...events(2), ...events(3)]);
    checker.created(6);
    checker.deliver(6, [...events(4), ...events(5)]);
    checker.deliver(6, events(6));
    checker.progress(6);
    expect(checker.missingUpTo(6)).toBe(0);
  });

  it('skips what a compaction took', () => {
    const { agreed, checker, events } = setUp(2);
    apply(agreed, 'compaction', codecs.CompactionRequest.encode({ revision: 5 }));
    checker.compacted(5);
    checker.deliver(6, [...events(5), ...events(6)]);
  });

  it.each<[why: string, guarantee: string, run: (world: ReturnType<typeof setUp>) => void]>([
    [
      'an event that comes twice',
      'unique',
      ({ checker, events }) => [2, 2].forEach((r) => checker.deliver(2, events(r))),
    ],
    ['events out of order', 'resumable', ({ checker, events }) => checker.deliver(6, [...events(3), ...events(2)])],
    ['a gap', 'resumable', ({ checker, events }) => [2, 4].forEach((r) => checker.deliver(r, events(r)))],
    ['half a revision', 'atomic', ({ checker, events }) => checker.deliver(2, events(2).slice(0, 1))],
    ['progress ahead of an event', 'bookmarkable', ({ checker }) => checker.progress(2)],
    ['a revision nobody agreed on', 'right', ({ checker }) => checker.progress(7)],
    ['an event above the header', 'ordered', ({ checker, events }) => checker.deliver(1, events(2))],
    ['a cancellation for nothing', 'resumable', ({ checker }) => checker.compacted(3)],
    [
      'another value',
      'right',
      ({ checker, events }) => {
        const [first, second] = events(2);
        checker.deliver(2, [{ ...first!, kv: { ...first!.kv!, value: Buffer.from('x') } }, second!]);
      },
    ],
  ])('refuses %s', (_why, guarantee, run) => {
    const world = setUp();
    expect(() => run(world)).toThrow(guarantee);
  });

  it('asks for the value before only where it is not compacted', () => {
    const agreed = agreedStore();
    const checker = new WatchChecker({ ...watched, prevKv: true }, agreed, 3);
    expect(() => checker.deliver(3, eventsAt(agreed, 3))).toThrow('without the value before');
    apply(agreed, 'compaction', codecs.CompactionRequest.encode({ revision: 3 }));
    checker.deliver(3, eventsAt(agreed, 3));
  });
});

describe('the checker of leases', () => {
  const timing = { electionMs: 100, scanMs: 500 };

  it('lets a lease end when its time is over, not before', () => {
    const checker = new LeaseChecker({ slowest: 1, fastest: 1 }, timing);
    checker.granted(1n, 1, 0);
    checker.renewed(1n, 500);
    expect(() => checker.revoked(1n, 1400)).toThrow('lease 1 ended 900.0 ms');
    checker.granted(2n, 1, 0);
    checker.revoked(2n, 1000);
    expect(checker.expired).toBe(2);
  });

  it('refuses a renewal that is acknowledged after the lease was ended', () => {
    const checker = new LeaseChecker({ slowest: 1, fastest: 1 }, timing);
    checker.granted(1n, 1, 0);
    checker.revoked(1n, 1000);
    expect(() => checker.renewed(1n, 600)).toThrow('lease 1 ended');
  });

  it('counts by the fastest clock, and leaves released leases alone', () => {
    const checker = new LeaseChecker({ slowest: 1, fastest: 1.25 }, timing);
    checker.granted(1n, 1, 0);
    checker.revoked(1n, 800);
    checker.granted(2n, 1, 0);
    checker.released(2n);
    checker.revoked(2n, 1);
    checker.granted(3n, 1, 0);
    expect(() => checker.reportedDead(3n, 700)).toThrow('reported dead');
    expect(checker.longestMs(2)).toBe(2600);
  });
});
