/**
 * How faithfully a modelled disk keeps its model: `node test/bench/modelled-disk.mjs [alone|cluster|both] [seconds]
 * [/directory] [model ...]` (after a build). A directory in memory, such as /dev/shm, leaves the real disk out of it.
 *
 * alone: a writer of 2,300 B and fdatasync on a modelled disk. cluster: three bundled members under load, each duration as
 * the member's own WAL fsync metric is given it. p50 and p99 against those of the model alone at the same pace, the mean
 * against the metric's own sum and count, and the processor time of a sync, which is what waiting must not cost. The syncs
 * that reality made longer than the model are counted: with many of them the machine is too slow or too busy for the model.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, URL } from 'node:url';
import { seededRandom } from '../../dist/base/random.js';
import { connectControl } from '../../dist/client/control/index.js';
import { httpGet, startTarget } from '../../dist/cluster/index.js';
import { ascending, nearestRank } from '../../dist/core/stats/index.js';
import { realClock } from '../../dist/platform/clock.js';
import { nodeDisk } from '../../dist/platform/node-disk.js';
import { findDiskModel, modelledDisk, modelledVolume } from '../../dist/storage/disk-models/index.js';

const [mode = 'both', secondsText = '10', ...rest] = process.argv.slice(2);
const root = rest.find((argument) => argument.startsWith('/')) ?? tmpdir();
const names = rest.filter((argument) => !argument.startsWith('/'));
const seconds = Number(secondsText);
if (!['alone', 'cluster', 'both'].includes(mode) || !(seconds > 0)) {
  console.error('usage: modelled-disk.mjs [alone|cluster|both] [seconds] [/directory] [model ...]');
  process.exit(2);
}
const MODELS = names.length > 0 ? names : ['gp3', 'gp3-busy', 'gp2:300GiB', 'nvme-consumer', 'hdd'];
const WITHIN = 0.1;
const RECORD_BYTES = 2300;
/** All clients' writes in one sync stay below the 8 KB that a model's latency includes. */
const VALUE_BYTES = 400;
/** Few enough that no limit of the models is reached, so that the pace is that of the load. */
const CLIENTS = 8;
/** Each rests about so long between two writes: some 300 a second, what profiles of a whole cluster send. */
const REST_MS = 20;
/** Not counted: members compile their code meanwhile. */
const WARM_UP_MS = 5000;
/** The model is drawn from more often than it was measured, so that its own chance does not count. */
const REPEATS = 5;
const LEAST_SAMPLES = 1000;
const RECORDER = fileURLToPath(new URL('support/record-syncs.mjs', import.meta.url));

const directory = mkdtempSync(join(root, 'etcdmark-bench-model-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const nowMs = () => performance.now();
let missed = 0;

if (mode !== 'cluster') for (const name of MODELS) alone(name);
if (mode !== 'alone') for (const name of MODELS) await underCluster(name);
console.log(
  missed === 0 ? 'every p50 and p99 within 10 %' : `${missed} models missed their p50 or p99 by more than 10 %`,
);
process.exitCode = missed === 0 ? 0 : 99;

function alone(name) {
  const model = findDiskModel(name);
  const disk = modelledDisk(nodeDisk(), { model, nowMs, random: seededRandom(1) });
  const file = disk.open(join(directory, name.replace(':', '-')), 'create');
  file.preallocate(64_000_000);
  const bytes = new Uint8Array(RECORD_BYTES).fill(7);
  const measured = [];
  const starts = [];
  const cpu = process.cpuUsage();
  const endMs = nowMs() + seconds * 1000;
  for (let offset = 0; nowMs() < endMs; offset = (offset + RECORD_BYTES) % 60_000_000) {
    file.write(bytes, offset);
    const startMs = nowMs();
    file.datasync();
    starts.push(startMs);
    measured.push(nowMs() - startMs);
  }
  const { user, system } = process.cpuUsage(cpu);
  file.close();
  const { syncs, late } = disk.fidelity();
  report(
    'alone',
    name,
    [{ measured, starts }],
    [`late ${((late / syncs) * 100).toFixed(1)} %`, `CPU ${((user + system) / syncs).toFixed(0)} µs a sync`],
  );
}

async function underCluster(name) {
  const traces = mkdtempSync(join(directory, 'traces-'));
  // Members inherit what this process has; nothing else starts Node meanwhile.
  process.env.SYNC_TRACE_DIR = traces;
  process.env.NODE_OPTIONS = `--import=${RECORDER}`;
  const target = await startTarget(
    { kind: 'bundled', members: 3, diskModel: name, dataRoot: directory },
    { clock: realClock() },
  );
  const control = connectControl({ ...target.connection, timeoutMs: 60_000 });
  const value = 'v'.repeat(VALUE_BYTES);
  const rests = seededRandom(3);
  const client = async (id, endMs) => {
    for (let i = 0; nowMs() < endMs; i++) {
      await control.put({ key: `k/${id}/${i % 100}`, value });
      await setTimeout(2 * REST_MS * rests.float());
    }
  };
  const load = (ms) => Promise.all(Array.from({ length: CLIENTS }, (_, id) => client(id, nowMs() + ms)));
  await load(WARM_UP_MS);
  const fromMs = Date.now();
  const cpuBefore = cpuSeconds(target);
  await load(seconds * 1000);
  const elapsedS = (Date.now() - fromMs) / 1000;
  const cpuShare = (cpuSeconds(target) - cpuBefore) / elapsedS / target.members.length;
  const metrics = await Promise.all(target.members.map(({ metricsUrl }) => metricMeanMs(metricsUrl)));
  control.close();
  // The traces are written by members that end in order; `stop` kills.
  for (const { name: member } of target.members) await target.hurt.terminate(member);
  await target.stop();
  delete process.env.NODE_OPTIONS;
  // Members draw from the model apart; together they carry a p99 sooner.
  const all = readdirSync(traces).map((file) => readTrace(join(traces, file), fromMs));
  const means = metrics.map((mean) => mean.toFixed(2)).join(' / ');
  report('cluster', name, all, [
    `mean by the metrics ${means} ms`,
    `CPU ${(cpuShare * 100).toFixed(0)} % of a core a member`,
  ]);
}

function readTrace(path, fromMs) {
  const bytes = readFileSync(path);
  const pairs = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  const measured = [];
  const starts = [];
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i] < fromMs) continue;
    measured.push(pairs[i + 1]);
    starts.push(pairs[i] - pairs[i + 1]);
  }
  return { measured, starts };
}

/** The model at the same instants: what is left is what waiting and the machine add. */
function report(where, name, traces, more) {
  const random = seededRandom(2);
  const measured = traces.flatMap((trace) => trace.measured);
  const expected = traces.flatMap(({ starts }) =>
    Array.from({ length: REPEATS }, () => replayed(name, starts, random)).flat(),
  );
  const ratio = (q) => nearestRank(ascending(measured), q) / nearestRank(ascending(expected), q);
  const [p50, p99] = [ratio(0.5), ratio(0.99)];
  const isKept = Math.abs(p50 - 1) <= WITHIN && Math.abs(p99 - 1) <= WITHIN;
  if (!isKept) missed += 1;
  const few = measured.length < LEAST_SAMPLES ? ` (too few for a p99: give it more than ${seconds} s)` : '';
  console.log(
    `${where.padEnd(8)} ${name.padEnd(14)} ${String(measured.length).padStart(6)} syncs${few}, measured / model p50 ${p50.toFixed(3)} p99 ${p99.toFixed(3)}${isKept ? '' : ' MISSED'}, ${more.join(', ')}`,
  );
}

function replayed(name, starts, random) {
  const volume = modelledVolume(findDiskModel(name));
  let atMs = -Infinity;
  return starts.map((startMs) => {
    atMs = Math.max(atMs, startMs);
    return volume.nextSyncDelayMs(atMs, RECORD_BYTES, random);
  });
}

function cpuSeconds({ members }) {
  const ticks = members.map(({ pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, count) => sum + count, 0) / 100;
}

async function metricMeanMs(url) {
  const { body: text } = await httpGet(`${url}/metrics`, 5000);
  const figure = (suffix) =>
    Number(new RegExp(`^etcd_disk_wal_fsync_duration_seconds_${suffix} (\\S+)$`, 'm').exec(text)?.[1]);
  return (figure('sum') / figure('count')) * 1000;
}
