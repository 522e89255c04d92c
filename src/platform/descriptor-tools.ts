/**
 * Two system calls that Node does not offer, made by the small tools that do: the child gets our open file as descriptor 3,
 * so that no name is looked up again. Both come with util-linux and with BusyBox.
 */
import { spawnSync } from 'node:child_process';
import { DiskError } from '../base/disk.ts';
import { errorCode } from '../base/errors.ts';

/**
 * Reserves [0, size) of an open file and extends it to `size`; false where the tool or the filesystem cannot.
 * Throws DiskError when there is no space.
 */
export function fallocate(descriptor: number, size: number, path: string): boolean {
  const { status, stderr } = run('fallocate', ['-l', String(size), '/proc/self/fd/3'], descriptor);
  if (status === 0) return true;
  if (/no space left/i.test(stderr)) throw new DiskError('preallocate', path, 'ENOSPC');
  if (/quota/i.test(stderr)) throw new DiskError('preallocate', path, 'EDQUOT');
  return false;
}

/**
 * Takes the exclusive flock(2) of an open file. The lock belongs to the open file that child and parent share, so it
 * stays when the child ends and goes when the parent closes it or dies.
 */
export function lockDescriptor(descriptor: number, path: string): void {
  const { status, stderr } = run('flock', ['-x', '-n', '3'], descriptor);
  if (status === 0) return;
  if (status === 1 && stderr === '') throw new DiskError('lock', path, 'EBUSY');
  throw new DiskError('lock', path, 'ENOLCK', status === undefined ? 'flock(1) is not installed' : stderr.trim());
}

function run(tool: string, args: string[], descriptor: number): { status: number | undefined; stderr: string } {
  const child = spawnSync(tool, args, {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (child.error && errorCode(child.error) === 'ENOENT') return { status: undefined, stderr: '' };
  return { status: child.status ?? -1, stderr: child.stderr };
}
