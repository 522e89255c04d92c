/** SIGKILL of the program gives it no chance to clean up: what it started must notice by itself. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiledEntry } from '../../src/platform/entry.ts';
import { describeWithPeers } from '../support/peers.ts';

const CALIBRATION = ['null-server-process', 'load-process'];
const TIMEOUT_MS = 60_000;
const GONE_WITHIN_MS = 10_000;

let root: string;
let program: ChildProcess | undefined;
let started: Started[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'etcdmark-killed-'));
});

afterEach(() => {
  program?.kill('SIGKILL');
  // Where the test has failed.
  for (const each of started) if (isAlive(each)) process.kill(each.pid, 'SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** A process by what no other has: its id may be given to another one later. */
interface Started {
  readonly pid: number;
  readonly startTime: string;
  readonly command: string;
}

/** Parent and start time; undefined where there is none, or only what its parent has not yet asked for. */
function statOf(pid: number): { parent: number; startTime: string } | undefined {
  try {
    // Behind the name, which may hold anything. Source: proc(5).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return fields[0] === 'Z' ? undefined : { parent: Number(fields[1]), startTime: fields[19]! };
  } catch {
    return undefined;
  }
}

const isAlive = ({ pid, startTime }: Started): boolean => statOf(pid)?.startTime === startTime;

function descendantsOf(root: number): Started[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found: Started[] = [];
  const parents = new Set([root]);
  for (let before = 0; before !== parents.size;) {
    before = parents.size;
    for (const name of all) {
      const pid = Number(name);
      const stat = statOf(pid);
      if (stat === undefined || parents.has(pid) || !parents.has(stat.parent)) continue;
      parents.add(pid);
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      found.push({ pid, startTime: stat.startTime, command });
    }
  }
  return found;
}

/** Kills the program once all of `wanted` are among its processes, and waits for those and its folders to be gone. */
async function killWhile(args: readonly string[], wanted: readonly string[]): Promise<void> {
  const env = { ...process.env, TMPDIR: root };
  const options = ['--output', join(root, 'runs'), '--duration', '60s', '--quiet'];
  const main = fileURLToPath(compiledEntry('cli/main.js'));
  program = spawn(process.execPath, [main, 'run', ...args, ...options], { env, stdio: 'ignore' });
  const { pid } = program;
  const missing = (): string[] => {
    started = descendantsOf(pid!);
    return wanted.filter((name) => !started.some(({ command }) => command.includes(name)));
  };
  await expect.poll(missing, { timeout: TIMEOUT_MS / 2, interval: 50 }).toEqual([]);
  program.kill('SIGKILL');
  const left = (): string[] => started.filter(isAlive).map(({ command }) => command);
  await expect.poll(left, { timeout: GONE_WITHIN_MS, interval: 50 }).toEqual([]);
  const folders = (): string[] => readdirSync(root).filter((name) => name.startsWith('etcdmark-'));
  await expect.poll(folders, { timeout: GONE_WITHIN_MS, interval: 50 }).toEqual([]);
}

describe.skipIf(!existsSync('/proc/self/stat'))('the program killed', () => {
  it('leaves nothing while it calibrates', () => killWhile(['check-perf-s'], CALIBRATION), TIMEOUT_MS);

  it(
    'leaves nothing of bundled members, generators and watchers',
    () => killWhile(['event-flood', '--members', '3'], ['--name=member-3', 'load-process', 'etcdmark-guard']),
    TIMEOUT_MS,
  );

  describeWithPeers(['etcd'], 'with a real etcd', () => {
    it(
      'leaves nothing of it',
      () => killWhile(['check-perf-s', '--etcd', 'etcd', '--members', '1'], ['--name=member-1', 'load-process']),
      TIMEOUT_MS,
    );
  });
});
