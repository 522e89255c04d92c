/**
 * The hidden directory that holds a probe's files: new, of its own, and gone afterwards.
 *
 * It is made with mkdir, which fails on any existing name, links included, so nothing planted is followed or overwritten.
 * A lock on it tells a directory in use from one that a killed probe left behind, in any container on the same kernel; what
 * nobody holds is swept by the next probe of the path.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Disk, DiskLock } from '../base/disk.ts';
import { OperationError, UsageError, errorCode } from '../base/errors.ts';

const PREFIX = '.etcdmark-probe-';
const NAME = /^\.etcdmark-probe-[0-9a-f]{16}$/;

/** Where flock(1) is missing, a directory younger than this is taken to be in use. */
const STALE_AFTER_MS = 86_400_000;

export interface Scratch {
  readonly directory: string;
  /** A new directory inside, for a load of its own. */
  nextDirectory(): string;
  /** Removes the directory and all in it, and may be called twice; false where it could not. */
  remove(): boolean;
}

/** The real path of a directory that may be probed. Throws UsageError for what is none. */
export function probedDirectory(path: string): string {
  try {
    if (!statSync(path).isDirectory()) {
      throw new UsageError(`${path} is not a directory: give the directory that etcd would write to`);
    }
    return realpathSync(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UsageError(`${path} does not exist: give an existing directory on the volume that etcd would use`);
    }
    if (code === 'EACCES') throw new OperationError(`${path} cannot be looked at: permission denied; run as its owner`);
    throw error;
  }
}

/** Sweeps what dead probes left in `path`, checks for `neededBytes` free, and makes a fresh directory. */
export function makeScratch(path: string, neededBytes: number, disk: Disk, nowMs: number): Scratch {
  sweepStale(path, disk, nowMs);
  const freeBytes = disk.freeBytes(path);
  if (freeBytes < neededBytes) {
    throw new OperationError(
      `${path} has too little space: the probe needs ${megabytes(neededBytes)} MB, ${megabytes(freeBytes)} MB are free`,
    );
  }
  const directory = join(path, PREFIX + randomBytes(8).toString('hex'));
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    throw makeError(path, errorCode(error));
  }
  let lock = lockIfPossible(disk, directory);
  let loads = 0;
  return {
    directory,
    nextDirectory() {
      const one = join(directory, `load-${loads++}`);
      mkdirSync(one, { mode: 0o700 });
      return one;
    },
    remove() {
      const isGone = removed(directory);
      lock?.release();
      lock = undefined;
      return isGone;
    },
  };
}

function makeError(path: string, code: string | undefined): Error {
  if (code === 'EROFS') return new OperationError(`${path} is read-only: the probe must write where etcd would write`);
  if (code === 'EACCES' || code === 'EPERM') {
    return new OperationError(`${path} is not writable by this user: run as its owner (etcd's data directory is 0700)`);
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OperationError(`${path} has no space for another directory (${code})`);
  }
  return new OperationError(`cannot make a directory in ${path} (${code ?? 'unknown error'})`);
}

function sweepStale(path: string, disk: Disk, nowMs: number): void {
  for (const name of readdirSync(path)) {
    if (!NAME.test(name)) continue;
    const directory = join(path, name);
    const facts = lstatSync(directory, { throwIfNoEntry: false });
    if (facts === undefined || !facts.isDirectory() || facts.uid !== process.getuid?.()) continue;
    try {
      disk.lock(directory).release();
    } catch (error) {
      if (errorCode(error) === 'EBUSY' || nowMs - facts.mtimeMs < STALE_AFTER_MS) continue;
    }
    removed(directory);
  }
}

/** False for what cannot be removed now, as on a filesystem that became read-only. */
function removed(directory: string): boolean {
  try {
    rmSync(directory, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

function lockIfPossible(disk: Disk, directory: string): DiskLock | undefined {
  try {
    return disk.lock(directory);
  } catch {
    // A filesystem or an image without flock: the age of the directory must do.
    return undefined;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
