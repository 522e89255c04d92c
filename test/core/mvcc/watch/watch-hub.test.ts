import { beforeEach, describe, expect, it } from 'vitest';
import type { InternalRaftRequest } from '../../../../src/core/api/types.ts';
import { DEFAULT_WATCH_HUB_OPTIONS, Store, WatchHub } from '../../../../src/core/mvcc/index.ts';
import { MemoryBackend, memoryMedia } from '../../../../src/storage/backend/memory-backend.ts';
import { deleteRequest, putRequest, raftRequest, watchCreateRequest } from '../requests.ts';
import { plainEvent, TestSink } from './test-sink.ts';

let store: Store;
let hub: WatchHub;
let sink: TestSink;

beforeEach(() => {
  store = new Store(new MemoryBackend(memoryMedia()));
  hub = new WatchHub(store);
  sink = new TestSink();
});

function apply(request: Partial<InternalRaftRequest>): void {
  const { events } = store.apply(raftRequest(request), store.appliedIndex + 1, 1, 0);
  if (events !== undefined) hub.notify(events);
}

function put(key: string, value = ''): void {
  apply({ put: putRequest({ key, value }) });
}

describe('creating a watch', () => {
  it('assigns ids from 0 on, past those in use', () => {
    const stream = hub.openStream(sink);
    for (const watchId of [0n, 1n, 0n, 7n, 0n, 7n]) stream.create(watchCreateRequest({ key: 'a', watchId }));
    expect(sink.taken.map(({ watchId }) => watchId)).toEqual([0n, 1n, 2n, 7n, 3n, -1n]);
    expect(sink.taken.at(-1)).toMatchObject({
      created: true,
      canceled: true,
      cancelReason: 'mvcc: duplicate watch ID provided on the WatchStream',
      compactRevision: 0,
    });
    expect(sink.taken[0]).toMatchObject({ created: true, canceled: false, revision: 1 });
  });

  it('refuses ranges that hold nothing and negative revisions', () => {
    const stream = hub.openStream(sink);
    stream.create(watchCreateRequest({ key: 'b', rangeEnd: 'b' }));
    stream.create(watchCreateRequest({ key: 'b', rangeEnd: 'a' }));
    stream.create(watchCreateRequest({ key: 'b', startRevision: -1 }));
    expect(sink.taken.map(({ watchId, cancelReason }) => [watchId, cancelReason])).toEqual([
      [-1n, 'mvcc: watcher range is empty'],
      [-1n, 'mvcc: watcher range is empty'],
      [-1n, 'etcdserver: mvcc: required revision has been compacted'],
    ]);
    expect(hub.watcherCount).toBe(0);
  });

  it('takes an empty key for the lowest one', () => {
    const stream = hub.openStream(sink);
    stream.create(watchCreateRequest({ rangeEnd: '\0' }));
    stream.create(watchCreateRequest({}));
    put('a');
    put('\0');
    expect(sink.taken.slice(2).map(({ watchId, revision }) => [watchId, revision])).toEqual([
      [0n, 2],
      [1n, 3],
      [0n, 3],
    ]);
  });

  it('waits in silence for a revision to come', () => {
    const stream = hub.openStream(sink);
    stream.create(watchCreateRequest({ key: 'a', startRevision: 4 }));
    put('a');
    put('a');
    stream.requestProgress();
    expect(sink.taken).toHaveLength(1);
    put('a');
    expect(sink.taken.slice(1).map(({ revision }) => revision)).toEqual([4]);
  });
});

describe('ending a watch', () => {
  it('is answered for a known id only', () => {
    const stream = hub.openStream(sink);
    stream.create(watchCreateRequest({ key: 'a' }));
    sink.drain();
    stream.cancel(5n);
    stream.cancel(0n);
    stream.cancel(0n);
    put('a');
    expect(sink.drain()).toMatchObject([
      { watchId: 0n, canceled: true, created: false, cancelReason: '', revision: 1 },
    ]);
  });

  it('comes by itself when its revision has been compacted, after the creation', () => {
    for (let i = 0; i < 5; i++) put('a');
    apply({ compaction: { revision: 4, physical: false } });
    const stream = hub.openStream(sink);
    sink.room = 0;
    stream.create(watchCreateRequest({ key: 'a', startRevision: 3 }));
    stream.create(watchCreateRequest({ key: 'a', startRevision: 4 }));
    hub.pump(100);
    expect(sink.drain().map(({ created }) => created)).toEqual([true, true]);
    sink.room = 9;
    stream.resume();
    const [ended, caughtUp] = sink.drain();
    expect(ended).toMatchObject({ watchId: 0n, canceled: true, compactRevision: 4, cancelReason: '', revision: 0 });
    expect(caughtUp).toMatchObject({ watchId: 1n, revision: 6 });
    expect(caughtUp?.events.map((event) => plainEvent(event).kv.modRevision)).toEqual([4, 5, 6]);
    expect([hub.watcherCount, hub.needsPump]).toEqual([1, false]);
  });

  it('leaves the id of a compacted watch taken until the client cancels it, too', () => {
    for (let i = 0; i < 5; i++) put('a');
    apply({ compaction: { revision: 4, physical: false } });
    const stream = hub.openStream(sink);
    stream.create(watchCreateRequest({ key: 'a', startRevision: 2, watchId: 5n }));
    hub.pump(100);
    sink.drain();
    stream.create(watchCreateRequest({ key: 'a', watchId: 5n }));
    stream.cancel(5n);
    stream.cancel(5n);
    stream.create(watchCreateRequest({ key: 'a', watchId: 5n }));
    expect(sink.drain()).toMatchObject([
      { watchId: -1n, created: true, canceled: true },
      { watchId: 5n, created: false, canceled: true, compactRevision: 0 },
      { watchId: 5n, created: true, canceled: false },
    ]);
  });
});

describe('deliveries', () => {
  it('come one a revision, with the values before where they are wanted', () => {
    const stream = hub.openStream(sink);
    stream.create(watchCreateRequest({ key: 'a', rangeEnd: 'z', prevKv: true }));
    stream.create(watchCreateRequest({ key: 'a', filters: [0] }));
    sink.drain();
    put('a', 'one');
    put('a', 'two');
    apply({ deleteRange: deleteRequest({ key: 'a', rangeEnd: '\0' }) });
    const seen = sink.drain();
    expect(seen.filter(({ watchId }) => watchId === 0n).map(({ events }) => events.map(plainEvent))).toEqual([
      [
        {
          type: 'PUT',
          kv: { key: 'a', createRevision: 2, modRevision: 2, version: 1, value: 'one', lease: 0n },
          prevKv: undefined,
        },
      ],
      [expect.objectContaining({ type: 'PUT', prevKv: expect.objectContaining({ value: 'one' }) as unknown })],
      [
        {
          type: 'DELETE',
          kv: { key: 'a', createRevision: 0, modRevision: 4, version: 0, value: '', lease: 0n },
          prevKv: expect.objectContaining({ value: 'two', version: 2 }) as unknown,
        },
      ],
    ]);
    expect(seen.filter(({ watchId }) => watchId === 1n).map(({ revision }) => revision)).toEqual([4]);
  });

  it('are split by events where the watcher allows it', () => {
    hub = new WatchHub(store, { ...DEFAULT_WATCH_HUB_OPTIONS, fragmentBytes: 400 });
    for (let i = 0; i < 5; i++) put(`k${i}`, 'x'.repeat(100));
    put('large', 'x'.repeat(1000));
    const stream = hub.openStream(sink);
    stream.create(watchCreateRequest({ key: 'k', rangeEnd: 'm', startRevision: 2, fragment: true }));
    stream.create(watchCreateRequest({ key: 'k', rangeEnd: 'm', startRevision: 2 }));
    hub.pump(100);
    const [parts, whole] = [0n, 1n].map((id) =>
      sink.taken.filter(({ watchId, events }) => watchId === id && events.length > 0),
    );
    expect(parts!.map(({ events, fragment }) => [events.length, fragment])).toEqual([
      [2, true],
      [2, true],
      [1, true],
      [1, false],
    ]);
    expect(whole!.map(({ events, fragment }) => [events.length, fragment])).toEqual([[6, false]]);
    expect(parts!.flatMap(({ events }) => events)).toEqual(whole![0]!.events);
  });

  it('wait for a slow stream without delaying another', () => {
    const slow = new TestSink();
    slow.room = 1;
    for (const target of [slow, sink]) hub.openStream(target).create(watchCreateRequest({ key: 'a' }));
    const stream = hub.openStream(slow);
    stream.create(watchCreateRequest({ key: 'a' }));
    for (let i = 0; i < 4; i++) put('a', String(i));
    expect(sink.taken).toHaveLength(5);
    expect(hub.slowWatcherCount).toBe(2);
    slow.room = Infinity;
    stream.resume();
    hub.pump(10);
    const revisions = slow.taken.filter(({ watchId, events }) => watchId === 0n && events.length > 0);
    expect(revisions.flatMap(({ events }) => events.map((event) => plainEvent(event).kv.modRevision)).sort()).toEqual([
      2, 2, 3, 4, 5,
    ]);
  });

  it('serve watchers at other places in turn', () => {
    for (let i = 0; i < 100; i++) put('a');
    const stream = hub.openStream(sink);
    stream.create(watchCreateRequest({ key: 'a', startRevision: 2 }));
    stream.create(watchCreateRequest({ key: 'a', startRevision: 95 }));
    sink.drain();
    hub.pump(10);
    hub.pump(10);
    expect(sink.drain().map(({ watchId, events }) => [watchId, events.length])).toEqual([
      [0n, 10],
      [1n, 7],
    ]);
  });
});

describe('progress', () => {
  it('is told on request only when every watcher of the stream is up to date', () => {
    for (let i = 0; i < 3; i++) put('a');
    const stream = hub.openStream(sink);
    stream.requestProgress();
    expect(sink.taken).toEqual([]);
    stream.create(watchCreateRequest({ key: 'b' }));
    stream.create(watchCreateRequest({ key: 'a', startRevision: 2 }));
    stream.requestProgress();
    expect(sink.drain().every(({ created }) => created)).toBe(true);
    hub.pump(100);
    sink.drain();
    stream.requestProgress();
    expect(sink.drain()).toMatchObject([{ watchId: -1n, revision: 4, events: [], created: false, canceled: false }]);
  });

  it('is told by the clock to watchers that asked for it and heard nothing', () => {
    const stream = hub.openStream(sink);
    stream.create(watchCreateRequest({ key: 'a', progressNotify: true }));
    stream.create(watchCreateRequest({ key: 'b' }));
    put('a');
    sink.drain();
    stream.tickProgress();
    expect(sink.drain()).toEqual([]);
    put('b');
    sink.drain();
    stream.tickProgress();
    expect(sink.drain()).toMatchObject([{ watchId: 0n, revision: 3, events: [] }]);
  });
});

it('reads for everyone again after the store was replaced', () => {
  const stream = hub.openStream(sink);
  put('a');
  stream.create(watchCreateRequest({ key: 'a' }));
  stream.create(watchCreateRequest({ key: 'a', startRevision: 50 }));
  sink.drain();
  for (let i = 0; i < 3; i++) store.apply(raftRequest({ put: putRequest({ key: 'a' }) }), store.appliedIndex + 1, 1, 0);
  hub.reset();
  hub.pump(100);
  expect(
    sink.drain().flatMap(({ watchId, events }) => events.map((event) => [watchId, plainEvent(event).kv.modRevision])),
  ).toEqual([
    [0n, 3],
    [0n, 4],
    [0n, 5],
  ]);
  expect(hub.slowWatcherCount).toBe(0);
});
