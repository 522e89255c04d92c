// Millions of operations through the driver, the ledger and the recorder against a server in memory that answers at once,
// on a clock of its own, so that an hour passes in seconds: run by load-cost.mjs with --expose-gc. Pods are created and
// deleted, and a fixed set of them is written to again and again. Prints what is held at each twentieth, from the second on.
import process from 'node:process';
import { setImmediate } from 'node:timers';
import { Driver } from '../../../dist/bench/worker/driver.js';
import { phaseEndsMs } from '../../../dist/bench/worker/load-task.js';
import { Recorder } from '../../../dist/bench/worker/recorder.js';
import { RevisionGuard } from '../../../dist/bench/worker/revision-guard.js';
import {
  composeProfile,
  keyspaceOf,
  modelOf,
  newLedger,
  parseProfile,
  planOperations,
} from '../../../dist/core/workload/index.js';

const HOUR_MS = 3_600_000;
const PARTS = 20;
const written = {
  schemaVersion: 1,
  name: 'hour',
  description: 'an hour of load',
  phases: [{ name: 'hour', kind: 'hold', duration: `${HOUR_MS}ms` }],
  objects: {
    pod: { resource: 'pods', size: '256B', count: 1_000, preload: 0 },
    job: { resource: 'jobs', size: '256B' },
  },
  sources: [
    { name: 'writes', model: 'update', object: 'pod', pick: 'uniform', arrivals: { kind: 'poisson', rate: '400/s' } },
    {
      name: 'jobs',
      model: 'pod',
      object: 'job',
      statusWrites: 1,
      events: 0,
      bindAfter: '50ms',
      statusEvery: '50ms',
      runFor: '100ms',
      arrivals: { kind: 'constant', rate: '100/s' },
    },
  ],
};
const profile = composeProfile(parseProfile(written, 'hour'), () => undefined);
const keyspace = keyspaceOf(profile, '/hour', 1);
const ledger = newLedger(keyspace.objects.map(({ kind }) => kind.count));
const plan = planOperations(profile, 1);
let seconds = 0;
const recorder = new Recorder(0, phaseEndsMs(profile), () => seconds++);

let nowMs = 0;
let dueMs = Infinity;
let tick = () => {};
const pacer = {
  onDue: (callback) => (tick = callback),
  wakeAt: (atMs) => (dueMs = atMs),
  loopDelay: () => new Uint32Array(0),
  close: () => {},
};
let revision = 1;
let requests = 0;
const answers = [];
const client = {
  call(_request, _connection, _nowMs, caller) {
    requests++;
    const reply = { revision: ++revision, succeeded: true, modRevision: 0, kvs: 0, count: 0, more: false, lastKey: '', leaseId: 0n, ttlS: 0 }; // prettier-ignore
    answers.push(() => caller.answered(undefined, reply));
  },
};

/** What is held once everything that can go is gone, buffers outside the heap included. */
function held() {
  // Buffers whose owners go with the first go with the second.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return { requests, seconds, bytes: heapUsed + external };
}

const driver = new Driver({
  clock: { nowMs: () => nowMs },
  client,
  pacer,
  recorder,
  ledger,
  guard: new RevisionGuard(),
  models: profile.sources.map((source) => modelOf(source, { keyspace, ledger, mayCompact: false })),
  sourceNames: profile.sources.map(({ name }) => name),
  nextOperation: () => plan.next(),
  closed: [],
  levelAt: () => 1,
  startMs: 0,
  durationMs: plan.durationMs,
  mostInFlight: Infinity,
});
let done = false;
void driver.run().then(() => (done = true));
const points = [];
let part = 2;
while (!done) {
  for (let turn = 0; turn < 10_000 && (dueMs !== Infinity || answers.length > 0); turn++) {
    if (dueMs !== Infinity) {
      nowMs = Math.max(nowMs, dueMs);
      dueMs = Infinity;
      tick();
    }
    nowMs += 0.2;
    for (const answer of answers.splice(0)) answer();
  }
  if (nowMs > (HOUR_MS * part) / PARTS) {
    points.push(held());
    part++;
  }
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify(points));
