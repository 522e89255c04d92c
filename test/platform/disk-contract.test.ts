/** What every `Disk` promises: the real one, and the simulated one that stands in for it. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskError, type Disk } from '../../src/base/disk.ts';
import { nodeDisk } from '../../src/platform/node-disk.ts';
import { SimulatedDisk } from '../support/disks/simulated-disk.ts';

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(DiskError);
    return (error as DiskError).code;
  }
  return 'no error';
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function read(disk: Disk, path: string): string {
  const file = disk.open(path, 'read');
  const bytes = new Uint8Array(100);
  const got = file.read(bytes, 0);
  file.close();
  return new TextDecoder().decode(bytes.subarray(0, got));
}

describe.each([
  ['the real disk', nodeDisk],
  ['the simulated disk', () => new SimulatedDisk()],
])('%s', (_, make) => {
  let disk: Disk;
  let root = '';
  beforeEach(() => {
    disk = make();
    root = mkdtempSync(join(tmpdir(), 'etcdmark-disk-'));
    disk.makeDirectory(root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('creates only what does not exist, and opens only what does', () => {
    const path = `${root}/a`;
    expect(codeOf(() => disk.open(path, 'read'))).toBe('ENOENT');
    expect(codeOf(() => disk.open(path, 'read-write'))).toBe('ENOENT');
    disk.open(path, 'create').close();
    expect(codeOf(() => disk.open(path, 'create'))).toBe('EEXIST');
    expect(codeOf(() => disk.open(`${root}/no/a`, 'create'))).toBe('ENOENT');
    disk.open(path, 'read-write').close();
  });

  it('writes and reads at positions, with zeros between', () => {
    const file = disk.open(`${root}/a`, 'create');
    file.write(text('world'), 8);
    file.write(text('hello'), 0);
    expect(file.sizeBytes()).toBe(13);
    expect(read(disk, file.path)).toBe('hello\0\0\0world');
    const into = new Uint8Array(10);
    expect(file.read(into, 10)).toBe(3);
    expect(file.read(into, 13)).toBe(0);
    expect(file.read(into, 99)).toBe(0);
    file.truncate(9);
    file.truncate(11);
    expect(read(disk, file.path)).toBe('hello\0\0\0w\0\0');
    file.datasync();
    file.sync();
    file.close();
    expect(codeOf(() => file.write(text('x'), 0))).toBe('EBADF');
  });

  it('preallocates zeros and keeps what is there', () => {
    const file = disk.open(`${root}/a`, 'create');
    file.write(text('hello'), 0);
    expect(['fallocate', 'zero-filled']).toContain(file.preallocate(20_000));
    expect(file.sizeBytes()).toBe(20_000);
    expect(read(disk, file.path)).toBe('hello' + '\0'.repeat(95));
    file.close();
  });

  it('lists, renames, replaces and removes', () => {
    for (const name of ['b', 'a']) {
      const file = disk.open(`${root}/${name}`, 'create');
      file.write(text(name), 0);
      file.close();
    }
    disk.makeDirectory(`${root}/d/e`);
    expect(disk.list(root)).toEqual(['a', 'b', 'd']);
    expect(disk.list(`${root}/d`)).toEqual(['e']);
    disk.rename(`${root}/a`, `${root}/b`);
    expect(disk.list(root)).toEqual(['b', 'd']);
    expect(read(disk, `${root}/b`)).toBe('a');
    disk.rename(`${root}/d`, `${root}/f`);
    expect(disk.list(`${root}/f`)).toEqual(['e']);
    disk.syncDirectory(root);
    disk.remove(`${root}/b`);
    expect(disk.list(root)).toEqual(['f']);
    expect(codeOf(() => disk.remove(`${root}/b`))).toBe('ENOENT');
    expect(codeOf(() => disk.rename(`${root}/b`, `${root}/c`))).toBe('ENOENT');
    expect(codeOf(() => disk.list(`${root}/b`))).toBe('ENOENT');
    expect(codeOf(() => disk.syncDirectory(`${root}/b`))).toBe('ENOENT');
  });

  it('tells what a name stands for', () => {
    disk.open(`${root}/a`, 'create').preallocate(10);
    expect(disk.stat(`${root}/a`)).toEqual({ kind: 'file', sizeBytes: 10 });
    expect(disk.stat(root)?.kind).toBe('directory');
    expect(disk.stat(`${root}/b`)).toBeUndefined();
    expect(disk.stat(`${root}/a/b`)).toBeUndefined();
    expect(disk.freeBytes(root)).toBeGreaterThan(0);
  });

  it('locks a directory for one holder', () => {
    const lock = disk.lock(root);
    expect(codeOf(() => disk.lock(root))).toBe('EBUSY');
    lock.release();
    disk.lock(root).release();
    expect(disk.list(root)).toEqual([]);
    expect(codeOf(() => disk.lock(`${root}/no`))).toBe('ENOENT');
  });

  it('says in one line what it could not do', () => {
    expect(() => disk.open(`${root}/a`, 'read')).toThrow(`cannot open ${root}/a: no such file or directory (ENOENT)`);
    const lock = disk.lock(root);
    expect(() => disk.lock(root)).toThrow(`cannot lock ${root}: in use by another process (EBUSY)`);
    lock.release();
  });
});

describe('the real disk', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'etcdmark-disk-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('never follows a planted link where it creates or writes', () => {
    const disk = nodeDisk();
    symlinkSync(`${root}/elsewhere`, `${root}/dangling`);
    expect(codeOf(() => disk.open(`${root}/dangling`, 'create'))).toBe('EEXIST');
    disk.open(`${root}/elsewhere`, 'create').close();
    expect(codeOf(() => disk.open(`${root}/dangling`, 'read-write'))).toBe('ELOOP');
    expect(disk.list(root)).toEqual(['dangling', 'elsewhere']);
  });
});
