/** Random programs on the store beside the model: every answer, event and stored revision is compared. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { InternalRaftRequest } from '../../../src/core/api/types.ts';
import type { Applied, Store } from '../../../src/core/mvcc/index.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/memory-backend.ts';
import { rangeArbitrary, requestArbitrary } from './arbitraries.ts';
import type { Subject } from './subject.ts';
import { ModelStore } from './model-store.ts';
import { plain, plainEvents } from './plain.ts';
import { rangeRequest } from './requests.ts';

type Step =
  | { what: 'apply'; request: InternalRaftRequest }
  | { what: 'read'; request: ReturnType<typeof rangeRequest> }
  | { what: 'compact physically'; revisions: number }
  | { what: 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: requestArbitrary.map((request): Step => ({ what: 'apply', request })) },
  { weight: 8, arbitrary: rangeArbitrary.map((request): Step => ({ what: 'read', request })) },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 1, max: 9 }).map((revisions): Step => ({ what: 'compact physically', revisions })),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ what: 'restart' }) },
);

function isRefusedByChecks({ ApiError, checkTxnRequest }: Subject, request: InternalRaftRequest): boolean {
  if (request.txn === undefined) return false;
  try {
    checkTxnRequest(request.txn);
    return false;
  } catch (error) {
    if (error instanceof ApiError) return true;
    throw error;
  }
}

function outcomeOf({ ApiError }: Subject, body: () => unknown): { answer?: unknown; refused?: string } {
  try {
    return { answer: plain(body()) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { refused: error.name };
  }
}

/** Throws what the request is refused with. */
function answerOf({ error, response }: Applied): unknown {
  if (error !== undefined) throw error;
  return response !== undefined && 'inOnePiece' in response ? response.inOnePiece() : response;
}

function runProgram(subject: Subject, steps: readonly Step[]): void {
  const model = new ModelStore();
  let backend = new MemoryBackend(memoryMedia());
  let store = new subject.Store(backend);
  let index = 0;
  for (const now of steps) {
    if (now.what === 'apply') {
      if (isRefusedByChecks(subject, now.request)) continue;
      const expected = model.apply(now.request);
      const applied = store.apply(now.request, ++index, 1, 0);
      expect(outcomeOf(subject, () => answerOf(applied))).toEqual({
        answer: plain(expected.answer),
        refused: expected.refused,
      });
      expect(plainEvents(applied.events, backend)).toEqual(expected.events);
    } else if (now.what === 'read') {
      const expected = model.session(() => model.range(now.request));
      expect(outcomeOf(subject, () => store.range(now.request))).toEqual(
        plain({ answer: expected.answer, refused: expected.refused }),
      );
    } else if (now.what === 'compact physically') {
      store.compactStep(now.revisions);
    } else {
      store.commit();
      const media = memoryMedia();
      const copy = new MemoryBackend(media).restore();
      const snapshot = backend.snapshot();
      for (let chunk = snapshot.next(); chunk !== undefined; chunk = snapshot.next()) copy.write(chunk);
      copy.finish(() => undefined);
      backend = new MemoryBackend(media);
      store = new subject.Store(backend);
      expect(store.appliedIndex).toBe(index);
    }
    expect(store.currentRevision).toBe(model.current);
    expect(store.compactRevision).toBe(model.compacted);
  }
  checkWhole(store, model);
  while (store.compactor.isRunning) store.compactStep(3);
  checkWhole(store, model);
  expect(storedRevisions(backend)).toEqual(expectedRevisions(model));
}

function checkWhole(store: Store, model: ModelStore): void {
  for (let revision = Math.max(1, model.compacted); revision <= model.current; revision++) {
    const request = rangeRequest({ key: '\0', rangeEnd: '\0', revision });
    expect(plain(store.range(request))).toEqual(model.range(request));
  }
  for (const [id, keys] of model.leases) expect(store.lessor.keysOf(id)).toEqual([...keys].sort());
  expect(store.lessor.size).toBe(model.leases.size);
  expect(store.liveKeys).toBe(model.stateAt(model.current).length);
}

function storedRevisions(backend: MemoryBackend): [number, boolean][] {
  const found: [number, boolean][] = [];
  backend.scanRevisions(0, 0, (main, _sub, tombstone) => {
    found.push([main, tombstone]);
  });
  return found;
}

/** After physical compaction: all above the compacted revision; below it what is visible there; tombstones at it. */
function expectedRevisions(model: ModelStore): [number, boolean][] {
  const visible = new Map(model.stateAt(model.compacted).map((kv) => [kv.key, kv.modRevision]));
  // The events come in the order of their revisions, sub-revisions included.
  return model
    .eventsFrom(1)
    .filter(({ revision, type, kv }) => {
      if (revision > model.compacted) return true;
      if (type === 'PUT') return visible.get(kv.key) === revision;
      return revision === model.compacted && !visible.has(kv.key);
    })
    .map(({ revision, type }) => [revision, type === 'DELETE']);
}

/** Holds where the store answers as the model does. */
export function storeProperty(subject: Subject): fc.IProperty<[Step[]]> {
  return fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => runProgram(subject, steps));
}
