import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { parseProbe, parseRun, serializeRun } from '../../src/core/run/index.ts';
import { runCli } from '../support/cli.ts';
import { buildRun } from '../support/run-builder.ts';

const folder = mkdtempSync(join(tmpdir(), 'etcdmark-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('profiles', () => {
  it('lists every shipped profile, and each of them is valid', async () => {
    const { stdout, exitCode } = await runCli(['profiles', '--json']);
    expect(exitCode).toBe(0);
    const { profiles } = JSON.parse(stdout) as { profiles: { name: string }[] };
    expect(profiles.map(({ name }) => name)).toContain('kubectl-apply-storm');
    for (const { name } of profiles) expect((await runCli(['profiles', 'check', name])).exitCode).toBe(0);
  });

  it('gives a JSON Schema for editors', async () => {
    const schema = JSON.parse((await runCli(['profiles', 'schema'])).stdout) as { properties: object };
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['phases', 'sources']));
  });
});

describe('report', () => {
  const stored = join(folder, 'run.json');
  writeFileSync(stored, serializeRun(buildRun()));

  it('renders a stored Run again, to the same bytes, without measuring', async () => {
    const first = await runCli(['report', stored]);
    expect(first.stdout).toMatch(/^<!doctype html>/i);
    expect((await runCli(['report', stored])).stdout).toBe(first.stdout);
  });

  it('gives the Run itself as JSON', async () => {
    const { stdout } = await runCli(['report', stored, '--json']);
    expect(parseRun(stdout, 'stdout')).toEqual(buildRun());
  });

  it('never writes over a file, nor through a planted link', async () => {
    const taken = join(folder, 'taken.html');
    writeFileSync(taken, 'mine');
    const link = join(folder, 'link.html');
    symlinkSync(join(folder, 'elsewhere.html'), link);
    for (const output of [taken, link]) {
      const { exitCode, stderr } = await runCli(['report', stored, '--output', output]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('exists already');
    }
    expect(readFileSync(taken, 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'elsewhere.html'))).toBe(false);
  });
});

describe('advise', () => {
  it('takes no loopback for a network', async () => {
    const stored = join(folder, 'peer.json');
    writeFileSync(stored, serializeRun(buildRun()));
    const server = createServer((request, response) => response.end(request.url)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { exitCode, stderr } = await runCli(['advise', stored, '--peer', `127.0.0.1:${port}`]);
    server.close();
    server.closeAllConnections();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('a loopback’s round trip says nothing of a network');
  });

  it('settles the timeouts once the round trip is known, and only then', async () => {
    const stored = join(folder, 'advise.json');
    writeFileSync(stored, serializeRun(buildRun()));
    type Advice = { recommendations: { setting: string; recommended: unknown }[] };
    const heartbeat = async (argv: string[]): Promise<unknown> => {
      const advice = JSON.parse((await runCli(['advise', stored, '--json', ...argv])).stdout) as Advice;
      return advice.recommendations.find(({ setting }) => setting === 'heartbeat-interval')?.recommended;
    };
    expect(await heartbeat([])).toBeNull();
    expect(await heartbeat(['--peer-rtt-ms', '0.8'])).toEqual(expect.any(Number));
  });
});

describe('probe', () => {
  it('prints one JSON document, and leaves nothing behind', async () => {
    const path = mkdtempSync(join(folder, 'probe-'));
    const outcome = await runCli(['probe', path, '--json', '--duration', '6s', '--live-etcd-at-risk']);
    expect([0, 3, 99], outcome.stderr).toContain(outcome.exitCode);
    expect(parseProbe(outcome.stdout, 'stdout').walFsyncMs.count).toBeGreaterThan(0);
    expect(outcome.stderr).toBe('');
    expect(readdirSync(path)).toEqual([]);
  });

  it('keeps a history, a model and the recorded facts in new files only', async () => {
    const path = mkdtempSync(join(folder, 'probe-'));
    const history = join(folder, 'history');
    const model = join(folder, 'model.json');
    const argv = [
      'probe',
      path,
      '--duration',
      '6s',
      '--live-etcd-at-risk',
      '--history',
      history,
      '--save-model',
      model,
    ];
    const first = await runCli(argv);
    expect(first.stdout).toContain(`History of ${path} (1)`);
    expect(readdirSync(history)).toHaveLength(1);
    expect(JSON.parse(readFileSync(model, 'utf8'))).toMatchObject({ kind: 'disk-model' });
    const facts = join(folder, 'facts.json');
    expect((await runCli(['probe', path, '--record-facts', facts])).exitCode).toBe(0);
    const again = await runCli(['probe', path, '--record-facts', facts]);
    expect(again.stderr).toContain('exists already');
    expect(again.exitCode).toBe(2);
  });

  it('writes what it has when it is interrupted, says so, and leaves nothing behind', async () => {
    const path = mkdtempSync(join(folder, 'probe-'));
    const interruption = new AbortController();
    const argv = ['probe', path, '--json', '--duration', '60s', '--recipe', 'fio-8000', '--live-etcd-at-risk'];
    const running = runCli(argv, { signal: interruption.signal });
    await expect.poll(() => readdirSync(path, { recursive: true }).length).toBeGreaterThan(1);
    await sleep(1_000);
    interruption.abort();
    const outcome = await running;
    expect(outcome.exitCode).toBe(130);
    expect(parseProbe(outcome.stdout, 'stdout').partial).toBe(true);
    expect(readdirSync(path)).toEqual([]);
  });
});
