// One load generator in a process of its own, so that its CPU is its own: forked by wire.mjs, told what to do by messages.
//
// kind         lean (src/wire), grpc-js, or floor: frames written on a socket with no protocol behind them, the least that
//              a program in this language can do for a put
// { count }    so many puts in a closed loop; answers { seconds, cpuUs, p99Ms }
// { count, ratePerSecond }   the same at fixed instants; latency counts from the instant, not from the sending
// { heap }     bytes allocated per put, over a young generation large enough that nothing is collected meanwhile
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { performance, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers';
import { connect as connectTls } from 'node:tls';
import { Buffer } from 'node:buffer';
import * as grpc from '@grpc/grpc-js';
import { realClock } from '../../dist/platform/clock.js';
import { ClientPool, PreparedMethod, tcpNetwork, tlsNetwork, whenReady } from '../../dist/wire/index.js';

const { kind, port, connections, callers, tls } = JSON.parse(process.argv[2]);
const PATH = '/etcdserverpb.KV/Put';
const VALUE_BYTES = 256;
const MESSAGE_BYTES = 2 + 8 + 3 + VALUE_BYTES;

/** PutRequest with a key of eight bytes that counts up. */
function writePut(into, offset, key) {
  into[offset] = 0x0a;
  into[offset + 1] = 8;
  into.writeUInt32BE(0, offset + 2);
  into.writeUInt32BE(key, offset + 6);
  into[offset + 10] = 0x12;
  into[offset + 11] = 0x80;
  into[offset + 12] = 2;
  into.fill(0x61, offset + 13, offset + MESSAGE_BYTES);
  return offset + MESSAGE_BYTES;
}

let key = 0;

/** Each maker returns put(done), which sends one put and calls `done` when it is answered with Ok. */
const makers = {
  async lean() {
    const pool = new ClientPool({
      endpoints: [{ host: '127.0.0.1', port }],
      connections,
      clock: realClock(),
      network: tls === undefined ? tcpNetwork() : tlsNetwork({ ...tls, trustedCaFile: tls.caFile }),
      secure: tls !== undefined,
    });
    await whenReady(pool);
    const method = new PreparedMethod(PATH);
    const message = { size: MESSAGE_BYTES, write: (into, offset) => writePut(into, offset, key++) };
    return (done) => void pool.unary(method, message, undefined, done);
  },

  async 'grpc-js'() {
    const credentials =
      tls === undefined
        ? grpc.credentials.createInsecure()
        : grpc.credentials.createSsl(readFileSync(tls.caFile), readFileSync(tls.keyFile), readFileSync(tls.certFile));
    const clients = Array.from(
      { length: connections },
      () => new grpc.Client(`127.0.0.1:${port}`, credentials, { 'grpc.use_local_subchannel_pool': 1 }),
    );
    const deadline = Date.now() + 10_000;
    await Promise.all(
      clients.map(
        (client) =>
          new Promise((resolve, reject) =>
            client.waitForReady(deadline, (error) => (error ? reject(error) : resolve())),
          ),
      ),
    );
    const same = (bytes) => bytes;
    let turn = 0;
    return (done) => {
      const message = Buffer.allocUnsafe(MESSAGE_BYTES);
      writePut(message, 0, key++);
      clients[turn++ % connections].makeUnaryRequest(PATH, same, same, message, done);
    };
  },

  async floor() {
    const peers = Array.from({ length: connections }, () => new FloorConnection(port));
    await Promise.all(peers.map((peer) => peer.ready));
    let turn = 0;
    return (done) => peers[turn++ % connections].put(done);
  },
};

/** What is left of HTTP/2 when everything is assumed to go well. */
class FloorConnection {
  constructor(port) {
    this.calls = new Map();
    this.nextId = 1;
    this.rest = undefined;
    this.unacknowledged = 0;
    this.block = Buffer.allocUnsafe(1 << 20);
    this.start = 0;
    this.end = 0;
    this.scheduled = false;
    this.socket = tls === undefined ? connect({ port, host: '127.0.0.1' }) : secureConnect(port);
    this.socket.setNoDelay(true);
    const literal = (name, value) => [0, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)];
    this.headers = Buffer.from([
      0x83,
      0x86,
      ...literal(':path', PATH),
      ...literal(':authority', 'localhost'),
      ...literal('te', 'trailers'),
      ...literal('content-type', 'application/grpc'),
    ]);
    const hello = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    const settings = Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff]);
    this.socket.write(Buffer.concat([hello, settings, windowUpdate(0x3fff0000)]));
    this.ready = new Promise((resolve) => this.socket.once('data', resolve));
    this.socket.on('data', (chunk) => this.take(chunk));
  }

  put(done) {
    const { headers } = this;
    const bytes = 9 + headers.length + 14 + MESSAGE_BYTES;
    if (this.block.length - this.end < bytes) {
      this.flush();
      this.block = Buffer.allocUnsafe(1 << 20);
      this.start = 0;
      this.end = 0;
    }
    const { block, nextId: id } = this;
    this.nextId += 2;
    this.calls.set(id, done);
    let offset = frameHeader(block, this.end, headers.length, 1, 4, id);
    offset += headers.copy(block, offset);
    offset = frameHeader(block, offset, 5 + MESSAGE_BYTES, 0, 1, id);
    block[offset] = 0;
    block.writeUInt32BE(MESSAGE_BYTES, offset + 1);
    this.end = writePut(block, offset + 5, key++);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  flush() {
    this.scheduled = false;
    if (this.end > this.start) this.socket.write(this.block.subarray(this.start, this.end));
    this.start = this.end;
  }

  take(chunk) {
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    let offset = 0;
    while (bytes.length - offset >= 9) {
      const length = bytes.readUIntBE(offset, 3);
      const end = offset + 9 + length;
      if (end > bytes.length) break;
      const type = bytes[offset + 3];
      const flags = bytes[offset + 4];
      if (type === 0) this.unacknowledged += length;
      else if (type === 1 && (flags & 1) !== 0) this.finish(bytes.readUInt32BE(offset + 5));
      else if (type === 4 && flags === 0) this.socket.write(Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]));
      else if (type === 6 && flags === 0) {
        const answer = Buffer.from(bytes.subarray(offset, end));
        answer[4] = 1;
        this.socket.write(answer);
      }
      offset = end;
    }
    this.rest = offset < bytes.length ? bytes.subarray(offset) : undefined;
    if (this.unacknowledged < 1 << 20) return;
    this.socket.write(windowUpdate(this.unacknowledged));
    this.unacknowledged = 0;
  }

  finish(id) {
    const done = this.calls.get(id);
    this.calls.delete(id);
    done();
  }
}

function secureConnect(port) {
  const files = { ca: readFileSync(tls.caFile), key: readFileSync(tls.keyFile), cert: readFileSync(tls.certFile) };
  return connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], ...files });
}

function windowUpdate(bytes) {
  const frame = Buffer.alloc(13);
  frameHeader(frame, 0, 4, 8, 0, 0);
  frame.writeUInt32BE(bytes, 9);
  return frame;
}

function frameHeader(into, offset, bytes, type, flags, id) {
  into.writeUIntBE(bytes, offset, 3);
  into[offset + 3] = type;
  into[offset + 4] = flags;
  into.writeUInt32BE(id, offset + 5);
  return offset + 9;
}

const put = await makers[kind]();

function fail(error) {
  process.send({ error: String(error) });
  process.exit(1);
}

/** As many callers as asked for, each putting again when it is answered. */
function closedLoop(count) {
  const latenciesMs = new Float64Array(count);
  return new Promise((resolve) => {
    let sent = 0;
    let answered = 0;
    const next = () => {
      if (sent >= count) return;
      sent++;
      const startMs = performance.now();
      put((error) => {
        if (error) fail(error);
        latenciesMs[answered++] = performance.now() - startMs;
        if (answered === count) resolve(latenciesMs);
        else next();
      });
    };
    for (let i = 0; i < callers; i++) next();
  });
}

/** Puts at fixed instants, late or not; a late one's latency has its lateness in it. */
function openLoop(count, ratePerSecond) {
  const latenciesMs = new Float64Array(count);
  return new Promise((resolve) => {
    const originMs = performance.now();
    let sent = 0;
    let answered = 0;
    const tick = () => {
      const dueCount = Math.min(count, Math.floor(((performance.now() - originMs) / 1000) * ratePerSecond));
      while (sent < dueCount) {
        const dueMs = originMs + (sent++ / ratePerSecond) * 1000;
        put((error) => {
          if (error) fail(error);
          latenciesMs[answered++] = performance.now() - dueMs;
          if (answered === count) resolve(latenciesMs);
        });
      }
      if (sent < count) setTimeout(tick, 1);
    };
    tick();
  });
}

async function measureHeap(count) {
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ['gc'] });
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 50));
  collections = 0;
  const before = process.memoryUsage().heapUsed;
  await closedLoop(count);
  const after = process.memoryUsage().heapUsed;
  await new Promise((resolve) => setTimeout(resolve, 50));
  observer.disconnect();
  return { bytesPerPut: (after - before) / count, collections };
}

process.on('message', async ({ count, ratePerSecond, heap }) => {
  if (heap) {
    process.send(await measureHeap(count));
    return;
  }
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const latenciesMs = ratePerSecond === undefined ? await closedLoop(count) : await openLoop(count, ratePerSecond);
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latenciesMs.sort();
  process.send({ seconds, cpuUs: user + system, p99Ms: latenciesMs[Math.floor(count * 0.99)] });
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
