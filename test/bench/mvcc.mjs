// The store's speed and memory, from the built files: node test/bench/mvcc.mjs [keys] [revisions per key]
// Prints one line of JSON a measurement. Figures depend on the machine and on what else it does: compare within one run.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { join } from 'node:path';
import { Store, WatchHub } from '../../dist/core/mvcc/index.js';
import { openLmdbBackend } from '../../dist/storage/backend/index.js';

const keys = Number(process.argv[2] ?? 100_000);
const revisions = Number(process.argv[3] ?? 10);
const value = new Uint8Array(256).fill(120);
const directory = mkdtempSync(join(tmpdir(), 'etcdmark-bench-mvcc-'));
const settle = () => new Promise((resolve) => setImmediate(resolve));

function report(what, figures) {
  console.log(JSON.stringify({ what, ...figures }));
}

function memory() {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const mib = (bytes) => Math.round(bytes / 1048576);
  return { rssMiB: mib(rss), heapMiB: mib(heapUsed), buffersMiB: mib(arrayBuffers) };
}

const keyOf = (i) => `/registry/pods/namespace-${i % 97}/pod-${String(i).padStart(9, '0')}`;
const put = (i) => ({
  put: { key: keyOf(i), value, lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false },
});
const rangeRequest = (fields) => ({
  key: '',
  rangeEnd: '',
  limit: 0,
  revision: 0,
  sortOrder: 0,
  sortTarget: 0,
  serializable: false,
  keysOnly: false,
  countOnly: false,
  minModRevision: 0,
  maxModRevision: 0,
  minCreateRevision: 0,
  maxCreateRevision: 0,
  ...fields,
});

/** CPU time of this thread: on a busy machine the clock on the wall says more about the neighbours. */
function threadCpuNs() {
  return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]);
}

/** CPU microseconds an operation. */
function timed(operations, body) {
  const startNs = threadCpuNs();
  for (let i = 0; i < operations; i++) body(i);
  return (threadCpuNs() - startNs) / 1000 / operations;
}

async function drained(backend) {
  while (backend.flushedIndex < backend.consistentIndex) await settle();
}

try {
  let backend = openLmdbBackend(directory);
  let store = new Store(backend);
  let index = 0;
  const startMs = performance.now();
  const cpuStart = process.cpuUsage();
  let mainCpuNs = 0;
  let slices = 0;
  let longestSliceMs = 0;
  for (let done = 0; done < keys * revisions;) {
    const sliceStart = performance.now();
    const cpuStartNs = threadCpuNs();
    const count = Math.min(2_000, keys * revisions - done);
    for (let i = 0; i < count; i++, done++) store.apply(put((done * 7919) % keys), ++index, 1, 0);
    if (backend.pendingOperations >= 10_000) store.commit();
    mainCpuNs += threadCpuNs() - cpuStartNs;
    longestSliceMs = Math.max(longestSliceMs, performance.now() - sliceStart);
    // The disk may be slower than the store: the log would hold requests back, here the backlog does.
    if (backend.consistentIndex - backend.flushedIndex > 100_000) await drained(backend);
    else if (++slices % 5 === 0) await settle();
  }
  store.commit();
  await drained(backend);
  const elapsedMs = performance.now() - startMs;
  const cpu = process.cpuUsage(cpuStart);
  report('put', {
    keys,
    revisions,
    mainThreadCpuUsPerPut: +(mainCpuNs / 1000 / (keys * revisions)).toFixed(2),
    putsPerSecondWithDisk: Math.round((keys * revisions) / (elapsedMs / 1000)),
    cpuUsPerPutAllThreads: +((cpu.user + cpu.system) / (keys * revisions)).toFixed(2),
    longestSliceMs: +longestSliceMs.toFixed(1),
  });
  globalThis.gc?.();
  report('memory after puts', memory());
  report('file', {
    sizeMiB: Math.round(backend.sizeBytes / 1048576),
    inUseMiB: Math.round(backend.sizeInUseBytes / 1048576),
  });

  await new Promise((resolve) => backend.close(resolve));
  const openMs = performance.now();
  backend = openLmdbBackend(directory);
  const rebuildMs = performance.now();
  const rebuildCpuNs = threadCpuNs();
  store = new Store(backend);
  report('start', {
    openMs: Math.round(rebuildMs - openMs),
    rebuildMs: Math.round(performance.now() - rebuildMs),
    rebuildCpuMs: Math.round((threadCpuNs() - rebuildCpuNs) / 1e6),
    revisions: keys * revisions,
  });
  globalThis.gc?.();
  report('memory after start', memory());

  for (let round = 0; round < 2; round++) {
    report('range 1', {
      us: +timed(20_000, (i) => store.range(rangeRequest({ key: keyOf((i * 31) % keys), limit: 1 }))).toFixed(2),
    });
    const prefix = { key: '/registry/pods/', rangeEnd: '/registry/pods0', limit: 10_000 };
    report('range 10,000', { ms: +(timed(10, () => store.range(rangeRequest(prefix))) / 1000).toFixed(2) });
    report('count', {
      us: +timed(1000, () => store.range(rangeRequest({ ...prefix, limit: 0, countOnly: true }))).toFixed(2),
    });
  }
  report('txn update', {
    us: +timed(20_000, (i) => {
      const key = keyOf((i * 31) % keys);
      const modRevision = i % 2 === 0 ? 1 : 0;
      const compare = [{ result: 0, target: 2, key, modRevision, rangeEnd: '' }];
      store.apply(
        { txn: { compare, success: [{ requestPut: put(i).put }], failure: [{ requestPut: put(i).put }] } },
        ++index,
        1,
        0,
      );
    }).toFixed(2),
  });
  store.commit();

  const hub = new WatchHub(store);
  let deliveries = 0;
  const sink = { send: () => undefined, offer: () => (deliveries++, true) };
  for (let i = 0; i < 10_000; i++) {
    hub.openStream(sink).create({
      key: '/registry/pods/',
      rangeEnd: '/registry/pods0',
      startRevision: 0,
      progressNotify: false,
      filters: [],
      prevKv: false,
      watchId: 0n,
      fragment: false,
    });
  }
  const notifyUs = timed(100, (i) => hub.notify(store.apply(put(i), ++index, 1, 0).events));
  report('notify 10,000 watchers', {
    msPerEvent: +(notifyUs / 1000).toFixed(2),
    deliveriesPerSecond: Math.round(10_000 / (notifyUs / 1e6)),
    deliveries,
  });

  store.apply({ compaction: { revision: store.currentRevision, physical: false } }, ++index, 1, 0);
  let steps = 0;
  let longestStepMs = 0;
  const compactStart = performance.now();
  while (store.compactor.isRunning) {
    const stepStart = performance.now();
    store.compactStep(1000);
    longestStepMs = Math.max(longestStepMs, performance.now() - stepStart);
    if (backend.pendingOperations >= 10_000) store.commit();
    if (++steps % 10 === 0) await settle();
    if (backend.consistentIndex - backend.flushedIndex > 0) await drained(backend);
  }
  store.commit();
  await drained(backend);
  report('compaction', {
    ms: Math.round(performance.now() - compactStart),
    steps,
    longestStepMs: +longestStepMs.toFixed(2),
  });
  const outcome = await new Promise((resolve) => backend.defragment(resolve));
  report('defragment', outcome);
  globalThis.gc?.();
  report('memory at the end', memory());
  await new Promise((resolve) => backend.close(resolve));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
