// What the benchmarks of the load generator share: a profile of Puts, servers, the generator and the wire's own load loop.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { Generator, GENERATOR_FLAGS } from '../../../dist/bench/generator.js';
import { latencyOfCounts } from '../../../dist/bench/histograms.js';
import { composeProfile, parseProfile } from '../../../dist/core/workload/index.js';
import { realClock } from '../../../dist/platform/clock.js';

export const CONNECTIONS = 10;
export const CALLERS = 1_000;

export const clock = realClock();
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Puts of 256 bytes; `sequential`: each to a new key. */
export function puts(arrivals, seconds, { pick = 'sequential', warmup = '0s' } = {}) {
  const written = {
    schemaVersion: 1,
    name: 'puts',
    description: 'Puts of 256 bytes',
    warmup,
    phases: [{ name: 'puts', kind: 'hold', duration: `${seconds}s` }],
    objects: { key: { resource: 'keys', size: '256B', entropy: 1, count: 1_000 } },
    sources: [{ name: 'puts', model: 'mixed', object: 'key', reads: 0, pick, arrivals }],
  };
  return composeProfile(parseProfile(written, 'puts'), () => undefined);
}

/** A forked helper and the first message that it sends. */
async function helper(file, args, execArgv = []) {
  const options = { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced', execArgv };
  const child = fork(join(import.meta.dirname, file), args, options);
  children.add(child);
  child.once('exit', () => children.delete(child));
  const [hello] = await once(child, 'message');
  return { child, hello };
}

/** A server that answers Puts and does nothing. */
export async function nullServer() {
  const { child, hello } = await helper('../../../dist/bench/worker/null-server-process.js', []);
  return { child, endpoint: `127.0.0.1:${hello}`, stop: () => child.kill('SIGKILL') };
}

/** The wire's own load loop (wire-load.mjs); `kind` is lean or grpc-js. */
export async function wireLoad(kind, endpoint) {
  const port = Number(endpoint.split(':')[1]);
  const options = { kind, port, connections: CONNECTIONS, callers: CALLERS };
  const { child } = await helper('../wire-load.mjs', [JSON.stringify(options)]);
  return {
    /** So many puts, closed loop or at a rate: { seconds, cpuUs, p99Ms }. */
    async run(count, ratePerSecond) {
      child.send(ratePerSecond === undefined ? { count } : { count, ratePerSecond });
      const [answer] = await once(child, 'message');
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    },
    stop: () => child.disconnect(),
  };
}

/** A generator that stays warm from run to run. */
export async function warmGenerator(endpoint) {
  const { child } = await helper('generator-process.mjs', [], GENERATOR_FLAGS);
  let seed = 0;
  return {
    async run(profile) {
      child.send(taskOf(profile, endpoint, 'lean', ++seed));
      const [answer] = await once(child, 'message');
      if (answer.errors > 0) throw new Error(`${answer.errors} errors`);
      return answer;
    },
    stop: () => child.disconnect(),
  };
}

function taskOf(profile, endpoint, client, seed) {
  return {
    kind: 'load',
    connect: { client, endpoints: [endpoint], connections: CONNECTIONS, timeoutMs: 10_000 },
    profile,
    seed,
    prefix: `/load-${seed}`,
    shard: 0,
    shards: 1,
    mayCompact: false,
    mostInFlight: Infinity,
  };
}

/** One generator on `endpoint`; `during` is told the instant zero. */
export async function drive(profile, endpoint, { client = 'lean', during, seed = 1 } = {}) {
  const load = new Generator(() => undefined);
  try {
    await load.prepare(taskOf(profile, endpoint, client, seed));
    const startMs = clock.nowMs() + 200;
    const [, told] = await Promise.all([load.run(startMs), during?.(startMs)]);
    const report = await load.report();
    const classes = report.classes.filter(({ phase }) => profile.warmup === 0 || phase > 0);
    return {
      told,
      response: latencyOfCounts(classes.map((each) => each.response)),
      service: latencyOfCounts(classes.map((each) => each.service)),
      lag: latencyOfCounts(report.scheduleLag.slice(profile.warmup === 0 ? 0 : 1)),
      loopDelay: latencyOfCounts([report.loopDelay]),
      errors: report.classes.reduce((sum, each) => sum + each.errors, 0),
      completed: classes.reduce((sum, each) => sum + each.completed, 0),
      requests: report.requests,
      cpuUsPerOp: report.cpuUs / report.requests,
    };
  } finally {
    await load.quit();
  }
}
