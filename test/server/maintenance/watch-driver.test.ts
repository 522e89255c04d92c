import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import type { InternalRaftRequest } from '../../../src/core/api/types.ts';
import { DEFAULT_WATCH_HUB_OPTIONS, Store } from '../../../src/core/mvcc/index.ts';
import { WatchDriver } from '../../../src/server/maintenance/watch-driver.ts';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/memory-backend.ts';
import { putRequest, raftRequest, watchCreateRequest } from '../../core/mvcc/requests.ts';
import { plainEvent, TestSink } from '../../core/mvcc/watch/test-sink.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function setUp() {
  const store = new Store(new MemoryBackend(memoryMedia()));
  const clock = new ManualClock();
  const driver = new WatchDriver({
    store: () => store,
    clock,
    random: seededRandom(1),
    registry: new MetricsRegistry(),
    progressIntervalMs: 600_000,
    fragmentBytes: DEFAULT_WATCH_HUB_OPTIONS.fragmentBytes,
  });
  const apply = (request: Partial<InternalRaftRequest>): void => {
    const { events } = store.apply(raftRequest(request), store.appliedIndex + 1, 1, 0);
    if (events !== undefined) driver.onEvents(events);
  };
  const put = (key: string): void => apply({ put: putRequest({ key }) });
  return { clock, driver, put };
}

describe('a stream that was full', () => {
  it('is brought up to date when it has room again, though nothing more is written', () => {
    const { clock, driver, put } = setUp();
    const sink = new TestSink();
    const stream = driver.openStream(sink);
    stream.create(watchCreateRequest({ key: 'a', rangeEnd: 'z' }));
    sink.room = 1;
    for (const key of ['b', 'c', 'd', 'e']) put(key);
    clock.advance(10);
    sink.room = Infinity;
    driver.resume(stream);
    clock.advance(10);
    const keys = sink.taken.flatMap(({ events }) => events.map((event) => plainEvent(event).kv.key));
    expect(keys).toEqual(['b', 'c', 'd', 'e']);
    driver.stop();
  });
});
