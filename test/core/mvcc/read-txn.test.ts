import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError, SortOrder, SortTarget } from '../../../src/core/api/index.ts';
import type { InternalRaftRequest, TxnRequest, TxnResponse } from '../../../src/core/api/types.ts';
import { checkTxnRequest, DEFAULT_STORE_OPTIONS, Store, type OpenedTxn } from '../../../src/core/mvcc/index.ts';
import { TxnTree } from '../../../src/core/mvcc/txn-tree.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/memory-backend.ts';
import { readingTxnArbitrary, requestArbitrary } from './arbitraries.ts';
import { plain } from './plain.ts';
import { compareOf, deleteRequest, opOf, putRequest, raftRequest, rangeRequest, txnRequest } from './requests.ts';

const SMALL = { kvs: 1, bytes: 1000, keys: 2 };
const ALL = { key: '\0', rangeEnd: '\0' };
const KEYS = 20;

let store: Store;

beforeEach(() => {
  store = newStore();
});

function newStore(): Store {
  return new Store(new MemoryBackend(memoryMedia()), { ...DEFAULT_STORE_OPTIONS, quotaBytes: -1 });
}

function apply(request: InternalRaftRequest): void {
  store.apply(request, store.appliedIndex + 1, 1, 0);
}

function put(key: string, value: string): void {
  apply(raftRequest({ put: putRequest({ key, value }) }));
}

function putMany(value: string): void {
  for (let i = 0; i < KEYS; i++) put(`k${String(i).padStart(2, '0')}`, value);
}

function compactAll(): void {
  apply(raftRequest({ compaction: { revision: store.currentRevision, physical: true } }));
}

const get = (fields: Parameters<typeof rangeRequest>[0] = ALL): ReturnType<typeof opOf> =>
  opOf({ requestRange: rangeRequest(fields) });

/** The same, after its first piece as the server asks for it. */
function readOnAfterOne(opened: OpenedTxn, between: () => void): TxnResponse<Uint8Array> {
  const whole = opened.inOnePiece();
  if (whole !== undefined) return whole;
  between();
  return readOn(opened, between);
}

/** The whole answer, with `between` after each piece but the last. */
function readOn(opened: OpenedTxn, between: () => void = () => undefined): TxnResponse<Uint8Array> {
  const tree = new TxnTree(opened.headerRevision);
  const pieces = opened.pieces(tree);
  while (pieces.next().done !== true) between();
  return tree.response;
}

function outcomeOf(read: () => unknown): unknown {
  try {
    return plain(read());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.name;
  }
}

function piecesOf(request: TxnRequest): number {
  let pieces = 1;
  readOn(store.openTxn(request, SMALL), () => pieces++);
  return pieces;
}

function isPossible(request: TxnRequest): boolean {
  return outcomeOf(() => checkTxnRequest(request)) === undefined;
}

describe('a transaction that only reads, in pieces', () => {
  it('answers what it answers at once, whatever is written and compacted meanwhile', () => {
    const program = fc.array(requestArbitrary, { minLength: 10, maxLength: 60 });
    const readings = readingTxnArbitrary.filter(isPossible);
    let stops = 0;
    let refusals = 0;
    fc.assert(
      fc.property(program, program, readings, fc.boolean(), (before, meanwhile, request, inOneGo) => {
        store = newStore();
        for (const one of before) apply(one);
        while (store.compactor.isRunning) store.compactStep(100);
        const expected = outcomeOf(() => readOn(store.openTxn(request)));
        expect(outcomeOf(() => store.openTxn(request).inOnePiece())).toEqual(expected);
        const rest = [...meanwhile];
        const between = (): void => {
          stops++;
          for (const one of rest.splice(0, 4)) apply(one);
          if (stops % 3 === 0 && store.currentRevision > store.compactRevision) compactAll();
          store.compactStep(5);
        };
        const way = inOneGo ? readOn : readOnAfterOne;
        expect(outcomeOf(() => way(store.openTxn(request, SMALL), between))).toEqual(expected);
        if (typeof expected === 'string') refusals++;
        // Nothing is kept from being compacted any more.
        while (store.compactor.isRunning) store.compactStep(5);
      }),
      { numRuns: 400 },
    );
    expect(stops).toBeGreaterThan(200);
    expect(refusals).toBeGreaterThan(10);
  });

  it.each([
    ['values', { ...ALL }, KEYS],
    ['keys alone', { ...ALL, keysOnly: true }, KEYS],
    ['a descending order with a limit', { ...ALL, sortOrder: SortOrder.DESCEND, limit: 1 }, KEYS],
    ['an order by value', { ...ALL, sortOrder: SortOrder.ASCEND, sortTarget: SortTarget.VALUE }, 2 * KEYS],
    ['what passes a filter', { ...ALL, minModRevision: 1000 }, KEYS],
    ['a number of keys in the past', { ...ALL, revision: 2 + KEYS, countOnly: true }, KEYS / SMALL.keys],
  ])('reads %s of many keys in many pieces', (_what, range, least) => {
    putMany('a');
    put('x', '');
    apply(raftRequest({ deleteRange: deleteRequest({ key: 'x' }) }));
    expect(piecesOf(txnRequest({ success: [get(range)] }))).toBeGreaterThanOrEqual(least);
    expect(piecesOf(txnRequest({ success: [get(range), get(range)] }))).toBeGreaterThanOrEqual(2 * least);
    const nested = opOf({ requestTxn: txnRequest({ success: [get(range)] }) });
    expect(piecesOf(txnRequest({ success: [nested] }))).toBeGreaterThanOrEqual(least);
  });

  it('compares a range of many keys in many pieces, and stops at the first that differs', () => {
    putMany('a');
    const compare = compareOf({ ...ALL, target: 0, version: 1 });
    const stops: boolean[] = [];
    const opened = store.openTxn(txnRequest({ compare: [compare], success: [get({ key: 'k00' })] }), SMALL);
    const { succeeded } = readOn(opened, () => {
      stops.push(true);
      // Its version is another from then on, but not at the revision that is read.
      put('k19', 'b');
    });
    expect([succeeded, stops.length >= KEYS / SMALL.keys]).toEqual([true, true]);
    put('k01', 'b');
    expect(piecesOf(txnRequest({ compare: [compare], failure: [get({ key: 'k00' })] }))).toBeLessThanOrEqual(3);
  });

  it('reads many single keys, and none, in many pieces', () => {
    const singles = txnRequest({ success: Array.from({ length: KEYS }, () => get({ key: 'k' })) });
    expect(piecesOf(singles)).toBeGreaterThanOrEqual(KEYS / SMALL.keys);
    put('k', '');
    expect(piecesOf(singles)).toBeGreaterThanOrEqual(KEYS);
    const compares = Array.from({ length: KEYS }, () => compareOf({ key: 'k', target: 3, value: new Uint8Array(0) }));
    expect(piecesOf(txnRequest({ compare: compares }))).toBeGreaterThanOrEqual(KEYS);
  });

  it('shares a piece among small reads', () => {
    putMany('a');
    const request = txnRequest({
      compare: [compareOf({ key: 'k00', version: 1 })],
      success: [get({ key: 'k00' }), get(ALL)],
    });
    const opened = store.openTxn(request);
    expect(plain(opened.inOnePiece())).toEqual(plain(readOn(opened)));
    const longer = store.openTxn(request, SMALL);
    expect(longer.inOnePiece()).toBeUndefined();
    expect(plain(readOn(longer))).toEqual(plain(readOn(opened)));
  });

  it('tells a sink that comes after the first piece what one from the start is told', () => {
    putMany('a');
    const told = (opened: OpenedTxn): string[] => {
      const lines: string[] = [];
      const pieces = opened.pieces({
        beginTxn: (succeeded) => lines.push(`transaction ${succeeded}`),
        beginRange: () => lines.push('range'),
        addKvs: (kvs) => kvs.forEach((kv) => lines.push(Buffer.from(kv).toString('latin1'))),
        endRange: ({ more, count }) => lines.push(`${count} keys, more: ${more}`),
        endTxn: () => lines.push('end'),
      });
      while (pieces.next().done !== true);
      return lines;
    };
    const many = Array.from({ length: KEYS }, (_, i) =>
      compareOf({ key: `k${String(i).padStart(2, '0')}`, version: 1 }),
    );
    const nested = opOf({ requestTxn: txnRequest({ success: [get({ key: 'k00' }), get(ALL)] }) });
    for (const request of [
      txnRequest({ compare: many, success: [get(ALL)] }),
      txnRequest({ success: [get(ALL), get({ key: 'k00' })] }),
      txnRequest({ success: [nested, nested] }),
    ]) {
      const later = store.openTxn(request, SMALL);
      expect(later.inOnePiece()).toBeUndefined();
      expect(told(later)).toEqual(told(store.openTxn(request, SMALL)));
    }
  });

  it('keeps a compaction waiting for the oldest revision that it may read, until its end or until it is given up', () => {
    putMany('old');
    const before = store.currentRevision;
    putMany('new');
    const request = txnRequest({ success: [get(), get({ ...ALL, revision: before })] });
    const isKept = (): boolean => {
      for (let i = 0; i < 50; i++) store.compactStep(100);
      return store.compactor.isRunning;
    };
    const opened = store.openTxn(request, SMALL);
    expect(opened.inOnePiece()).toBeUndefined();
    const pieces = opened.pieces(new TxnTree(opened.headerRevision));
    const tree = readOn(store.openTxn(request, SMALL), () => {
      if (store.currentRevision > store.compactRevision) compactAll();
      expect(isKept()).toBe(true);
    });
    expect(tree.responses.map(({ responseRange }) => responseRange!.count)).toEqual([KEYS, KEYS]);
    expect(isKept()).toBe(true);
    pieces.return();
    expect(isKept()).toBe(false);
  });

  it('holds nothing when it is never begun, and refuses what writes', () => {
    putMany('old');
    store.openTxn(txnRequest({ success: [get()] }));
    apply(raftRequest({ txn: txnRequest({ success: [get()] }) }));
    put('k00', 'new');
    compactAll();
    for (let i = 0; i < 50; i++) store.compactStep(100);
    expect(store.compactor.isRunning).toBe(false);
    const write = opOf({ requestPut: putRequest({ key: 'a' }) });
    expect(() => store.openTxn(txnRequest({ failure: [write] }))).toThrow('must go through the log');
  });
});
