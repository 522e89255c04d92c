// A server under load: its members, the process that drives it, and what its processes have used.
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { connectControl } from '../../dist/client/control/index.js';
import { httpGet, startTarget } from '../../dist/cluster/index.js';
import { realClock } from '../../dist/platform/clock.js';

const clock = realClock();
/** Both keep as much of their log in memory, and neither runs out of space. */
const FLAGS = ['--snapshot-count=10000', '--quota-backend-bytes=8589934592'];
/** With a store as large as `memory` makes it. */
const READY_MS = 180_000;
/** Clock ticks of /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export const KINDS = ['ours', 'etcd'];

const SPECS = { ours: { kind: 'bundled' }, etcd: { kind: 'etcd', binary: 'etcd' } };

export async function startServer(kind, members) {
  const target = await startTarget({ ...SPECS[kind], members, flags: FLAGS }, { clock, readyTimeoutMs: READY_MS });
  const control = connectControl({ ...target.connection, timeoutMs: 120_000 });
  const leader = await leaderOf(target, control);
  const load = await startLoad(leader);
  const pids = () => target.members.map(({ pid }) => pid);
  return {
    kind,
    target,
    control,
    load,
    /** User and system time of all members so far. */
    cpuSeconds: () => sum(pids().map(cpuSecondsOf)),
    /** Bytes of the largest member: its resident set, the most that it has ever been, what of it is no file's. */
    memory: () => {
      const most = (name) => Math.max(...pids().map((pid) => statusOf(pid, name)));
      return { peak: most('VmHWM'), rss: most('VmRSS'), anonymous: most('RssAnon') };
    },
    /** Of the write-ahead log, of all members so far. */
    syncs: async () => sum(await Promise.all(target.members.map(syncsOf))),
    restart: async () => {
      await target.hurt.terminate(target.members[0].name);
      const startMs = performance.now();
      await target.hurt.restart(target.members[0].name);
      return (performance.now() - startMs) / 1000;
    },
    stop: async () => {
      load.stop();
      control.close();
      await target.stop();
    },
  };
}

/** From nothing to the first acknowledged write, in seconds. */
export async function timeFirstWrite(kind, members) {
  const startMs = performance.now();
  const target = await startTarget({ ...SPECS[kind], members, flags: FLAGS }, { clock, readyTimeoutMs: READY_MS });
  const control = connectControl(target.connection);
  await control.put({ key: 'first' });
  const seconds = (performance.now() - startMs) / 1000;
  control.close();
  await target.stop();
  return seconds;
}

async function leaderOf(target, control) {
  for (const endpoint of target.endpoints) {
    const { leader, header } = await control.at(endpoint).status({});
    if (leader === header.memberId) return endpoint;
  }
  throw new Error('no member says that it leads');
}

async function startLoad(endpoint) {
  const [host, port] = endpoint.split(':');
  const file = join(import.meta.dirname, 'server-load.mjs');
  const child = fork(file, [JSON.stringify({ host, port: Number(port) })], { execArgv: ['--max-semi-space-size=64'] });
  const answer = () =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`the load generator ended with ${code}`));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        resolve(message);
      });
    });
  await answer();
  return {
    ask: (job, options = {}) => {
      child.send({ job, ...options });
      return answer();
    },
    stop: () => {
      if (child.connected) child.disconnect();
    },
  };
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

function cpuSecondsOf(pid) {
  // The fields after the command's name, which may hold anything but ends with the last parenthesis.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function statusOf(pid, name) {
  const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(kib) * 1024;
}

async function syncsOf({ metricsUrl }) {
  const { body } = await httpGet(`${metricsUrl}/metrics`, 5000);
  return Number(/^etcd_disk_wal_fsync_duration_seconds_count (\S+)$/m.exec(body)[1]);
}
