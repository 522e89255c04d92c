// The wire against grpc-js and against the least that can be done, from the built files: node test/bench/wire.mjs [client] [server] [growth]
//
// client       CPU and rate per put against one real etcd member, plain and over mutual TLS; interleaved slices
// equal rate   p99 of lean and grpc-js at the same offered rate, well below what either can do
// null server  a server that does nothing, lean and grpc-js, both driven by the lean client; plain and mutual TLS
// heap         bytes allocated per put at the client
// growth       with ETCDMARK_BENCH_PUTS=10000000: the heaps of client and server after so many puts
//
// ETCDMARK_BENCH_ROUNDS (8) sets how often each is measured. Ratios are geometric means over the rounds, with 95 % intervals.
import { execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers';
import { seededRandom } from '../../dist/base/random.js';
import { comparePaired } from '../../dist/core/stats/index.js';

const ROUNDS = Number(process.env.ETCDMARK_BENCH_ROUNDS ?? 8);
const GROWTH_PUTS = Number(process.env.ETCDMARK_BENCH_PUTS ?? 0);
const CONNECTIONS = 10;
const CALLERS = 1000;
const EQUAL_RATE = 2000;
const directory = mkdtempSync(join(tmpdir(), 'etcdmark-bench-wire-'));
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

function keep(child) {
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
}

/** A forked helper: `ask` sends a message and waits for the answer. */
async function helper(file, options) {
  const execArgv = ['--expose-gc', '--max-semi-space-size=128'];
  const child = keep(fork(join(import.meta.dirname, file), [JSON.stringify(options)], { execArgv }));
  const answer = () =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`${file} ${options.kind} ended with ${code}`));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        if (message.error) reject(new Error(`${file} ${options.kind}: ${message.error}`));
        else resolve(message);
      });
    });
  const hello = await answer();
  return {
    hello,
    ask: (message) => {
      child.send(message);
      return answer();
    },
    stop: () => child.disconnect(),
  };
}

const load = (kind, port, tls) =>
  helper('wire-load.mjs', { kind, port, connections: CONNECTIONS, callers: CALLERS, tls });
const nullServer = (kind, tls) => helper('wire-null-server.mjs', { kind, tls });

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startEtcd(name, tls) {
  const [client, peer] = [await freePort(), await freePort()];
  const scheme = tls ? 'https' : 'http';
  const flags = {
    name,
    'data-dir': join(directory, name),
    'listen-client-urls': `${scheme}://127.0.0.1:${client}`,
    'advertise-client-urls': `${scheme}://127.0.0.1:${client}`,
    'listen-peer-urls': `http://127.0.0.1:${peer}`,
    'initial-advertise-peer-urls': `http://127.0.0.1:${peer}`,
    'initial-cluster': `${name}=http://127.0.0.1:${peer}`,
    'log-level': 'error',
    ...(tls && { 'cert-file': tls.certFile, 'key-file': tls.keyFile, 'trusted-ca-file': tls.caFile }),
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  keep(spawn('etcd', tls ? [...args, '--client-cert-auth'] : args, { stdio: 'ignore' }));
  // Its port opens before it has a leader.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return client;
}

function makeCertificate() {
  const at = (name) => join(directory, name);
  const openssl = (...args) => execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=bench authority');
  openssl('req', ...newKey.slice(0, -2), '-keyout', 'both.key', '-out', 'both.csr', '-subj', '/CN=localhost');
  writeFileSync(at('names.cnf'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names.cnf'];
  openssl('x509', '-req', '-in', 'both.csr', ...signed, '-out', 'both.pem');
  return { caFile: at('ca.pem'), certFile: at('both.pem'), keyFile: at('both.key') };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const row = (name, text) => console.log(`${name.padEnd(34)} ${text}`);

function ratio(candidates, baselines, better) {
  const pairs = candidates.map((candidate, i) => ({ candidate, baseline: baselines[i] }));
  const { ratio, interval } = comparePaired(pairs, { random: seededRandom(1), better, minimumEffect: 0.05 });
  return `${ratio.toPrecision(3)} [${interval.map((bound) => bound.toPrecision(3)).join(', ')}]`;
}

/** Slices of every kind in turn; returns per kind the answers of the rounds. */
async function interleave(kinds, slice) {
  const results = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (const kind of kinds) await slice(kind);
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? kinds : kinds.toReversed();
    for (const kind of order) results[kind].push(await slice(kind));
  }
  return results;
}

const cpuPerPut = (slices) => slices.map(({ cpuUs, count }) => cpuUs / count);
const rates = (slices) => slices.map(({ count, seconds }) => count / seconds);

async function clientTable(title, port, kinds, tls) {
  const loads = {};
  for (const kind of kinds) loads[kind] = await load(kind, port, tls);
  const counts = { lean: 20_000, floor: 20_000, 'grpc-js': 6000 };
  const results = await interleave(kinds, async (kind) => {
    const count = counts[kind];
    return { count, ...(await loads[kind].ask({ count })) };
  });
  console.log(`\n${title}: ${CONNECTIONS} connections, ${CALLERS} callers, 256 B values, ${ROUNDS} rounds`);
  for (const kind of kinds) {
    const cpu = median(cpuPerPut(results[kind]));
    row(kind, `${cpu.toFixed(1)} us CPU a put   ${Math.round(median(rates(results[kind])))} puts/s`);
  }
  for (const other of kinds.slice(1)) {
    row(`lean / ${other}, CPU a put`, ratio(cpuPerPut(results.lean), cpuPerPut(results[other]), 'lower'));
    row(`lean / ${other}, puts/s`, ratio(rates(results.lean), rates(results[other]), 'higher'));
  }
  const equal = await interleave(['lean', 'grpc-js'], (kind) =>
    loads[kind].ask({ count: EQUAL_RATE * 2, ratePerSecond: EQUAL_RATE }),
  );
  const p99 = (kind) => equal[kind].map(({ p99Ms }) => p99Ms);
  row(
    `p99 at ${EQUAL_RATE} puts/s`,
    `lean ${median(p99('lean')).toFixed(2)} ms, grpc-js ${median(p99('grpc-js')).toFixed(2)} ms`,
  );
  row('lean / grpc-js, p99', ratio(p99('lean'), p99('grpc-js'), 'lower'));
  for (const kind of kinds) {
    const { bytesPerPut, collections } = await loads[kind].ask({ count: 10_000, heap: true });
    const caveat = collections > 0 ? ` (at least: ${collections} collections came between)` : '';
    row(`${kind}, heap allocated a put`, `${Math.round(bytesPerPut)} B${caveat}`);
  }
  for (const kind of kinds) loads[kind].stop();
}

async function serverTable(title, tls) {
  const kinds = ['lean', 'grpc-js'];
  const servers = {};
  const loads = {};
  for (const kind of kinds) {
    servers[kind] = await nullServer(kind, tls);
    loads[kind] = await load('lean', servers[kind].hello.port, tls);
  }
  const counts = { lean: 100_000, 'grpc-js': 15_000 };
  const results = await interleave(kinds, async (kind) => {
    const count = counts[kind];
    const before = await servers[kind].ask({ cpu: true });
    const { seconds } = await loads[kind].ask({ count });
    const after = await servers[kind].ask({ cpu: true });
    return { count, seconds, cpuUs: after.cpuUs - before.cpuUs };
  });
  console.log(
    `\n${title}, driven by the lean client: ${CONNECTIONS} connections, ${CALLERS} callers, ${ROUNDS} rounds`,
  );
  for (const kind of kinds) {
    const cpu = median(cpuPerPut(results[kind]));
    row(kind, `${cpu.toFixed(1)} us CPU a put   ${Math.round(median(rates(results[kind])))} puts/s`);
  }
  row('lean / grpc-js, puts/s', ratio(rates(results.lean), rates(results['grpc-js']), 'higher'));
  row('lean / grpc-js, CPU a put', ratio(cpuPerPut(results.lean), cpuPerPut(results['grpc-js']), 'lower'));
  for (const kind of kinds) {
    loads[kind].stop();
    servers[kind].stop();
  }
}

async function growth(puts) {
  const server = await nullServer('lean');
  const client = await load('lean', server.hello.port);
  const slice = 500_000;
  console.log(`\ngrowth: the server's heap after a collection, over ${puts} puts`);
  for (let done = 0; done < puts; done += slice) {
    await client.ask({ count: slice });
    const { heapBytes } = await server.ask({ heap: true });
    if (done % (4 * slice) === 0) row(`${done + slice} puts`, `${(heapBytes / 1048576).toFixed(2)} MiB`);
  }
  client.stop();
  server.stop();
}

const tls = makeCertificate();
const wanted = process.argv.slice(2);
const wants = (table) => wanted.length === 0 || wanted.includes(table);
const kinds = ['lean', 'grpc-js', 'floor'];
if (wants('client')) {
  await clientTable('real etcd, plain', await startEtcd('plain'), kinds);
  await clientTable('real etcd, mutual TLS', await startEtcd('secure', tls), kinds, tls);
}
if (wants('server')) {
  await serverTable('null server, plain');
  await serverTable('null server, mutual TLS', tls);
}
if (GROWTH_PUTS > 0 && wants('growth')) await growth(GROWTH_PUTS);
process.exit(0);
