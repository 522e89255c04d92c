/** A real filesystem of a few megabytes, where this process may mount one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why no filesystem can be mounted here; undefined where it can. */
export function mountRefusal(): string | undefined {
  const probe = mkdtempSync(join(tmpdir(), 'etcdmark-test-mount-'));
  try {
    const { status, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe]);
    if (status !== 0) return error?.message ?? 'mount is refused: needs root';
    spawnSync('umount', [probe]);
    return undefined;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

export class SmallVolume {
  readonly path: string;

  constructor(path: string, megabytes: number) {
    this.path = path;
    mkdirSync(path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'pipe' });
  }

  resize(megabytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${megabytes}m`, this.path], { stdio: 'pipe' });
  }

  /** Also when a process still uses it, or it was never mounted. */
  close(): void {
    spawnSync('umount', ['-l', this.path]);
  }
}
