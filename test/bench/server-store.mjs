// Sections of server.mjs: what a server takes for what it stores, and what becomes of its clients while it tidies up.
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { MEMORY, NONE, START, TAIL, report } from './server-report.mjs';
import { FEW_ROUNDS, REVISIONS, interleave, keysOr, quick, withServers } from './server-slices.mjs';
import { KINDS, startServer, timeFirstWrite } from './server-target.mjs';

const MIB = 2 ** 20;
const SAMPLE_MS = 200;
/** Clients that go on while the store is compacted or defragmented. */
const PACE = { operation: 'put', rate: 200 };

/** What a process takes before its first key weighs less the more there are: so both a small store and a large one. */
async function memory() {
  const sizes = quick ? [50_000] : [100_000, 1_000_000];
  for (const keys of new Set(sizes.map(keysOr))) await memoryWith(keys);
}

async function memoryWith(keys) {
  const isLarge = keys * REVISIONS >= 1_000_000;
  const slices = { ours: [], etcd: [] };
  // One server at a time: page cache and processors are shared.
  for (let round = 0; round < (isLarge || quick ? 2 : 3); round++) {
    for (const kind of KINDS) slices[kind].push(await memoryOf(kind, keys));
  }
  const what = `${keys} keys of 256 B, ${REVISIONS} revision${REVISIONS === 1 ? '' : 's'} each`;
  console.log(what);
  report('peak RSS', slices, ({ peak }) => peak.rss, MEMORY, ' MiB');
  report('  of it anonymous, at its peak', slices, ({ peak }) => peak.anonymous, NONE, ' MiB');
  report('RSS at the end', slices, ({ end }) => end.rss, MEMORY, ' MiB');
  report('  of it anonymous', slices, ({ end }) => end.anonymous, NONE, ' MiB');
  report('RSS after a new start', slices, ({ restarted }) => restarted.rss, MEMORY, ' MiB');
  report('  of it anonymous', slices, ({ restarted }) => restarted.anonymous, NONE, ' MiB');
  report('size of the data', slices, ({ dbBytes }) => dbBytes / MIB, NONE, ' MiB');
  report('new start to readiness', slices, ({ startSeconds }) => startSeconds, START, ' s');
}

async function memoryOf(kind, keys) {
  const server = await startServer(kind, 1);
  try {
    const peak = { rss: 0, anonymous: 0 };
    const sample = () => {
      const now = inMib(server.memory());
      peak.rss = now.peak;
      peak.anonymous = Math.max(peak.anonymous, now.anonymous);
    };
    const timer = setInterval(sample, SAMPLE_MS);
    await server.load.ask('closed', { operation: 'putInTurn', callers: 1000, count: keys * REVISIONS, keys });
    clearInterval(timer);
    sample();
    const end = inMib(server.memory());
    const { dbSize: dbBytes } = await server.control.status({});
    server.load.stop();
    const startSeconds = await server.restart();
    return { peak, end, dbBytes, startSeconds, restarted: inMib(server.memory()) };
  } finally {
    await server.stop();
  }
}

function inMib(bytes) {
  return Object.fromEntries(Object.entries(bytes).map(([name, value]) => [name, value / MIB]));
}

const compaction = () =>
  withServers(1, async (servers) => {
    const revisions = keysOr(quick ? 20_000 : 1_000_000);
    const slices = { compaction: { ours: [], etcd: [] }, defragmentation: { ours: [], etcd: [] } };
    for (let round = 0; round < Math.min(FEW_ROUNDS, revisions >= 500_000 ? 3 : FEW_ROUNDS); round++) {
      for (const kind of KINDS) {
        const server = servers[kind];
        const { load, control } = server;
        await load.ask('closed', { operation: 'put', callers: 1000, count: revisions });
        const { header } = await control.range({ key: 'x' });
        const compact = () => control.compact({ revision: header.revision, physical: true });
        slices.compaction[kind].push(await during(server, compact));
        slices.defragmentation[kind].push(await during(server, () => control.defragment({})));
      }
    }
    for (const [name, of] of Object.entries(slices)) {
      report(`worst wait during ${name}, ${revisions} revisions`, of, ({ worstMs }) => worstMs, TAIL, ' ms');
      report(`p99 of waits during ${name}`, of, ({ p99Ms }) => p99Ms, TAIL, ' ms');
      report(`time that ${name} takes`, of, ({ seconds }) => seconds, NONE, ' s');
    }
  });

/** What clients with a steady load wait while `work` is done. */
async function during(server, work) {
  await server.load.ask('startPace', PACE);
  await setTimeout(200);
  await work();
  await setTimeout(200);
  return server.load.ask('stopPace');
}

async function start() {
  const keys = keysOr(quick ? 50_000 : 1_000_000);
  await withServers(1, async (servers) => {
    for (const kind of KINDS) {
      const count = keys * REVISIONS;
      await servers[kind].load.ask('closed', { operation: 'putInTurn', callers: 1000, count, keys });
      servers[kind].load.stop();
    }
    const slices = await interleave(FEW_ROUNDS, async (kind) => ({ seconds: await servers[kind].restart() }));
    const what = REVISIONS === 1 ? `${keys} keys` : `${keys} keys of ${REVISIONS} revisions`;
    report(`start with ${what}`, slices, ({ seconds }) => seconds, START, ' s');
  });
  const slices = await interleave(FEW_ROUNDS, async (kind) => ({ seconds: await timeFirstWrite(kind, 3) }));
  report('three new members, to the first write', slices, ({ seconds }) => seconds, START, ' s');
}

export const STORE_SECTIONS = { memory, compaction, start };
