// How long a cluster of three is without a leader, ours and a real etcd side by side, from the built files:
//   node test/bench/failover.mjs [--rounds 10] [--heartbeat-ms 100] [--election-ms 1000] [--etcd etcd]
//
// A round kills the leader of each cluster with SIGKILL, one after the other in turning order, and takes the time to the next
// acknowledged write at any of the two that are left; the one killed is then started again. Both run with the same timeouts,
// and most of the time is theirs: the survivors wait for an election timeout, drawn at random from one to two of it. So single
// rounds differ widely, and only the ratio over many says anything. The second figure is the time from the start of three
// empty members to the first acknowledged write.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, URL } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../dist/base/random.js';
import { connectControl } from '../../dist/client/control/index.js';
import { memberFlags, planMembers } from '../../dist/cluster/flags.js';
import { MemberProcess } from '../../dist/cluster/member-process.js';
import { freePorts } from '../../dist/cluster/ports.js';
import { comparePaired } from '../../dist/core/stats/index.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    'heartbeat-ms': { type: 'string', default: '100' },
    'election-ms': { type: 'string', default: '1000' },
    etcd: { type: 'string', default: 'etcd' },
  },
});
const ROUNDS = Number(options.rounds);
const FLAGS = [`--heartbeat-interval=${options['heartbeat-ms']}`, `--election-timeout=${options['election-ms']}`];
const KINDS = ['ours', 'etcd'];
/** A write that a dead leader took with it is never answered: attempts go out side by side, each to every survivor. */
const ATTEMPT_EVERY_MS = 10;
const ATTEMPT_TIMEOUT_MS = 10_000;
const GIVE_UP_MS = 60_000;
const SETTLE_MS = 500;

const root = mkdtempSync(join(tmpdir(), 'etcdmark-failover-'));
const processes = new Set();
process.on('exit', () => {
  for (const each of processes) each.killNow();
  rmSync(root, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const hostOf = (member) => new URL(member.clientUrl).host;

async function planCluster(kind, name) {
  const plans = planMembers(3, await freePorts(6), join(root, name));
  const [file, leading, more] =
    kind === 'etcd'
      ? [options.etcd, [], ['--logger=zap']]
      : [process.execPath, [fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)), 'serve'], []];
  const members = plans.map(
    (plan) =>
      new MemberProcess({ ...plan, file, args: [...leading, ...memberFlags(plan, plans, [...FLAGS, ...more])] }),
  );
  for (const member of members) processes.add(member);
  return members;
}

/** Milliseconds until one of `members` acknowledges a write. */
async function firstWrite(members) {
  const startMs = performance.now();
  let doneMs;
  const attempt = (client) =>
    client.put({ key: 'failover', value: new Uint8Array(64) }).then(
      () => (doneMs ??= performance.now() - startMs),
      () => undefined,
    );
  const drive = async (member) => {
    // A client that was refused waits a second before it dials again, so the port is tried by hand until it is open.
    while (doneMs === undefined && !(await isOpen(member))) await pause(ATTEMPT_EVERY_MS);
    const client = connectControl({ endpoints: [hostOf(member)], timeoutMs: ATTEMPT_TIMEOUT_MS });
    const waiting = [];
    while (doneMs === undefined) {
      if (performance.now() - startMs > GIVE_UP_MS) throw new Error(`no write within ${GIVE_UP_MS} ms`);
      waiting.push(attempt(client));
      await pause(ATTEMPT_EVERY_MS);
    }
    client.close();
    await Promise.all(waiting);
  };
  await Promise.all(members.map(drive));
  return doneMs;
}

function isOpen(member) {
  const { hostname, port } = new URL(member.clientUrl);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const finish = (isUp) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

async function leaderOf(members) {
  for (;;) {
    for (const member of members) {
      const client = connectControl({ endpoints: [hostOf(member)], timeoutMs: 2_000 });
      const status = await client.status({}).catch(() => undefined);
      client.close();
      if (status !== undefined && status.leader !== 0n && status.leader === status.header?.memberId) return member;
    }
    await pause(ATTEMPT_EVERY_MS);
  }
}

/** Waits until the member itself has what the cluster has: it may be the one that must vote next. */
async function caughtUp(member, others) {
  const statusAt = async (each) => {
    const client = connectControl({ endpoints: [hostOf(each)], timeoutMs: 2_000 });
    const status = await client.status({}).catch(() => undefined);
    client.close();
    return status;
  };
  for (;;) {
    const [own, other] = [await statusAt(member), await statusAt(others[0])];
    if (own && other && own.leader !== 0n && own.raftAppliedIndex >= other.raftIndex) return;
    await pause(ATTEMPT_EVERY_MS);
  }
}

async function timeStart(kind, name) {
  const members = await planCluster(kind, name);
  for (const member of members) member.start();
  const ms = await firstWrite(members);
  return { members, ms };
}

async function timeFailover(members) {
  const leader = await leaderOf(members);
  const others = members.filter((member) => member !== leader);
  const killed = leader.kill();
  const ms = await firstWrite(others);
  await killed;
  leader.start();
  await caughtUp(leader, others);
  await pause(SETTLE_MS);
  return ms;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const inTurn = (round) => (round % 2 === 0 ? KINDS : KINDS.toReversed());

function report(name, times) {
  const pairs = times.ours.map((candidate, i) => ({ candidate, baseline: times.etcd[i] }));
  const random = seededRandom(1);
  const { ratio, interval } = comparePaired(pairs, { random, better: 'lower', minimumEffect: 0.05 });
  const range = interval.map((bound) => bound.toFixed(2)).join(', ');
  const medians = KINDS.map((kind) => `${kind} ${median(times[kind]).toFixed(0)} ms`).join(', ');
  console.log(
    `${name.padEnd(44)} ours / etcd ${ratio.toFixed(2)} [${range}]  (medians: ${medians}; ${pairs.length} pairs)`,
  );
}

const starts = { ours: [], etcd: [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const kind of inTurn(round)) {
    const { members, ms } = await timeStart(kind, `start-${kind}-${round}`);
    starts[kind].push(ms);
    await Promise.all(members.map((member) => member.kill()));
  }
}
report('start of three members to first write', starts);

const failovers = { ours: [], etcd: [] };
const clusters = {};
for (const kind of KINDS) clusters[kind] = (await timeStart(kind, kind)).members;
for (let round = 0; round < ROUNDS; round++) {
  for (const kind of inTurn(round)) failovers[kind].push(await timeFailover(clusters[kind]));
}
report('SIGKILL of the leader to next write', failovers);
process.exit(0);
