// One load generator in a process of its own, so that its CPU is its own: forked by server.mjs for each server, which all
// drive theirs with the same lean client. It is told what to do by messages; `jobs` says what there is.
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers';
import { CompareTarget, METHODS } from '../../dist/core/api/index.js';
import { realClock } from '../../dist/platform/clock.js';
import { ClientPool, PreparedMethod, tcpNetwork, whenReady } from '../../dist/wire/index.js';
import { codecs } from '../../dist/wire/messages/index.js';

const { host, port } = JSON.parse(process.argv[2]);
const CONNECTIONS = 10;
const STREAMS_PER_CONNECTION = 10;
const UNAVAILABLE = 14;
const RETRY_MS = 25;
const VALUE = Buffer.alloc(256, 'v');

const pool = new ClientPool({
  endpoints: [{ host, port }],
  connections: CONNECTIONS,
  clock: realClock(),
  network: tcpNetwork(),
});
const methods = Object.fromEntries(Object.entries(METHODS).map(([name, { path }]) => [name, new PreparedMethod(path)]));

const numbered = (prefix, number) => prefix + String(number).padStart(8, '0');
const random = (below) => Math.floor(Math.random() * below);

let lastNew = 0;
let lastInTurn = 0;
let keysInTurn = 1;
let lastFilled = 0;
const leases = [];
/** The last mod_revision of the keys that `txnUpdate` works on, one a caller. */
const revisions = new Map();

const put = (key) => ({ method: 'put', request: codecs.PutRequest.encode({ key, value: VALUE }) });
const range = (request) => ({ method: 'range', request: codecs.RangeRequest.encode(request) });

/** Each makes a request: its method and bytes, and what to do with the answer. */
const operations = {
  put: () => put(numbered('k', random(100_000))),
  putNew: () => put(numbered('n', lastNew++)),
  /** One key after the other, and then from the first again. */
  putInTurn: () => put(numbered('t', lastInTurn++ % keysInTurn)),
  /** The keys that ranges read. */
  fill: () => put(numbered('f', lastFilled++)),
  rangeOne: () => range({ key: numbered('f', random(lastFilled)) }),
  rangeOneSerializable: () => range({ key: numbered('f', random(lastFilled)), serializable: true }),
  rangeMany: () => range({ key: 'f', rangeEnd: 'g', limit: 10_000 }),
  leaseGrant: () => ({
    method: 'leaseGrant',
    request: codecs.LeaseGrantRequest.encode({ ttl: 3600 }),
    answered: (bytes) => leases.push(codecs.LeaseGrantResponse.decode(bytes).id),
  }),
  /** As kube-apiserver creates an object. */
  txnCreate: () => {
    const key = numbered('c', lastNew++);
    return txn({ key, target: CompareTarget.MOD, modRevision: 0 });
  },
  /** As kube-apiserver updates one. */
  txnUpdate: (caller) => {
    const key = numbered('u', caller);
    const answered = (bytes) => {
      const { succeeded, header, responses } = codecs.TxnResponse.decode(bytes);
      revisions.set(key, succeeded ? header.revision : responses[0].responseRange.kvs[0].modRevision);
    };
    return { ...txn({ key, target: CompareTarget.MOD, modRevision: revisions.get(key) ?? 0 }), answered };
  },
};

function txn(compare) {
  const { key } = compare;
  return {
    method: 'txn',
    request: codecs.TxnRequest.encode({
      compare: [compare],
      success: [{ requestPut: { key, value: VALUE } }],
      failure: [{ requestRange: { key } }],
    }),
  };
}

function call(operation, caller, done) {
  const { method, request, answered } = operations[operation](caller);
  pool.unary(methods[method], request, { connection: caller % CONNECTIONS }, (error, bytes) => {
    // As etcd's own client does: what is unavailable may be back in a moment. The wait counts.
    if (error?.code === UNAVAILABLE) setTimeout(() => call(operation, caller, done), RETRY_MS);
    else if (error !== undefined) throw error;
    else {
      answered?.(bytes);
      done();
    }
  });
}

function summary(latenciesMs, seconds) {
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (quantile) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))];
  return { seconds, count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: sorted.at(-1) };
}

/** `next(caller, done)` by so many callers, each again when it is done, until `count` are. */
function closedLoop(callers, count, next) {
  return new Promise((resolve) => {
    const latenciesMs = [];
    let begun = 0;
    const originMs = performance.now();
    const again = (caller) => {
      if (begun >= count) return;
      begun++;
      const startMs = performance.now();
      next(caller, () => {
        latenciesMs.push(performance.now() - startMs);
        if (latenciesMs.length === count) resolve(summary(latenciesMs, (performance.now() - originMs) / 1000));
        else again(caller);
      });
    };
    for (let caller = 0; caller < callers; caller++) again(caller);
  });
}

/** Calls at fixed instants, late or not; a late one's latency has its lateness in it. Ends when `isOver` says so. */
function openLoop(rate, operation, isOver) {
  return new Promise((resolve) => {
    const latenciesMs = [];
    const originMs = performance.now();
    let sent = 0;
    const tick = () => {
      const elapsedS = (performance.now() - originMs) / 1000;
      const over = isOver(sent);
      while (!over && sent < elapsedS * rate && !isOver(sent)) {
        const dueMs = originMs + (sent / rate) * 1000;
        call(operation, sent++, () => latenciesMs.push(performance.now() - dueMs));
      }
      if (isOver(sent) && latenciesMs.length === sent) resolve(summary(latenciesMs, elapsedS));
      else setTimeout(tick, 1);
    };
    tick();
  });
}

/** Watchers of one key over a hundred streams; `onEvent` is called for every event any of them gets. */
function openWatchers(count, onEvent) {
  const streams = CONNECTIONS * STREAMS_PER_CONNECTION;
  return new Promise((resolve) => {
    let created = 0;
    const opened = Array.from({ length: streams }, (_, i) => {
      const stream = pool.stream(
        methods.watch,
        {
          onMessage: () => {
            // The answers to the creations come first; from then on each message is one event for one watcher.
            if (created < count) {
              if (++created === count) resolve(() => opened.forEach((one) => one.cancel()));
            } else onEvent();
          },
          onEnd: () => undefined,
        },
        { connection: i % CONNECTIONS },
      );
      const createRequest = codecs.WatchRequest.encode({ createRequest: { key: 'watched' } });
      for (let watcher = i; watcher < count; watcher += streams) stream.send(createRequest);
      return stream;
    });
  });
}

let pace;
const jobs = {
  closed: ({ operation, callers, count, keys }) => {
    keysInTurn = keys ?? keysInTurn;
    return closedLoop(callers, count, (caller, done) => call(operation, caller, done));
  },
  open: ({ operation, rate, count }) => openLoop(rate, operation, (sent) => sent >= count),

  /** Load that goes on until `stopPace`, which tells how it was served. */
  startPace: ({ operation, rate }) => {
    let isOver = false;
    pace = { summary: openLoop(rate, operation, () => isOver), stop: () => (isOver = true) };
    return Promise.resolve({});
  },
  stopPace: () => {
    pace.stop();
    return pace.summary;
  },

  /** One writer, who writes again when every watcher has heard; latency is from the write to each delivery. */
  watch: async ({ watchers, puts }) => {
    const latenciesMs = [];
    let startMs;
    let heard;
    const close = await openWatchers(watchers, () => {
      latenciesMs.push(performance.now() - startMs);
      if (latenciesMs.length % watchers === 0) heard();
    });
    const originMs = performance.now();
    for (let i = 0; i < puts; i++) {
      await new Promise((resolve) => {
        heard = resolve;
        startMs = performance.now();
        pool.unary(methods.put, put('watched').request, undefined, (error) => {
          if (error !== undefined) throw error;
        });
      });
    }
    const seconds = (performance.now() - originMs) / 1000;
    close();
    return summary(latenciesMs, seconds);
  },

  /** Each stream renews a lease, and the next when it is answered. */
  keepAlive: async ({ callers, count }) => {
    const answers = [];
    const streams = Array.from({ length: callers }, (_, i) =>
      pool.stream(
        methods.leaseKeepAlive,
        { onMessage: () => answers[i](), onEnd: () => undefined },
        { connection: i % CONNECTIONS },
      ),
    );
    const result = await closedLoop(callers, count, (caller, done) => {
      answers[caller] = done;
      streams[caller].send(codecs.LeaseKeepAliveRequest.encode({ id: leases[random(leases.length)] }));
    });
    for (const stream of streams) stream.cancel();
    return result;
  },
};

process.on('message', async ({ job, ...options }) => process.send(await jobs[job](options)));
process.on('disconnect', () => process.exit(0));
await whenReady(pool);
process.send({ ready: true });
