import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/core/api/index.ts';
import type { InternalRaftRequest, RangeRequest } from '../../../src/core/api/types.ts';
import { DEFAULT_STORE_OPTIONS, Store, type OpenedRange } from '../../../src/core/mvcc/index.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/memory-backend.ts';
import { rangeArbitrary, requestArbitrary } from './arbitraries.ts';
import { deleteRequest, putRequest, raftRequest, rangeRequest } from './requests.ts';

const SMALL = { kvs: 1, bytes: 1000, keys: 2 };
const ALL = { key: '\0', rangeEnd: '\0' };

let store: Store;

beforeEach(() => {
  store = new Store(new MemoryBackend(memoryMedia()), { ...DEFAULT_STORE_OPTIONS, quotaBytes: -1 });
});

function apply(request: InternalRaftRequest): void {
  store.apply(request, store.appliedIndex + 1, 1, 0);
}

function put(key: string, value: string): void {
  apply(raftRequest({ put: putRequest({ key, value }) }));
}

function compactAll(): void {
  apply(raftRequest({ compaction: { revision: store.currentRevision, physical: true } }));
}

/** All that is left, with `between` after each piece. */
function readOn({ pieces, headerRevision }: OpenedRange, between: () => void = () => undefined): unknown {
  const kvs: Uint8Array[] = [];
  let piece = pieces.next();
  for (; piece.done !== true; piece = pieces.next()) {
    kvs.push(...piece.value);
    between();
  }
  return { headerRevision, kvs, ...piece.value };
}

function atOnce(request: RangeRequest): unknown {
  const { header, kvs, more, count } = store.range(request);
  return { headerRevision: header!.revision, kvs, more, count };
}

describe('a range in pieces', () => {
  it('shows what one at once shows, whatever is written and compacted meanwhile', () => {
    const program = fc.array(requestArbitrary, { minLength: 5, maxLength: 40 });
    const wide = fc.oneof(
      rangeArbitrary,
      rangeArbitrary.map((request) => ({ ...request, ...ALL })),
    );
    let pieces = 0;
    fc.assert(
      fc.property(program, program, wide, (before, meanwhile, request) => {
        store = new Store(new MemoryBackend(memoryMedia()), { ...DEFAULT_STORE_OPTIONS, quotaBytes: -1 });
        for (const one of before) apply(one);
        while (store.compactor.isRunning) store.compactStep(100);
        const opened = orError(() => store.openRange(request, SMALL));
        const expected = orError(() => atOnce(request));
        if (opened instanceof ApiError) {
          expect((expected as ApiError).name).toBe(opened.name);
          return;
        }
        const rest = [...meanwhile];
        const actual = readOn(opened, () => {
          pieces++;
          for (const one of rest.splice(0, 4)) apply(one);
          if (pieces % 3 === 0) compactIfPossible();
          store.compactStep(5);
        });
        expect(actual).toEqual(expected);
        while (store.compactor.isRunning) store.compactStep(5);
      }),
      { numRuns: 500 },
    );
    expect(pieces).toBeGreaterThan(100);
  });

  it('keeps a compaction waiting only for reads below it', () => {
    for (let i = 0; i < 10; i++) put(`k${i}`, 'old');
    const old = store.openRange(rangeRequest(ALL), SMALL);
    old.pieces.next();
    for (let i = 0; i < 10; i++) put(`k${i}`, 'new');
    compactAll();
    const late = store.openRange(rangeRequest(ALL), SMALL);
    late.pieces.next();
    for (let i = 0; i < 50; i++) expect(store.compactStep(100)).toBe(0);
    expect(store.compactor.isRunning).toBe(true);
    expect(readOn(old)).toMatchObject({ count: 10 });
    let deleted = 0;
    while (store.compactor.isRunning) deleted += store.compactStep(100);
    expect(deleted).toBe(10);
    expect(readOn(late)).toMatchObject({ count: 10, more: false });
  });

  it('lets go of its revision when it is given up', () => {
    for (let i = 0; i < 10; i++) put('k', String(i));
    const { pieces } = store.openRange(rangeRequest({ ...ALL, revision: 5 }), SMALL);
    pieces.next();
    compactAll();
    pieces.return({ more: false, count: 0 });
    let deleted = 0;
    while (store.compactor.isRunning) deleted += store.compactStep(100);
    expect(deleted).toBe(9);
  });

  it('passes over many deleted keys in steps', () => {
    for (let i = 0; i < 20; i++) put(`k${i}`, '');
    apply(raftRequest({ deleteRange: deleteRequest({ key: 'k', rangeEnd: 'l' }) }));
    const { pieces } = store.openRange(rangeRequest({ ...ALL, revision: 2, countOnly: true }), SMALL);
    put('x', '');
    let steps = 0;
    let piece = pieces.next();
    for (; piece.done !== true; piece = pieces.next()) steps++;
    expect(piece.value).toEqual({ count: 1, more: false });
    expect(steps).toBeGreaterThan(5);
  });
});

function compactIfPossible(): void {
  if (store.currentRevision > store.compactRevision) compactAll();
}

function orError<T>(make: () => T): T | ApiError {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error;
  }
}
