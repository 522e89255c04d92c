/** Configurations that etcd refuses, refused with the same exit code: 2 for what cannot be read, 1 for what is not taken. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../../../src/cluster/ports.ts';
import { describeWithPeers } from '../../support/peers.ts';

const MAIN = join(import.meta.dirname, '../../../dist/cli/main.js');
/** A server that serves instead of refusing is ended, and fails the test. */
const LONGEST_MS = 100_000;

let root: string;
let given: Readonly<Record<string, string>>;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'exit-codes-'));
  const [client, peer] = await freePorts(2);
  given = {
    'data-dir': join(root, 'data'),
    'listen-client-urls': `http://127.0.0.1:${client}`,
    'advertise-client-urls': `http://127.0.0.1:${client}`,
    'listen-peer-urls': `http://127.0.0.1:${peer}`,
    'initial-advertise-peer-urls': `http://127.0.0.1:${peer}`,
    'initial-cluster': `default=http://127.0.0.1:${peer}`,
  };
  writeFileSync(join(root, 'file'), '');
  writeFileSync(join(root, 'bad.yaml'), 'name: [');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ended = (file: string, args: readonly string[]): Promise<number | null> =>
  new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'ignore', env: { PATH: process.env['PATH'] } });
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });

/** What is set otherwise than in a sound configuration, what stands alone, and how etcd ends. */
const CASES: readonly [Readonly<Record<string, string>>, string[], number][] = [
  [{}, ['--no-such-flag=1'], 2],
  [{ 'heartbeat-interval': 'abc' }, [], 2],
  [{ 'pre-vote': 'maybe' }, [], 2],
  [{ 'snapshot-count': '-1' }, [], 2],
  [{ 'listen-client-urls': '127.0.0.1:1' }, [], 2],
  [{ 'listen-client-urls': 'http://127.0.0.1' }, [], 2],
  [{ 'listen-client-urls': 'ftp://127.0.0.1:1' }, [], 2],
  [{ 'initial-cluster-state': 'old' }, [], 2],
  [{}, ['stray'], 1],
  [{ 'heartbeat-interval': '0' }, [], 1],
  [{ 'heartbeat-interval': '900' }, [], 1],
  [{ 'election-timeout': '10' }, [], 1],
  [{ 'election-timeout': '60000' }, [], 1],
  [{ 'auto-compaction-mode': 'sometimes' }, [], 1],
  [{ 'auto-compaction-retention': 'long' }, [], 1],
  [{ 'config-file': '/no/such.yaml' }, [], 1],
  [{ 'config-file': 'ROOT/bad.yaml' }, [], 1],
  [{ name: 'other' }, [], 1],
  [{ 'initial-advertise-peer-urls': 'http://127.0.0.1:1' }, [], 1],
  [{ 'initial-cluster': 'nonsense' }, [], 1],
  [{ 'initial-cluster-state': 'existing' }, [], 1],
  [{ 'data-dir': 'ROOT/file' }, [], 1],
  [{ 'data-dir': '/proc/none/data' }, [], 1],
];

describeWithPeers(['etcd'], 'a configuration that is refused', () => {
  it.each(CASES)('%j %j ends both servers with %i', async (changes, extra, code) => {
    const flags = Object.entries({ ...given, ...changes }).map(
      ([name, value]) => `--${name}=${value.replace('ROOT', root)}`,
    );
    expect(await ended('etcd', [...flags, ...extra])).toBe(code);
    expect(await ended(process.execPath, [MAIN, 'serve', ...flags, ...extra])).toBe(code);
  });
});
