// How the two servers are measured side by side: slices in turn, as long as the slower one makes them.
import { parseArgs } from 'node:util';
import { KINDS, startServer } from './server-target.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    keys: { type: 'string' },
    revisions: { type: 'string' },
  },
});

export const { quick } = values;
export const only = values.only?.split(',');
export const ROUNDS = Number(values.rounds ?? (quick ? 5 : 10));
if (!Number.isInteger(ROUNDS) || ROUNDS < 2) {
  console.error(`--rounds: '${values.rounds}' is not a whole number from 2 on: an interval needs two rounds`);
  process.exit(2);
}
/** Slow ones: restarts, compactions. */
export const FEW_ROUNDS = Math.min(ROUNDS, 5);
/** What `--keys` says, or what a section takes without it. */
export const keysOr = (usual) => Number(values.keys ?? usual);
/** Of each key. */
export const REVISIONS = Number(values.revisions ?? 1);

/** A slice is to take about this long where one server does so many a second. */
const SLICE_SECONDS = quick ? 0.3 : 1;
/** Both have done so much before the first slice: a member's code is compiled while it runs. About two seconds. */
const WARM_UP = { operation: 'put', callers: 100, count: 30_000 };
/** Calls from which the length of a slice is guessed; some operations take 50 ms each. */
const PROBE_CALLS = 50;
/** Of /proc's clock ticks one may be missing at either end. */
const LEAST_CPU_SECONDS = 0.005;
/** Of what the slower server does at most: rates at which both keep up. */
const SHARES = [0.1, 0.4];
/** Fewer say nothing of a tail. */
const LEAST_TAIL_CALLS = 200;

export const rate = ({ count, seconds }) => count / seconds;

/** Slices of both in turn, the order changing; the first of each is thrown away. */
export async function interleave(rounds, slice) {
  const slices = { ours: [], etcd: [] };
  for (const kind of KINDS) await slice(kind);
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) slices[kind].push(await slice(kind));
  }
  return slices;
}

export async function withServers(members, body) {
  const servers = {};
  try {
    for (const kind of KINDS) servers[kind] = await startServer(kind, members);
    for (const kind of KINDS) await servers[kind].load.ask('closed', WARM_UP);
    await body(servers);
  } finally {
    for (const server of Object.values(servers)) await server.stop();
  }
}

/** A closed loop on both, with what it cost the servers. */
export async function closed(servers, job) {
  const count = Math.max(job.callers * 2, 20, Math.round((await slowerRate(servers, job)) * SLICE_SECONDS));
  return interleave(ROUNDS, (kind) => closedSlice(servers[kind], { ...job, count }));
}

/** Ten slices or more of calls at fixed instants, for each share of what the slower server does in a closed loop. */
export async function atEqualRates(servers, job) {
  const most = await slowerRate(servers, job);
  const results = [];
  for (const share of SHARES) {
    const perSecond = Math.max(1, Math.round(most * share));
    const count = Math.max(LEAST_TAIL_CALLS, Math.round(perSecond * SLICE_SECONDS * 2));
    const open = { operation: job.operation, rate: perSecond, count };
    const slices = await interleave(Math.max(10, ROUNDS), (kind) => servers[kind].load.ask('open', open));
    results.push({ share: `at ${share * 100} %`, slices });
  }
  return results;
}

async function closedSlice(server, job) {
  const [cpu, syncs] = [server.cpuSeconds(), await server.syncs()];
  const result = await server.load.ask('closed', job);
  const { count } = result;
  return {
    ...result,
    cpuUs: (Math.max(LEAST_CPU_SECONDS, server.cpuSeconds() - cpu) / count) * 1e6,
    syncs: ((await server.syncs()) - syncs) / count,
  };
}

async function slowerRate(servers, job) {
  let slowest = Infinity;
  for (const kind of KINDS) {
    const probe = { ...job, count: Math.max(PROBE_CALLS, job.callers * 2) };
    await servers[kind].load.ask('closed', probe);
    slowest = Math.min(slowest, rate(await servers[kind].load.ask('closed', probe)));
  }
  return slowest;
}
