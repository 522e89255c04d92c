/** The probe command as a user calls it: its files, its refusals, and its manners beside a real etcd. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../src/cluster/ports.ts';
import { parseProbe, serializeProbe } from '../../src/core/run/index.ts';
import { runCli } from '../support/cli.ts';
import { describeWithPeers, peerPath } from '../support/peers.ts';
import { buildProbe } from '../support/run-builder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'etcdmark-cli-probe-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Only a low-rate probe of a second: what is on this machine besides does not matter. */
const QUICK = ['--duration', '1s', '--live-etcd-at-risk'];

describe('probe', () => {
  it('writes a page, a model and a history, and report renders what was kept', async () => {
    const volume = join(folder, 'volume');
    mkdirSync(volume);
    const files = ['--report', join(folder, 'p.html'), '--save-model', join(folder, 'm.json'), '--history', folder];
    const { exitCode, stdout } = await runCli(['probe', volume, ...QUICK, ...files]);
    expect([0, 3, 99]).toContain(exitCode);
    expect(stdout).toContain('wal: what etcd does');
    expect(stdout).toMatch(/fdatasync +[\d,]+/);
    expect(readFileSync(join(folder, 'p.html'), 'utf8')).toMatch(/^<!doctype html>/i);
    expect(JSON.parse(readFileSync(join(folder, 'm.json'), 'utf8'))).toMatchObject({ kind: 'disk-model' });
    expect(readdirSync(volume)).toEqual([]);
    const kept = readdirSync(folder).find((name) => name.startsWith('probe-'))!;
    expect(parseProbe(readFileSync(join(folder, kept), 'utf8'), kept).path).toBe(volume);
    expect((await runCli(['report', join(folder, kept)])).stdout).toMatch(/^<!doctype html>/i);
    expect((await runCli(['report', join(folder, kept), '--format', 'text'])).stdout).toContain(volume);
  });

  it.each([
    [['--report', 'taken'], /--report \S+ exists already/],
    [['--save-model', 'taken'], /--save-model \S+ exists already/],
    [['--peer', 'nowhere'], /peer 'nowhere' is not HOST:PORT/],
    [['--confidence', '1'], /--confidence: 1 is not from 0\.5/],
    [['--record-sizes', '0:1'], /record sizes '0:1'/],
    [['--recipe', 'fio-2300', '--record-sizes', '900:1'], /'fio-2300' has sizes of its own/],
    [['--project-rate', '100'], /goes with --recipe sustained/],
    [['--budget', 'fast'], /budget 'fast' is not known/],
  ])('refuses %j before it measures', async (flags, message) => {
    writeFileSync(join(folder, 'taken'), 'mine');
    const args = flags.map((flag) => (flag === 'taken' ? join(folder, 'taken') : flag));
    const { exitCode, stderr } = await runCli(['probe', folder, ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('records the facts of a path however it is written', async () => {
    const file = join(folder, 'facts.json');
    expect((await runCli(['probe', '.', '--record-facts', file])).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ origin: 'recorded', path: process.cwd() });
  });
});

describe('report', () => {
  it('renders probes, one or several, and never mixes them with other documents', async () => {
    const [a, b] = ['a', 'b'].map((name) => {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, serializeProbe(buildProbe({ changes: { path: `/${name}` } })));
      return file;
    });
    const { stdout } = await runCli(['report', a!, b!]);
    expect(stdout).toContain('2 of 2 volumes passed.');
    expect(JSON.parse((await runCli(['report', a!, b!, '--json'])).stdout)).toMatchObject({ kind: 'probes' });
    const both = join(folder, 'both.json');
    writeFileSync(both, (await runCli(['report', a!, b!, '--json'])).stdout);
    expect((await runCli(['report', both])).stdout).toBe(stdout);
    const refused = await runCli(['report', a!, '--format', 'markdown']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('--format markdown is for runs');
  });
});

describeWithPeers(['etcd'], 'a probe beside a real etcd', () => {
  it('finds it, probes slowly and says so, and refuses what would hurt', async () => {
    const [client, peer] = (await freePorts(2)) as [number, number];
    const data = join(folder, 'etcd');
    const url = (port: number): string => `http://127.0.0.1:${port}`;
    const etcd = spawn(
      peerPath('etcd'),
      [
        `--data-dir=${data}`,
        `--listen-client-urls=${url(client)}`,
        `--advertise-client-urls=${url(client)}`,
        `--listen-peer-urls=${url(peer)}`,
        `--initial-advertise-peer-urls=${url(peer)}`,
        `--initial-cluster=default=${url(peer)}`,
      ],
      { stdio: 'ignore' },
    );
    try {
      for (let i = 0; i < 300 && !existsSync(join(data, 'member', 'wal')); i++) await sleep(100);
      const probed = JSON.parse((await runCli(['probe', folder, '--duration', '2s', '--json'])).stdout) as {
        walFsyncMs: { count: number };
        warnings: { code: string }[];
      };
      // Thirty a second at most, and one that is due at the start.
      expect(probed.walFsyncMs.count).toBeLessThanOrEqual(61);
      expect(probed.warnings.map(({ code }) => code)).toContain('live-etcd');
      const heavy = await runCli(['probe', folder, '--recipe', 'ladder']);
      expect(heavy.exitCode).toBe(2);
      expect(heavy.stderr).toMatch(/would slow it down.*--live-etcd-at-risk/);
      // From inside its data directory it is known even where its process is not seen.
      expect((await runCli(['probe', data, '--recipe', 'fio-8000'])).stderr).toContain('--live-etcd-at-risk');
    } finally {
      etcd.kill('SIGKILL');
      await once(etcd, 'exit');
    }
  });
});
