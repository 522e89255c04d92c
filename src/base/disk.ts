/**
 * The disk, handed in: the real one lives in `platform/`, recording, faulty and simulated ones in the tests and the
 * simulator. Every call is synchronous, returns when the operating system has answered, and throws `DiskError`.
 *
 * What is durable: the bytes of a file after `datasync` or `sync` of that file; a name (created, renamed, removed) after
 * `syncDirectory` of the directory that holds it. Nothing else survives a power cut.
 */
import { OperationError } from './errors.ts';

/**
 * - `read`: an existing file, for reading only.
 * - `create`: a new file, for reading and writing; `EEXIST` where the name is taken, even by a dangling link.
 * - `read-write`: an existing regular file, for reading and writing; `ELOOP` where its name is a symbolic link.
 */
export type OpenMode = 'read' | 'create' | 'read-write';

/** How the space of a file was reserved. */
export type Preallocation = 'fallocate' | 'zero-filled';

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'other';
  readonly sizeBytes: number;
}

export interface Disk {
  open(path: string, mode: OpenMode): DiskFile;
  /** The names in a directory, sorted. */
  list(directory: string): string[];
  /** Makes a directory (mode 0700) and the missing ones above it; an existing directory is left as it is. */
  makeDirectory(directory: string): void;
  /** Renames a file or a directory; a file or an empty directory that has the new name is replaced in one step. */
  rename(from: string, to: string): void;
  /** Removes a file; `ENOENT` where there is none. */
  remove(path: string): void;
  /** Makes the names in a directory durable. */
  syncDirectory(directory: string): void;
  /** What a name stands for, links followed; undefined where nothing has that name. */
  stat(path: string): FileFacts | undefined;
  /** Bytes that an ordinary user can still write on the filesystem that holds `path`. */
  freeBytes(path: string): number;
  /** Takes the exclusive lock of an existing directory; `EBUSY` while another holder, in any process, has it. */
  lock(directory: string): DiskLock;
}

export interface DiskFile {
  readonly path: string;
  /** Writes all of `bytes` at `position`, extending the file where it ends before. */
  write(bytes: Uint8Array, position: number): void;
  /** Fills `into` from `position`; the bytes read, fewer than asked for only at the end of the file. */
  read(into: Uint8Array, position: number): number;
  /** Makes the file's bytes durable, with the metadata needed to read them (fdatasync). */
  datasync(): void;
  /** `datasync`, and all other metadata of the file (fsync). */
  sync(): void;
  truncate(sizeBytes: number): void;
  /** Extends the file to `sizeBytes` of zeros whose space is reserved; bytes already there stay. */
  preallocate(sizeBytes: number): Preallocation;
  sizeBytes(): number;
  close(): void;
}

/** Held until `release` or the end of the process. */
export interface DiskLock {
  release(): void;
}

export type DiskOperation =
  | 'open'
  | 'create'
  | 'write'
  | 'read'
  | 'datasync'
  | 'sync'
  | 'truncate'
  | 'preallocate'
  | 'stat'
  | 'close'
  | 'list'
  | 'make directory'
  | 'rename'
  | 'remove'
  | 'sync directory'
  | 'free bytes'
  | 'lock';

/** A disk operation that failed. `code` is the system's (`ENOSPC`, `EIO`, `ENOENT`, …). */
export class DiskError extends OperationError {
  readonly code: string;
  readonly path: string;
  readonly operation: DiskOperation;

  /** `detail` replaces the plain words for `code` where more is known. */
  constructor(operation: DiskOperation, path: string, code: string, detail?: string) {
    super(`cannot ${PHRASES[operation]} ${path}: ${detail ?? MEANINGS[code] ?? 'the system refused'} (${code})`);
    this.code = code;
    this.path = path;
    this.operation = operation;
  }
}

const PHRASES: Readonly<Record<DiskOperation, string>> = {
  open: 'open',
  create: 'create',
  write: 'write to',
  read: 'read from',
  datasync: 'fdatasync',
  sync: 'fsync',
  truncate: 'truncate',
  preallocate: 'preallocate',
  stat: 'stat',
  close: 'close',
  list: 'list',
  'make directory': 'make directory',
  rename: 'rename',
  remove: 'remove',
  'sync directory': 'fsync directory',
  'free bytes': 'tell the free space of',
  lock: 'lock',
};

const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'in use by another process',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'it exists already',
  EFBIG: 'the file would grow too large',
  EINVAL: 'not supported by this filesystem',
  EIO: 'input/output error of the device',
  EISDIR: 'it is a directory',
  ELOOP: 'it is a symbolic link, which is not followed here',
  EMFILE: 'too many open files in this process',
  ENFILE: 'too many open files on this machine',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
  EROFS: 'the filesystem is read-only',
};
