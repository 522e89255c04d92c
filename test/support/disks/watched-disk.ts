/** A disk every call of which can be seen, failed or changed on its way to another disk. */
import type { Disk, DiskFile, DiskOperation } from '../../../src/base/disk.ts';

export interface DiskCall {
  readonly operation: DiskOperation;
  readonly path: string;
  /** Of writes and reads. */
  readonly position?: number;
  readonly length?: number;
}

export interface DiskWatcher {
  /** Sees a call before it is made; what it throws is what the caller gets. */
  before?(call: DiskCall): void;
  /** Sees a call that has succeeded. */
  after?(call: DiskCall): void;
  /** May change what was read. */
  read?(path: string, position: number, bytes: Uint8Array): void;
}

export function watchedDisk(inner: Disk, watcher: DiskWatcher): Disk {
  const pass = <T>(call: DiskCall, act: () => T): T => {
    watcher.before?.(call);
    const result = act();
    watcher.after?.(call);
    return result;
  };
  return {
    open: (path, mode) => {
      const call: DiskCall = { operation: mode === 'create' ? 'create' : 'open', path };
      return watchedFile(
        pass(call, () => inner.open(path, mode)),
        pass,
        watcher,
      );
    },
    list: (path) => pass({ operation: 'list', path }, () => inner.list(path)),
    makeDirectory: (path) => pass({ operation: 'make directory', path }, () => inner.makeDirectory(path)),
    rename: (from, to) => pass({ operation: 'rename', path: to }, () => inner.rename(from, to)),
    remove: (path) => pass({ operation: 'remove', path }, () => inner.remove(path)),
    syncDirectory: (path) => pass({ operation: 'sync directory', path }, () => inner.syncDirectory(path)),
    stat: (path) => pass({ operation: 'stat', path }, () => inner.stat(path)),
    freeBytes: (path) => pass({ operation: 'free bytes', path }, () => inner.freeBytes(path)),
    lock: (path) => pass({ operation: 'lock', path }, () => inner.lock(path)),
  };
}

function watchedFile(file: DiskFile, pass: <T>(call: DiskCall, act: () => T) => T, watcher: DiskWatcher): DiskFile {
  const path = file.path;
  return {
    path,
    write: (bytes, position) =>
      pass({ operation: 'write', path, position, length: bytes.length }, () => file.write(bytes, position)),
    read: (into, position) => {
      const call: DiskCall = { operation: 'read', path, position, length: into.length };
      const got = pass(call, () => file.read(into, position));
      watcher.read?.(path, position, into.subarray(0, got));
      return got;
    },
    datasync: () => pass({ operation: 'datasync', path }, () => file.datasync()),
    sync: () => pass({ operation: 'sync', path }, () => file.sync()),
    truncate: (size) => pass({ operation: 'truncate', path }, () => file.truncate(size)),
    preallocate: (size) => pass({ operation: 'preallocate', path }, () => file.preallocate(size)),
    sizeBytes: () => pass({ operation: 'stat', path }, () => file.sizeBytes()),
    close: () => pass({ operation: 'close', path }, () => file.close()),
  };
}
