/** The real disk: `Disk` on Node's synchronous file calls. */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import {
  DiskError,
  type Disk,
  type DiskFile,
  type DiskOperation,
  type FileFacts,
  type OpenMode,
  type Preallocation,
} from '../base/disk.ts';
import { errorCode } from '../base/errors.ts';
import { makeDirectories } from './directories.ts';
import { fallocate, lockDescriptor } from './descriptor-tools.ts';

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  'read-write': constants.O_RDWR | constants.O_NOFOLLOW,
};

const ZEROS = new Uint8Array(1 << 20);
/** Of `stat`, whatever the filesystem's own blocks are. */
const STAT_BLOCK_BYTES = 512;

export function nodeDisk(): Disk {
  return {
    open: (path, mode) =>
      openFile(
        path,
        attempt(mode === 'create' ? 'create' : 'open', path, () => openSync(path, FLAGS[mode], 0o600)),
      ),
    list: (directory) => attempt('list', directory, () => readdirSync(directory).sort()),
    makeDirectory: (directory) => attempt('make directory', directory, () => makeDirectories(directory, 0o700)),
    rename: (from, to) => attempt('rename', from, () => renameSync(from, to)),
    remove: (path) => attempt('remove', path, () => unlinkSync(path)),
    syncDirectory: (directory) =>
      attempt('sync directory', directory, () => {
        const descriptor = openDirectory(directory);
        try {
          fsyncSync(descriptor);
        } finally {
          closeSync(descriptor);
        }
      }),
    stat: (path) => attempt('stat', path, () => factsOf(path)),
    freeBytes: (path) =>
      attempt('free bytes', path, () => {
        const facts = statfsSync(path);
        return facts.bavail * facts.bsize;
      }),
    lock: (directory) => {
      const descriptor = attempt('lock', directory, () => openDirectory(directory));
      try {
        lockDescriptor(descriptor, directory);
      } catch (error) {
        closeSync(descriptor);
        throw error;
      }
      return { release: () => attempt('lock', directory, () => closeSync(descriptor)) };
    },
  };
}

function openFile(path: string, descriptor: number): DiskFile {
  const sizeBytes = (): number => attempt('stat', path, () => fstatSync(descriptor).size);
  const write = (bytes: Uint8Array, position: number): void => {
    for (let done = 0; done < bytes.length;) {
      const from = done;
      done += attempt('write', path, () => writeSync(descriptor, bytes, from, bytes.length - from, position + from));
    }
  };
  return {
    path,
    write,
    read: (into, position) => {
      let done = 0;
      while (done < into.length) {
        const from = done;
        const got = attempt('read', path, () => readSync(descriptor, into, from, into.length - from, position + from));
        if (got === 0) break;
        done += got;
      }
      return done;
    },
    datasync: () => attempt('datasync', path, () => fdatasyncSync(descriptor)),
    sync: () => attempt('sync', path, () => fsyncSync(descriptor)),
    truncate: (size) => attempt('truncate', path, () => ftruncateSync(descriptor, size)),
    preallocate: (size): Preallocation => {
      const missingBytes = size - attempt('stat', path, () => fstatSync(descriptor).blocks) * STAT_BLOCK_BYTES;
      if (missingBytes > reservableBytes(path)) throw new DiskError('preallocate', path, 'ENOSPC');
      if (fallocate(descriptor, size, path)) return 'fallocate';
      for (let at = sizeBytes(); at < size; at += ZEROS.length) {
        write(ZEROS.subarray(0, Math.min(ZEROS.length, size - at)), at);
      }
      return 'zero-filled';
    },
    sizeBytes,
    close: () => attempt('close', path, () => closeSync(descriptor)),
  };
}

/**
 * At most so much can be reserved. To try for more is not harmless: some filesystems give all they have before they find
 * that it is not enough, and whoever writes meanwhile finds the volume full. Infinity where the filesystem does not say.
 */
function reservableBytes(path: string): number {
  const { blocks, bfree, bsize } = attempt('free bytes', path, () => statfsSync(path));
  return blocks === 0 ? Infinity : bfree * bsize;
}

function openDirectory(directory: string): number {
  return openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
}

function factsOf(path: string): FileFacts | undefined {
  try {
    const facts = statSync(path);
    return {
      kind: facts.isFile() ? 'file' : facts.isDirectory() ? 'directory' : 'other',
      sizeBytes: facts.size,
    };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function attempt<T>(operation: DiskOperation, path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof DiskError) throw error;
    throw new DiskError(operation, path, errorCode(error) ?? 'unknown');
  }
}
