// What the load generator costs and how much it can send, from the built files:
//   node test/bench/load-cost.mjs [rounds, 5] [saturation,paced,ceiling,recorder,memory]
//
// saturation   CPU a put of the whole generator (values, ledger, histograms) with 1,000 clients in a closed loop, against
//              that of the wire's own load loop (wire-load.mjs: one fixed message, nothing kept); null server and a real etcd
// paced        the same at 10,000 and 20,000 a second. What a wake-up costs is shared by what is sent in it, and so few are
//              sent in each that wake-ups are most of the cost: the fair baseline is the wire's loop at the same rate. It
//              sleeps whole milliseconds, the generator three quarters of one, so that it sends fewer in each
// ceiling      1,000 clients, closed loop, on a real etcd: this generator, this generator on grpc-js, and (to compare
//              with, not judged) a bare grpc-js loop that does nothing else, and h2load, which is C and sends one and the
//              same Put for ever: what etcd itself can answer beside a client that costs next to nothing
// recorder     what recording one sample costs
// memory       the heap after a collection, over millions of writes that are recorded, kept in the ledger and deleted again
//
// Slices of each kind are taken in turn against one server; ratios are geometric means with 95 % intervals.
import { Buffer } from 'node:buffer';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { Recorder } from '../../dist/bench/worker/recorder.js';
import { startTarget } from '../../dist/cluster/index.js';
import { comparePaired } from '../../dist/core/stats/index.js';
import { seededRandom } from '../../dist/base/random.js';
import { codecs } from '../../dist/wire/messages/index.js';
import {
  CALLERS,
  clock,
  CONNECTIONS,
  drive,
  median,
  nullServer,
  puts,
  warmGenerator,
  wireLoad,
} from './support/load.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);
const CPU_BUDGET = 1.5;
const RECORDER_BUDGET_NS = 100;
const CEILING_BUDGET = 4;

const dataRoot = mkdtempSync(join(tmpdir(), 'etcdmark-bench-load-'));
process.on('exit', () => rmSync(dataRoot, { recursive: true, force: true }));
const row = (name, text) => console.log(`${name.padEnd(44)} ${text}`);
const us = (value) => `${value.toFixed(2)} us`;
let failures = 0;

function judged(isRight) {
  if (!isRight) failures++;
  return isRight ? '' : '  OVER THE BUDGET';
}

function compare(candidates, baselines, better) {
  const pairs = candidates.map((candidate, i) => ({ candidate, baseline: baselines[i] }));
  const { ratio, interval } = comparePaired(pairs, { random: seededRandom(1), better, minimumEffect: 0.05 });
  return { ratio, text: `${ratio.toFixed(2)} (${interval.map((bound) => bound.toFixed(2)).join('-')})` };
}

async function benchSaturation() {
  const server = await nullServer();
  await saturate('null server', server.endpoint, 100_000);
  server.stop();
  const target = await startEtcd();
  try {
    await saturate(`etcd ${target.version}`, target.endpoints[0], 20_000);
  } finally {
    await target.stop();
  }
}

async function saturate(title, endpoint, count) {
  const wire = await wireLoad('lean', endpoint);
  const generator = await warmGenerator(endpoint);
  const closed = { kind: 'closed', clients: CALLERS };
  const slices = { wire: [], again: [], fresh: [] };
  for (let round = -2; round < ROUNDS; round++) {
    const { cpuUs } = await wire.run(count);
    const again = await generator.run(puts(closed, 2, { pick: 'uniform' }));
    const fresh = await generator.run(puts(closed, 2));
    // The first rounds warm up.
    if (round < 0) continue;
    slices.wire.push(cpuUs / count);
    slices.again.push(again.cpuUsPerOp);
    slices.fresh.push(fresh.cpuUsPerOp);
  }
  row(`${title}, ${CALLERS} clients: wire`, `${us(median(slices.wire))} CPU a put`);
  for (const [name, what] of Object.entries({ again: '1,000 keys', fresh: 'new keys' })) {
    const { ratio, text } = compare(slices[name], slices.wire, 'lower');
    row(
      `${title}: generator, ${what}`,
      `${us(median(slices[name]))} CPU a put, ${text} x wire (budget ${CPU_BUDGET})${judged(ratio <= CPU_BUDGET)}`,
    );
  }
  generator.stop();
  wire.stop();
}

function startEtcd() {
  return startTarget({ kind: 'etcd', binary: 'etcd', members: 1, dataRoot }, { clock });
}

async function benchPaced() {
  const server = await nullServer();
  const wire = await wireLoad('lean', server.endpoint);
  const generator = await warmGenerator(server.endpoint);
  for (const rate of [10_000, 20_000]) {
    const slices = { wire: [], ours: [] };
    let lag;
    for (let round = -1; round < ROUNDS; round++) {
      const { cpuUs } = await wire.run(2 * rate, rate);
      const run = await generator.run(puts({ kind: 'constant', rate: `${rate}/s` }, 2, { pick: 'uniform' }));
      if (round < 0) continue;
      slices.wire.push(cpuUs / (2 * rate));
      slices.ours.push(run.cpuUsPerOp);
      ({ lag } = run);
    }
    const { ratio, text } = compare(slices.ours, slices.wire, 'lower');
    row(
      `${rate.toLocaleString('en')}/s`,
      `generator ${us(median(slices.ours))}, wire ${us(median(slices.wire))} CPU a put, ${text} x wire (budget ${CPU_BUDGET})` +
        `${judged(ratio <= CPU_BUDGET)}; sent late p99 ${lag.p99.toFixed(2)} ms`,
    );
  }
  generator.stop();
  wire.stop();
  server.stop();
}

async function benchCeiling() {
  const target = await startEtcd();
  try {
    const [endpoint] = target.endpoints;
    const bare = await wireLoad('grpc-js', endpoint);
    const rates = { lean: [], 'grpc-js': [], bare: [], h2load: [] };
    let seed = 0;
    const run = async (client) => {
      const closed = { kind: 'closed', clients: CALLERS };
      const { completed, errors } = await drive(puts(closed, 3, { warmup: '1s' }), endpoint, { client, seed: ++seed });
      if (errors > 0) throw new Error(`${client}: ${errors} errors`);
      return completed / 3;
    };
    for (let round = -1; round < ROUNDS; round++) {
      const lean = await run('lean');
      const grpcJs = await run('grpc-js');
      const { seconds } = await bare.run(10_000);
      const h2load = await h2loadRate(endpoint, 3);
      if (round < 0) continue;
      if (h2load !== undefined) rates.h2load.push(h2load);
      rates.lean.push(lean);
      rates['grpc-js'].push(grpcJs);
      rates.bare.push(10_000 / seconds);
    }
    bare.stop();
    row(`etcd ${target.version}, ${CALLERS} clients: generator`, `${Math.round(median(rates.lean))} puts/s`);
    const onGrpcJs = compare(rates.lean, rates['grpc-js'], 'higher');
    row(
      'etcd: generator on grpc-js',
      `${Math.round(median(rates['grpc-js']))} puts/s; generator ${onGrpcJs.text} x (wanted ${CEILING_BUDGET})` +
        judged(onGrpcJs.ratio >= CEILING_BUDGET),
    );
    const bareLoop = compare(rates.lean, rates.bare, 'higher');
    row('etcd: bare grpc-js loop', `${Math.round(median(rates.bare))} puts/s; generator ${bareLoop.text} x`);
    if (rates.h2load.length === ROUNDS) {
      const { text } = compare(rates.h2load, rates['grpc-js'], 'higher');
      row('etcd: h2load', `${Math.round(median(rates.h2load))} puts/s, ${text} x the generator on grpc-js`);
    }
  } finally {
    await target.stop();
  }
}

/** Puts a second that h2load gets answered; undefined where it is not installed. */
async function h2loadRate(endpoint, seconds) {
  if (spawnSync('h2load', ['--version']).error !== undefined) return undefined;
  const message = codecs.PutRequest.encode({ key: '/h2load', value: new Uint8Array(256).fill(0x61) });
  const body = Buffer.alloc(5 + message.length);
  body.writeUInt32BE(message.length, 1);
  body.set(message, 5);
  const file = join(dataRoot, 'put');
  writeFileSync(file, body);
  const flags = ['-D', seconds, '--warm-up-time=1', '-t1', '-c', CONNECTIONS, '-m', CALLERS / CONNECTIONS, '-d', file];
  const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  const url = `http://${endpoint}/etcdserverpb.KV/Put`;
  const { stdout } = await promisify(execFile)('h2load', [...flags.map(String), ...headers, url]);
  const [, rate] = /finished in [^,]+, ([\d.]+) req\/s/.exec(stdout);
  if (!/ 0 failed, 0 errored/.test(stdout)) throw new Error(`h2load: ${stdout}`);
  return Number(rate);
}

function benchRecorder() {
  const samples = 3_000_000;
  const names = ['create pods', 'update pods', 'delete pods', 'create events', 'get leases', 'update leases'];
  const random = seededRandom(1);
  const latencies = Float64Array.from({ length: 4_096 }, () => Math.exp(4 * random.float()) / 10);
  const costs = [];
  for (let round = 0; round < 5; round++) {
    const recorder = new Recorder(0, [1_000, 31_000], () => undefined);
    const before = process.cpuUsage();
    for (let i = 0; i < samples; i++) {
      const intendedMs = i / 100;
      const latencyMs = latencies[i & 4_095];
      recorder.sent(intendedMs, intendedMs + 0.05);
      recorder.completed(names[i % names.length], intendedMs, intendedMs + 0.05, intendedMs + latencyMs, false);
    }
    const { user, system } = process.cpuUsage(before);
    costs.push(((user + system) / samples) * 1e3);
  }
  const cost = median(costs);
  row('recorder', `${cost.toFixed(0)} ns a sample (budget ${RECORDER_BUDGET_NS})${judged(cost < RECORDER_BUDGET_NS)}`);
}

/** In a process of its own, with a collector that can be called. */
async function benchMemory() {
  const script = join(import.meta.dirname, 'support/load-memory.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script]);
  const points = JSON.parse(stdout);
  const first = points[0];
  const last = points.at(-1);
  const growth = slopeOf(points.map(({ requests, bytes }) => [requests, bytes]));
  row(
    'memory after a collection',
    `${(first.bytes / 2 ** 20).toFixed(2)} MiB after ${first.requests.toLocaleString('en')} requests, ` +
      `${(last.bytes / 2 ** 20).toFixed(2)} MiB after ${last.requests.toLocaleString('en')}: ` +
      `${growth.toFixed(3)} bytes a request${judged(growth < 0.1)}`,
  );
}

/** Of the line of least squares. */
function slopeOf(points) {
  const mean = (at) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

const benches = {
  recorder: benchRecorder,
  memory: benchMemory,
  saturation: benchSaturation,
  paced: benchPaced,
  ceiling: benchCeiling,
};
for (const name of process.argv[3]?.split(',') ?? Object.keys(benches)) await benches[name]();
process.exitCode = failures === 0 ? 0 : 1;
