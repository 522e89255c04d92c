/** What goes wrong in the middle of a probe: on disk doubles, on real mounts where this machine lets us make them, and by signals. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskError, type DiskOperation } from '../../src/base/disk.ts';
import { OperationError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import { realClock } from '../../src/platform/clock.ts';
import { nodeDisk } from '../../src/platform/node-disk.ts';
import { recordedTree } from '../../src/probe/facts/tree.ts';
import { runProbe, runProbes } from '../../src/probe/index.ts';
import { mountRefusal } from '../support/small-volume.ts';
import { simulatedRunner } from './support/simulated-runner.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const NOTHING = recordedTree({ files: {}, links: {} });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'etcdmark-test-faults-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const environment = () => ({ clock: realClock(), random: seededRandom(1), tree: NOTHING, watchBeforeMs: 0 });

describe('a load that fails in the middle', () => {
  it.each<[string, DiskOperation, RegExp]>([
    ['ENOSPC', 'write', /the volume ran full in the middle of the probe \(ENOSPC in write\): keep 201 MB free/],
    ['EDQUOT', 'write', /the disk quota ran out .*\(EDQUOT in write\): raise it by 201 MB/],
    ['EDQUOT', 'preallocate', /the disk quota ran out .*\(EDQUOT in preallocate\)/],
    ['EROFS', 'datasync', /became read-only .*dmesg/],
    ['EIO', 'datasync', /the device failed .*\(EIO in datasync\).*dmesg/],
  ])(
    'with %s in %s names the path and the remedy in one line, and leaves nothing',
    async (code, operation, message) => {
      let steps = 0;
      const runner = simulatedRunner(() => {
        if (++steps > 500) throw new DiskError(operation, '/hidden/file', code);
        return 1;
      });
      const failure = await runProbe({ path: directory }, { ...environment(), runner }).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(OperationError);
      const text = (failure as Error).message;
      expect(text).toMatch(message);
      expect(text.startsWith(`${directory}: `)).toBe(true);
      expect(text).not.toContain('\n');
      expect(text).not.toContain('/hidden/file');
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  it('by a fault of the program keeps its own error', async () => {
    const runner = simulatedRunner(() => {
      throw new TypeError('a bug');
    });
    await expect(runProbe({ path: directory }, { ...environment(), runner })).rejects.toThrow(TypeError);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('for want of quota for the next segment ends the real load', async () => {
    let opened = 0;
    const real = nodeDisk();
    const disk = {
      ...real,
      open: (...[path, mode]: Parameters<typeof real.open>) => {
        const file = real.open(path, mode);
        if (mode !== 'create' || ++opened < 3) return file;
        const refused = (): never => {
          throw new DiskError('preallocate', path, 'EDQUOT');
        };
        return { ...file, preallocate: refused };
      },
    };
    const recordSizes = [{ bytes: 1_500_000, weight: 1 }];
    const options = { path: directory, recordSizes, durationS: 20, minDurationS: 20 };
    await expect(runProbe(options, { ...environment(), disk })).rejects.toThrow(/disk quota ran out.*preallocate/);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('does not take the other volumes’ results with it', async () => {
    const paths = ['a', 'b', 'c'].map((name) => join(directory, name));
    paths.forEach((path) => mkdirSync(path));
    let steps = 0;
    const runner = simulatedRunner(() => {
      if (++steps === 6000) throw new DiskError('write', 'x', 'ENOSPC');
      return 1;
    });
    const failures: string[] = [];
    const probes = await runProbes(paths, { durationS: 5 }, { ...environment(), runner }, ({ message }) =>
      failures.push(message),
    );
    expect(probes.map(({ path }) => path)).toEqual([paths[0], paths[2]]);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain(paths[1]);
  });
});

/** The built command on a path; `there` settles when it writes. */
function start(path: string, ...flags: string[]) {
  const child = spawn(process.execPath, [MAIN, 'probe', path, '--live-etcd-at-risk', '--quiet', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  const there = async (): Promise<void> => {
    for (let tries = 0; tries < 600; tries++) {
      const scratch = readdirSync(path).find((name) => name.startsWith('.etcdmark-probe-'));
      const loads = scratch === undefined ? [] : readdirSync(join(path, scratch), { recursive: true });
      if (loads.length > 1) return;
      await sleep(50);
    }
    throw new Error(`the probe did not begin: ${stderr}`);
  };
  return { child, ended, there };
}

describe('the command', () => {
  it('interrupted gives what it has, exits with 130, and leaves nothing', async () => {
    const { child, ended, there } = start(directory, '--recipe', 'fio-2300', '--rate', '200');
    await there();
    await sleep(1500);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('cut short');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('interrupted before its first sample exits with 130 as well', async () => {
    const { child, ended } = start(directory);
    // The disk is watched for a second before anything is written.
    while (readdirSync(directory).length === 0) await sleep(20);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('whose path vanishes says so in one line', async () => {
    const path = join(directory, 'volume');
    mkdirSync(path);
    const { ended, there } = start(path, '--duration', '4s', '--recipe', 'fio-8000');
    await there();
    rmSync(path, { recursive: true });
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^etcdmark: \S+: the probe’s directory is no longer there.*a directory that stays$/);
  });
});

const refusal = mountRefusal();

describe.skipIf(refusal !== undefined)(`a small real filesystem${refusal === undefined ? '' : ` (${refusal})`}`, () => {
  let mounted: string;
  const mount = (...args: string[]): void => void execFileSync('mount', [...args, mounted], { stdio: 'pipe' });
  beforeEach(() => {
    mounted = join(directory, 'mounted');
    mkdirSync(mounted);
  });
  afterEach(() => void spawnSync('umount', ['-l', mounted]));

  it('that fills up ends the probe with one line, and the file of the other stays', async () => {
    mount('-t', 'tmpfs', '-o', 'size=240m', 'tmpfs');
    const { child, ended, there } = start(mounted, '--record-sizes', '1500000', '--confidence', '0.9999');
    await there();
    // What is left, and then again what the removed segments give back, until the probe has had enough.
    const chunk = Buffer.alloc(1 << 20, 1);
    while (child.exitCode === null) {
      try {
        writeFileSync(join(mounted, 'other'), chunk, { flag: 'a' });
      } catch {
        await sleep(2);
      }
    }
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^etcdmark: \S+: the volume ran full in the middle of the probe \(ENOSPC in .*$/);
    expect(readdirSync(mounted)).toEqual(['other']);
  });

  it('that becomes read-only ends the probe with one line; what is left goes with the next', async () => {
    const image = join(directory, 'image');
    writeFileSync(image, '');
    execFileSync('truncate', ['-s', '96M', image]);
    execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', image]);
    mount('-o', 'loop', image);
    const { ended, there } = start(mounted, '--recipe', 'fio-2300', '--rate', '500');
    await there();
    await sleep(500);
    mount('-o', 'remount,abort');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^etcdmark: \S+: the (filesystem became read-only|device failed) in the middle .*$/);
    expect(stderr).toContain('could not be removed, the next probe of the path sweeps it');
    execFileSync('umount', [mounted]);
    mount('-o', 'loop', image);
    expect(readdirSync(mounted).some((name) => name.startsWith('.etcdmark-probe-'))).toBe(true);
    await start(mounted, '--recipe', 'fio-2300', '--duration', '0.2s').ended;
    expect(readdirSync(mounted)).toEqual(['lost+found']);
  });
});
