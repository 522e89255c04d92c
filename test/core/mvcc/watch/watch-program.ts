/** Random programs on the watch hub beside the model: every watcher must be told exactly what it wants. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { InternalRaftRequest, WatchCreateRequest } from '../../../../src/core/api/types.ts';
import type { Store, WatchDelivery, WatchHub, WatchStream } from '../../../../src/core/mvcc/index.ts';
import { MemoryBackend, memoryMedia } from '../../../../src/storage/backend/memory-backend.ts';
import { key, rangeEnd, requestArbitrary } from '../arbitraries.ts';
import { ModelStore, type ModelEvent } from '../model-store.ts';
import type { Subject } from '../subject.ts';
import { watchCreateRequest } from '../requests.ts';
import { plainEvent, TestSink, type PlainEvent } from './test-sink.ts';

type Step =
  | { what: 'apply'; request: InternalRaftRequest }
  | { what: 'watch'; stream: number; request: WatchCreateRequest }
  | { what: 'cancel'; stream: number; id: bigint }
  | { what: 'progress'; stream: number }
  | { what: 'room'; stream: number; deliveries: number }
  | { what: 'pump'; revisions: number }
  | { what: 'compact'; steps: number }
  | { what: 'reset' };

const stream = fc.integer({ min: 0, max: 2 });
const watch = fc
  .record({
    key,
    rangeEnd,
    startRevision: fc.oneof(fc.constant(0), fc.integer({ min: -1, max: 30 })),
    filters: fc.subarray([0, 1]),
    prevKv: fc.boolean(),
    watchId: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0n) },
      { weight: 1, arbitrary: fc.bigInt({ min: 1n, max: 3n }) },
    ),
    progressNotify: fc.boolean(),
  })
  .map(watchCreateRequest);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: requestArbitrary.map((request): Step => ({ what: 'apply', request })) },
  { weight: 5, arbitrary: fc.record({ stream, request: watch }).map((w): Step => ({ what: 'watch', ...w })) },
  {
    weight: 1,
    arbitrary: fc.record({ stream, id: fc.bigInt({ min: 0n, max: 4n }) }).map((c): Step => ({ what: 'cancel', ...c })),
  },
  { weight: 2, arbitrary: stream.map((s): Step => ({ what: 'progress', stream: s })) },
  {
    weight: 3,
    arbitrary: fc
      .record({ stream, deliveries: fc.integer({ min: 0, max: 3 }) })
      .map((r): Step => ({ what: 'room', ...r })),
  },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }).map((revisions): Step => ({ what: 'pump', revisions })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }).map((steps): Step => ({ what: 'compact', steps })) },
  { weight: 1, arbitrary: fc.constant<Step>({ what: 'reset' }) },
);

/** One watch as its client sees it, checked with every delivery. */
interface Client {
  request: WatchCreateRequest;
  /** All below this has been seen or is not wanted. */
  next: number;
  isOver: boolean;
  /** Until the client's own cancellation, even when a compaction has ended it. */
  holdsId: boolean;
  /** It began below the compacted revision, so nothing but its end may come. */
  mustEnd: boolean;
}

class StreamClient {
  readonly sink = new TestSink();
  readonly stream: WatchStream;
  readonly clients = new Map<bigint, Client>();
  private asked: WatchCreateRequest[] = [];
  private progress = 0;

  constructor(hub: WatchHub) {
    this.stream = hub.openStream(this.sink);
  }

  create(request: WatchCreateRequest): void {
    this.asked.push(request);
    this.stream.create(request);
  }

  /** Checks what came against everything that ever happened. */
  read(model: ModelStore): void {
    for (const delivery of this.sink.drain()) {
      if (delivery.created) this.created(delivery, model);
      else if (delivery.canceled) this.canceled(delivery, model);
      else if (delivery.events.length === 0) this.progressed(delivery, model);
      else this.events(delivery, model);
    }
  }

  private created(delivery: WatchDelivery, model: ModelStore): void {
    const request = this.asked.shift()!;
    expect(delivery.revision).toBe(model.current);
    const isEmpty = request.rangeEnd !== '' && request.rangeEnd !== '\0' && request.rangeEnd <= request.key;
    const isTaken = request.watchId !== 0n && this.clients.get(request.watchId)?.holdsId === true;
    expect(delivery.canceled).toBe(isEmpty || isTaken || request.startRevision < 0);
    if (delivery.canceled) {
      expect(delivery.watchId).toBe(-1n);
      return;
    }
    expect(this.clients.get(delivery.watchId)?.holdsId ?? false).toBe(false);
    const next = request.startRevision === 0 ? model.current + 1 : request.startRevision;
    this.clients.set(delivery.watchId, {
      request,
      next,
      isOver: false,
      holdsId: true,
      mustEnd: next < model.compacted,
    });
  }

  private canceled(delivery: WatchDelivery, model: ModelStore): void {
    const client = this.clients.get(delivery.watchId)!;
    expect(client.holdsId).toBe(true);
    if (delivery.compactRevision === 0) {
      client.isOver = true;
      client.holdsId = false;
      return;
    }
    expect(client.isOver).toBe(false);
    client.isOver = true;
    expect(delivery.revision).toBe(0);
    expect(delivery.compactRevision).toBeLessThanOrEqual(model.compacted);
    expect(client.next).toBeLessThan(delivery.compactRevision);
  }

  private progressed(delivery: WatchDelivery, model: ModelStore): void {
    expect(delivery.revision).toBeLessThanOrEqual(model.current);
    expect(delivery.revision).toBeGreaterThan(1 - 1);
    this.progress = Math.max(this.progress, delivery.revision);
    if (delivery.watchId !== -1n) return;
    for (const client of this.clients.values()) {
      if (!client.isOver)
        expect(wanted(client, model).filter(({ revision }) => revision <= delivery.revision)).toEqual([]);
    }
  }

  private events(delivery: WatchDelivery, model: ModelStore): void {
    const client = this.clients.get(delivery.watchId)!;
    expect([client.isOver, client.mustEnd]).toEqual([false, false]);
    const events = delivery.events.map(plainEvent);
    const last = events.at(-1)!.kv.modRevision;
    expect(events[0]!.kv.modRevision).toBeGreaterThan(delivery.revision < last ? Infinity : 0);
    // Whole revisions, in order, without gap or repetition: exactly what the model has up to the last one delivered.
    const expected = wanted(client, model).filter(({ revision }) => revision <= last);
    expect(events.map(({ type, kv }) => ({ type, kv }))).toEqual(expected.map(({ type, kv }) => ({ type, kv })));
    events.forEach((event, i) => expectPrevious(event, expected[i]!, client, model));
    client.next = last + 1;
  }

  /** Nothing that a live watch wanted may be missing. */
  expectComplete(model: ModelStore): void {
    for (const client of this.clients.values()) {
      if (client.isOver) continue;
      expect(client.mustEnd).toBe(false);
      expect(wanted(client, model)).toEqual([]);
    }
  }
}

function wanted(client: Client, model: ModelStore): ModelEvent[] {
  const { key: start, rangeEnd: end, filters } = client.request;
  return model.eventsFrom(client.next).filter(({ kv, type }) => {
    if (filters.includes(type === 'PUT' ? 0 : 1)) return false;
    if (end === '') return kv.key === start;
    return kv.key >= start && (end === '\0' || kv.key < end);
  });
}

function expectPrevious(event: PlainEvent, expected: ModelEvent, client: Client, model: ModelStore): void {
  if (!client.request.prevKv) expect(event.prevKv).toBeUndefined();
  else if (event.prevKv === undefined && expected.prevKv !== undefined) {
    expect(expected.revision - 1).toBeLessThan(model.compacted);
  } else expect(event.prevKv).toEqual(expected.prevKv);
}

function runProgram(subject: Subject, steps: readonly Step[]): void {
  const model = new ModelStore();
  const store = new subject.Store(new MemoryBackend(memoryMedia()));
  const hub = new subject.WatchHub(store);
  const streams = [0, 1, 2].map(() => new StreamClient(hub));
  let index = 0;
  for (const now of steps) {
    switch (now.what) {
      case 'apply':
        index = applyBoth(subject, now.request, model, store, hub, index);
        break;
      case 'watch':
        streams[now.stream]!.create(now.request);
        break;
      case 'cancel':
        streams[now.stream]!.stream.cancel(now.id);
        break;
      case 'progress':
        streams[now.stream]!.stream.requestProgress();
        streams[now.stream]!.stream.tickProgress();
        break;
      case 'room':
        streams[now.stream]!.sink.room = now.deliveries;
        streams[now.stream]!.stream.resume();
        break;
      case 'pump':
        hub.pump(now.revisions);
        break;
      case 'compact':
        for (let i = 0; i < now.steps; i++) store.compactStep(5);
        break;
      case 'reset':
        hub.reset();
        break;
    }
    for (const client of streams) client.read(model);
  }
  for (const client of streams) {
    client.sink.room = Infinity;
    client.stream.resume();
  }
  for (let i = 0; hub.needsPump && i < 1000; i++) hub.pump(3);
  for (const client of streams) {
    client.read(model);
    client.expectComplete(model);
  }
  const live = streams.flatMap((client) => [...client.clients.values()]).filter((client) => !client.isOver);
  expect([hub.watcherCount, hub.slowWatcherCount]).toEqual([live.length, 0]);
  for (const client of streams) client.stream.close();
  expect([hub.watcherCount, hub.streamCount]).toEqual([0, 0]);
}

function applyBoth(
  subject: Subject,
  request: InternalRaftRequest,
  model: ModelStore,
  store: Store,
  hub: WatchHub,
  index: number,
): number {
  try {
    if (request.txn) subject.checkTxnRequest(request.txn);
  } catch {
    return index;
  }
  model.apply(request);
  const { events } = store.apply(request, index + 1, 1, 0);
  if (events !== undefined) hub.notify(events);
  return index + 1;
}

/** Holds where every watcher is told all it wants, in order, once, whatever the others do. */
export function watchProperty(subject: Subject): fc.IProperty<[Step[]]> {
  return fc.property(fc.array(step, { maxLength: 70, size: 'max' }), (steps) => runProgram(subject, steps));
}
