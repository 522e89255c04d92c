/** The built program on the real disk: what it does, never how fast. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseProbe, type Probe } from '../../src/core/run/index.ts';
import { describeWithPeers, peerPath } from '../support/peers.ts';

const CHILD = fileURLToPath(new URL('support/probe-child.mjs', import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'etcdmark-test-disk-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function probe(recipe: string, seconds: number): Probe {
  const text = execFileSync(process.execPath, [CHILD, directory, recipe, String(seconds)], { encoding: 'utf8' });
  return parseProbe(text, 'child');
}

describe('a probe of the real disk', () => {
  it('measures the WAL, names the volume, and leaves nothing', () => {
    const result = probe('wal', 1);
    expect(result.walFsyncMs.count).toBeGreaterThan(0);
    expect(result.writeMs?.count).toBe(result.walFsyncMs.count);
    expect(result.method?.fileBytes).toBe(64_000_000);
    expect(result.volume.filesystem).not.toBeNull();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('measures the backend against its own budget', () => {
    const result = probe('backend', 1);
    expect(result).toMatchObject({ budgetMs: 25, walFsyncMs: { count: 0 } });
    expect(result.backendCommitMs?.count).toBeGreaterThan(0);
  });

  it('runs the neighbours beside WAL and backend', () => {
    const { phases } = probe('together', 0.3);
    expect(phases?.map((phase) => phase.name)).toEqual([
      'wal alone',
      'wal and backend',
      'with image-pull',
      'with log-writer',
    ]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('killed leaves a directory, which the next probe sweeps', async () => {
    const child = spawn(process.execPath, [CHILD, directory, 'wal', '30'], { stdio: ['ignore', 'ignore', 'pipe'] });
    await once(child.stderr, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(directory).length).toBe(1);
    probe('wal', 0.2);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('whose path is removed in the middle ends with one clear line', async () => {
    const child = spawn(process.execPath, [CHILD, directory, 'wal', '3'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
      rmSync(directory, { recursive: true, force: true });
    });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).not.toBe(0);
    expect(errors).toMatch(/OperationError: .*no longer there/);
    expect(existsSync(directory)).toBe(false);
  });
});

describeWithPeers(['strace'], 'the system calls of a sample', () => {
  it('are one write and one fdatasync, all by the measuring thread', () => {
    const trace = join(directory, 'trace');
    const probed = mkdtempSync(join(directory, 'volume-'));
    const flags = ['-f', '-e', 'trace=pwrite64,fdatasync', '-o', trace];
    const text = execFileSync(peerPath('strace'), [...flags, process.execPath, CHILD, probed, 'fio-8000', '1'], {
      encoding: 'utf8',
    });
    const { count } = parseProbe(text, 'child').walFsyncMs;
    const calls = readFileSync(trace, 'utf8').split('\n');
    const thread = calls.find((line) => line.includes('fdatasync('))?.split(' ')[0];
    const ofThread = calls.filter((line) => line.startsWith(`${thread} `));
    const number = (pattern: RegExp): number => ofThread.filter((line) => pattern.test(line)).length;
    // The step in flight when the time is over belongs to no verdict.
    expect(number(/fdatasync\(/) - count).toBeGreaterThanOrEqual(0);
    expect(number(/fdatasync\(/) - count).toBeLessThan(0.05 * count + 300);
    expect(Math.abs(number(/fdatasync\(/) - number(/pwrite64\(/))).toBeLessThanOrEqual(1);
    expect(calls.filter((line) => line.includes('fdatasync(')).length).toBe(number(/fdatasync\(/));
  });
});
