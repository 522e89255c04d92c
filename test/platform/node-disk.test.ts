import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiledEntry } from '../../src/platform/entry.ts';
import { nodeDisk } from '../../src/platform/node-disk.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'etcdmark-disk-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the real disk', () => {
  it('reserves the space it preallocates', () => {
    const file = nodeDisk().open(join(root, 'a'), 'create');
    file.preallocate(4_000_000);
    file.close();
    const facts = statSync(join(root, 'a'));
    expect(facts.size).toBe(4_000_000);
    expect(facts.blocks * 512).toBeGreaterThanOrEqual(4_000_000);
    expect(facts.mode & 0o777).toBe(0o600);
  });

  it('reports a full filesystem by name', () => {
    const file = nodeDisk().open(join(root, 'a'), 'create');
    const tooMuch = 2 * nodeDisk().freeBytes(root);
    // Filesystems differ in whether they call this too large a file or too little space.
    expect(() => file.preallocate(Math.min(tooMuch, 15e12))).toThrow(/\((ENOSPC|EFBIG|EDQUOT)\)/);
    file.close();
  });

  it('does not even try to reserve more than there is: others would find the volume full meanwhile', () => {
    const tools = join(root, 'tools');
    mkdirSync(tools);
    writeFileSync(join(tools, 'fallocate'), `#!/bin/sh\ntouch ${tools}/called\n`, { mode: 0o755 });
    const { PATH } = process.env;
    process.env.PATH = `${tools}:${PATH}`;
    try {
      const { bfree, bsize } = statfsSync(root);
      const file = nodeDisk().open(join(root, 'a'), 'create');
      expect(() => file.preallocate(2 * bfree * bsize)).toThrow(/\(ENOSPC\)/);
      expect(existsSync(join(tools, 'called'))).toBe(false);
      file.preallocate(1000);
      expect(existsSync(join(tools, 'called'))).toBe(true);
      file.close();
    } finally {
      process.env.PATH = PATH;
    }
  });

  it('holds a lock against other processes until its own ends, however that is', async () => {
    const script = `
      import { nodeDisk } from ${JSON.stringify(compiledEntry('platform/node-disk.js').href)};
      nodeDisk().lock(${JSON.stringify(root)});
      process.stdout.write('locked');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      expect(() => nodeDisk().lock(root)).toThrow(/in use by another process/);
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    nodeDisk().lock(root).release();
  });
});
