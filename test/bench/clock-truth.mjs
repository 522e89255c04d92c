// Whether the load generator tells the truth about time, and what it costs, from the built files:
//   node test/bench/clock-truth.mjs [rounds, 3] [recorder,schedule,processor,stall]
//
// stall        a server is stopped (SIGSTOP) for a second of ten. With arrivals at a constant rate a request that should go
//              out u after the stop waits for the rest of it, and then behind those before it: S - u (1 - rate / ceiling).
//              One request in a hundred waits longer than the one with u = T / 100. Told by the response time of an open
//              loop and of a closed loop with a rate limit, whose service time (from the send) knows nothing of it.
// schedule     how late sends are against their instants at 10,000 a second
// recorder     what recording one sample costs
// processor    CPU of the generator for a put, against the wire's own load loop (wire-load.mjs); interleaved
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { Generator } from '../../dist/bench/generator.js';
import { latencyOfCounts } from '../../dist/bench/histograms.js';
import { Recorder } from '../../dist/bench/worker/recorder.js';
import { startTarget } from '../../dist/cluster/index.js';
import { comparePaired } from '../../dist/core/stats/index.js';
import { composeProfile, parseProfile } from '../../dist/core/workload/index.js';
import { seededRandom } from '../../dist/base/random.js';
import { realClock } from '../../dist/platform/clock.js';

const ROUNDS = Number(process.argv[2] ?? 3);
const RUN_S = 10;
const STALL_MS = 1_000;
const STALL_FROM_MS = 4_000;
const TOLERANCE = 0.05;
const CALLERS = 1_000;
const CONNECTIONS = 10;
const PUTS = 200_000;

const clock = realClock();
const dataRoot = mkdtempSync(join(tmpdir(), 'etcdmark-bench-clock-'));
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dataRoot, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const sleepUntil = (dueMs) => new Promise((resolve) => clock.after(Math.max(0, dueMs - clock.nowMs()), resolve));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const ms = (value) => `${value.toFixed(value < 10 ? 3 : 0)} ms`;
const row = (name, text) => console.log(`${name.padEnd(44)} ${text}`);
let failures = 0;

function puts(arrivals, seconds = RUN_S) {
  const written = {
    schemaVersion: 1,
    name: 'puts',
    description: 'Puts of 256 bytes',
    phases: [{ name: 'puts', kind: 'hold', duration: `${seconds}s` }],
    objects: { key: { resource: 'keys', size: '256B', entropy: 1 } },
    sources: [{ name: 'puts', model: 'mixed', object: 'key', reads: 0, pick: 'sequential', arrivals }],
  };
  return composeProfile(parseProfile(written, 'puts'), () => undefined);
}

async function helper(file, args, first = 'message') {
  const child = fork(join(import.meta.dirname, file), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const [hello] = await once(child, first);
  return { child, hello };
}

const nullServer = () => helper('../../dist/bench/worker/null-server-process.js', []);

/** One generator on `endpoint`; `during` is told the instant zero. */
async function drive(profile, endpoint, during) {
  const load = new Generator(() => undefined);
  const connect = { client: 'lean', endpoints: [endpoint], connections: CONNECTIONS, timeoutMs: 10_000 };
  try {
    await load.prepare({
      kind: 'load',
      connect,
      profile,
      seed: 1,
      prefix: '/clock',
      shard: 0,
      shards: 1,
      mayCompact: false,
      mostInFlight: Infinity,
    });
    const startMs = clock.nowMs() + 200;
    const [, told] = await Promise.all([load.run(startMs), during?.(startMs)]);
    const report = await load.report();
    return {
      told,
      response: latencyOfCounts(report.classes.map((each) => each.response)),
      service: latencyOfCounts(report.classes.map((each) => each.service)),
      lag: latencyOfCounts(report.scheduleLag),
      loopDelay: latencyOfCounts([report.loopDelay]),
      errors: report.classes.reduce((sum, each) => sum + each.errors, 0),
      requests: report.requests,
      cpuUsPerOp: report.cpuUs / report.requests,
    };
  } finally {
    await load.quit();
  }
}

/** Stops a process for a second; how long it was. */
async function stall(pid, startMs) {
  await sleepUntil(startMs + STALL_FROM_MS);
  process.kill(pid, 'SIGSTOP');
  const stoppedMs = clock.nowMs();
  await sleepUntil(stoppedMs + STALL_MS);
  process.kill(pid, 'SIGCONT');
  return clock.nowMs() - stoppedMs;
}

async function stalls(name, ratePerS, ceilingPerS, arrivals, pid, endpoint, serviceStaysLow) {
  const ratios = [];
  let last;
  for (let round = 0; round < ROUNDS; round++) {
    last = await drive(puts(arrivals), endpoint, (startMs) => stall(pid, startMs));
    const theoryMs = last.told - ((RUN_S * 1_000) / 100) * (1 - ratePerS / ceilingPerS);
    ratios.push(last.response.p99 / theoryMs);
    last.theoryMs = theoryMs;
  }
  const ratio = median(ratios);
  const right = Math.abs(ratio - 1) <= TOLERANCE && (!serviceStaysLow || last.service.p99 < STALL_MS / 10);
  if (!right) failures++;
  row(
    name,
    `response p99 ${ms(last.response.p99)}, theory ${ms(last.theoryMs)}, ratios ${ratios.map((each) => each.toFixed(3)).join(' ')}; ` +
      `p50 ${ms(last.response.p50)}; service p99 ${ms(last.service.p99)}${right ? '' : '  WRONG'}`,
  );
}

async function benchStalls() {
  const server = await nullServer();
  const endpoint = `127.0.0.1:${server.hello}`;
  const flatOut = await drive(puts({ kind: 'closed', clients: CALLERS }, 2), endpoint);
  const ceilingPerS = flatOut.requests / 2;
  row('ceiling at the null server', `${Math.round(ceilingPerS).toLocaleString('en')} puts/s`);
  const open = { kind: 'constant', rate: '1000/s' };
  const limited = { kind: 'closed', clients: 20, rate: '1000/s' };
  await stalls('open loop, 1,000/s, null server', 1_000, ceilingPerS, open, server.child.pid, endpoint, false);
  // Twenty clients wait for each other's turns: their ceiling is twenty requests a round trip.
  await stalls('20 clients, 1,000/s, null server', 1_000, ceilingPerS, limited, server.child.pid, endpoint, true);
  server.child.kill('SIGKILL');

  const target = await startTarget({ kind: 'bundled', members: 1, dataRoot }, { clock });
  try {
    const reached = await drive(puts({ kind: 'closed', clients: 100 }, 2), target.endpoints[0]);
    const arrivals = { kind: 'constant', rate: '500/s' };
    const { pid } = target.members[0];
    await stalls('open loop, 500/s, bundled', 500, reached.requests / 2, arrivals, pid, target.endpoints[0], false);
  } finally {
    await target.stop();
  }
}

async function benchSchedule() {
  const server = await nullServer();
  for (const kind of ['constant', 'poisson']) {
    for (let round = 0; round < ROUNDS; round++) {
      const { lag, response, loopDelay, cpuUsPerOp, requests } = await drive(
        puts({ kind, rate: '10000/s' }, 5),
        `127.0.0.1:${server.hello}`,
      );
      row(
        `schedule, ${kind}, 10,000/s`,
        `late p50 ${ms(lag.p50)} p99 ${ms(lag.p99)} p99.9 ${ms(lag.p999)} max ${ms(lag.max)}; response p99 ${ms(response.p99)}; ` +
          `loop delay p99 ${ms(loopDelay.p99)}; ${cpuUsPerOp.toFixed(1)} us CPU a put of ${requests}`,
      );
    }
  }
  server.child.kill('SIGKILL');
}

function benchRecorder() {
  const samples = 3_000_000;
  const names = ['create pods', 'update pods', 'delete pods', 'create events', 'get leases', 'update leases'];
  const random = seededRandom(1);
  const latencies = Float64Array.from({ length: 4_096 }, () => Math.exp(4 * random.float()) / 10);
  const costs = [];
  for (let round = 0; round < 5; round++) {
    const recorder = new Recorder(0, [1_000, 31_000], () => undefined);
    const startedMs = performance.now();
    for (let i = 0; i < samples; i++) {
      const intendedMs = i / 100;
      const latencyMs = latencies[i & 4_095];
      recorder.sent(intendedMs, intendedMs + 0.05);
      recorder.completed(names[i % names.length], intendedMs, intendedMs + 0.05, intendedMs + latencyMs, false);
    }
    costs.push(((performance.now() - startedMs) / samples) * 1e6);
  }
  const cost = median(costs);
  if (cost >= 100) failures++;
  row('recorder', `${cost.toFixed(0)} ns a sample (budget 100)${cost < 100 ? '' : '  TOO MUCH'}`);
}

async function benchProcessor() {
  const server = await nullServer();
  const options = { kind: 'lean', port: server.hello, connections: CONNECTIONS, callers: CALLERS };
  const wire = await helper('wire-load.mjs', [JSON.stringify(options)]);
  const perPut = async (count) => {
    wire.child.send({ count });
    const [{ cpuUs }] = await once(wire.child, 'message');
    return cpuUs / count;
  };
  await perPut(PUTS);
  const [ours, wires] = [[], []];
  for (let round = 0; round < Math.max(ROUNDS, 4); round++) {
    wires.push(await perPut(PUTS));
    ours.push((await drive(puts({ kind: 'closed', clients: CALLERS }, 4), `127.0.0.1:${server.hello}`)).cpuUsPerOp);
  }
  const pairs = ours.map((candidate, i) => ({ candidate, baseline: wires[i] }));
  const paired = comparePaired(pairs, { random: seededRandom(1), better: 'lower', minimumEffect: 0.05 });
  const [low, high] = paired.interval;
  row(
    'CPU a put, closed loop',
    `generator ${median(ours).toFixed(1)} us, wire ${median(wires).toFixed(1)} us, ratio ${paired.ratio.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)}; budget 1.5)`,
  );
  wire.child.kill('SIGKILL');
  server.child.kill('SIGKILL');
}

const benches = { recorder: benchRecorder, schedule: benchSchedule, processor: benchProcessor, stall: benchStalls };
for (const name of process.argv[3]?.split(',') ?? Object.keys(benches)) await benches[name]();
process.exitCode = failures === 0 ? 0 : 1;
