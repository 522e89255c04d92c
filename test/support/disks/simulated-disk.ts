/**
 * A disk in memory that keeps apart what was written and what is durable, so that a crash can take away everything that no
 * completed sync covers, or any part of it.
 */
import { DiskError, type Disk, type DiskFile, type DiskOperation } from '../../../src/base/disk.ts';
import type { Random } from '../../../src/base/random.ts';
import { SECTOR_BYTES, SparseBytes } from './sparse-bytes.ts';

/** What survives of that which was never synced. */
export interface CrashChoice {
  /** Whether an unsynced sector of a file reached the disk. */
  keepSector(path: string, sector: number): boolean;
  /** Whether an unsynced change of a file's size did. */
  keepSize(path: string): boolean;
  /** How many of `count` unsynced changes of names did: the first so many. */
  keepNames(count: number): number;
}

/** Nothing unsynced survives. */
export const LOSE_UNSYNCED: CrashChoice = { keepSector: () => false, keepSize: () => false, keepNames: () => 0 };

/** Everything survives, as after SIGKILL. */
export const KEEP_ALL: CrashChoice = { keepSector: () => true, keepSize: () => true, keepNames: (count) => count };

/** Any sector may have been written, in any order. */
export function tearAtRandom(random: Random): CrashChoice {
  const share = random.float();
  return {
    keepSector: () => random.float() < share,
    keepSize: () => random.float() < 0.5,
    keepNames: (count) => random.below(count + 1),
  };
}

type Node = SparseBytes | 'directory';
type Tree = Map<string, Node>;

interface NameChange {
  readonly directory: string;
  apply(tree: Tree): void;
}

export interface SimulatedDiskOptions {
  /** Bytes that fit; unlimited when left out. */
  readonly capacityBytes?: number;
}

export class SimulatedDisk implements Disk {
  private readonly capacityBytes: number;
  private tree: Tree = new Map([['/', 'directory']]);
  private durable: Tree = new Map([['/', 'directory']]);
  private changes: NameChange[] = [];
  private readonly locks = new Set<string>();
  /** Files opened before the last crash are dead. */
  private generation = 0;

  constructor(options: SimulatedDiskOptions = {}) {
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Ends every open file and lock, and leaves what `choice` lets survive. */
  crash(choice: CrashChoice): void {
    this.generation++;
    this.locks.clear();
    const kept = choice.keepNames(this.changes.length);
    for (const change of this.changes.slice(0, kept)) change.apply(this.durable);
    this.changes = [];
    // A name in a directory that has none is lost with it.
    for (const path of [...this.durable.keys()]) if (!this.isReachable(path)) this.durable.delete(path);
    this.tree = new Map(this.durable);
    for (const [path, node] of this.tree) {
      if (node === 'directory') continue;
      node.crash((sector) => choice.keepSector(path, sector), node.sizeIsDurable || choice.keepSize(path));
    }
  }

  /** Changes a file behind the back of its reader, durably. */
  corrupt(path: string, change: (bytes: Uint8Array) => void): void {
    const file = this.fileAt(path, 'open');
    const bytes = new Uint8Array(file.size);
    file.read(bytes, 0);
    change(bytes);
    file.write(bytes, 0);
    file.makeDurable();
  }

  open(path: string, mode: 'read' | 'create' | 'read-write'): DiskFile {
    if (mode !== 'create') return this.handle(path, this.fileAt(path, 'open'));
    if (this.tree.has(path)) throw new DiskError('create', path, 'EEXIST');
    if (this.tree.get(parentOf(path)) !== 'directory') throw new DiskError('create', path, 'ENOENT');
    const file = new SparseBytes();
    this.change(parentOf(path), (tree) => tree.set(path, file));
    return this.handle(path, file);
  }

  list(directory: string): string[] {
    if (this.tree.get(directory) !== 'directory') throw new DiskError('list', directory, 'ENOENT');
    const names: string[] = [];
    for (const path of this.tree.keys()) {
      if (path !== '/' && parentOf(path) === directory) names.push(path.slice(path.lastIndexOf('/') + 1));
    }
    return names.sort();
  }

  makeDirectory(directory: string): void {
    const node = this.tree.get(directory);
    if (node === 'directory') return;
    if (node) throw new DiskError('make directory', directory, 'EEXIST');
    this.makeDirectory(parentOf(directory));
    this.change(parentOf(directory), (tree) => tree.set(directory, 'directory'));
  }

  rename(from: string, to: string): void {
    if (!this.tree.has(from)) throw new DiskError('rename', from, 'ENOENT');
    if (this.tree.get(parentOf(to)) !== 'directory') throw new DiskError('rename', from, 'ENOENT');
    this.change(parentOf(to), (tree) => {
      for (const [path, node] of [...tree]) {
        if (path !== from && !path.startsWith(`${from}/`)) continue;
        tree.delete(path);
        tree.set(to + path.slice(from.length), node);
      }
    });
  }

  remove(path: string): void {
    this.fileAt(path, 'remove');
    this.change(parentOf(path), (tree) => tree.delete(path));
  }

  syncDirectory(directory: string): void {
    if (this.tree.get(directory) !== 'directory') throw new DiskError('sync directory', directory, 'ENOENT');
    const rest: NameChange[] = [];
    for (const change of this.changes) {
      if (change.directory === directory) change.apply(this.durable);
      else rest.push(change);
    }
    this.changes = rest;
  }

  stat(path: string): { kind: 'file' | 'directory'; sizeBytes: number } | undefined {
    const node = this.tree.get(path);
    if (!node) return undefined;
    return node === 'directory' ? { kind: 'directory', sizeBytes: 0 } : { kind: 'file', sizeBytes: node.size };
  }

  freeBytes(): number {
    let used = 0;
    for (const node of this.tree.values()) if (node !== 'directory') used += node.usedSectors() * SECTOR_BYTES;
    return this.capacityBytes - used;
  }

  lock(directory: string): { release(): void } {
    if (this.tree.get(directory) !== 'directory') throw new DiskError('lock', directory, 'ENOENT');
    if (this.locks.has(directory)) throw new DiskError('lock', directory, 'EBUSY');
    this.locks.add(directory);
    const generation = this.generation;
    return {
      release: () => {
        if (generation === this.generation) this.locks.delete(directory);
      },
    };
  }

  private handle(path: string, file: SparseBytes): DiskFile {
    const generation = this.generation;
    let open = true;
    const use = (operation: DiskOperation): SparseBytes => {
      if (!open || generation !== this.generation) throw new DiskError(operation, path, 'EBADF', 'it is closed');
      return file;
    };
    return {
      path,
      write: (bytes, position) => {
        use('write');
        const fits = this.fitting(file, bytes.length, position);
        file.write(bytes.subarray(0, fits), position);
        if (fits < bytes.length) throw new DiskError('write', path, 'ENOSPC');
      },
      read: (into, position) => use('read').read(into, position),
      datasync: () => use('datasync').makeDurable(),
      sync: () => use('sync').makeDurable(),
      truncate: (size) => use('truncate').truncate(size),
      preallocate: (size) => {
        const target = use('preallocate');
        if (this.freeBytes() < size - target.usedSectors() * SECTOR_BYTES) {
          throw new DiskError('preallocate', path, 'ENOSPC');
        }
        target.size = Math.max(target.size, size);
        target.reserved = Math.max(target.reserved, size);
        return 'fallocate';
      },
      sizeBytes: () => use('stat').size,
      close: () => {
        use('close');
        open = false;
      },
    };
  }

  /** How many of `length` bytes there is space for. */
  private fitting(file: SparseBytes, length: number, position: number): number {
    if (this.capacityBytes === Number.POSITIVE_INFINITY) return length;
    const free = Math.floor(this.freeBytes() / SECTOR_BYTES);
    let fits = length;
    while (fits > 0 && file.newSectors(position, fits) > free) fits -= Math.min(fits, SECTOR_BYTES);
    return fits;
  }

  private fileAt(path: string, operation: DiskOperation): SparseBytes {
    const node = this.tree.get(path);
    if (!node) throw new DiskError(operation, path, 'ENOENT');
    if (node === 'directory') throw new DiskError(operation, path, 'EISDIR');
    return node;
  }

  private isReachable(path: string): boolean {
    return path === '/' || (this.durable.get(parentOf(path)) === 'directory' && this.isReachable(parentOf(path)));
  }

  private change(directory: string, apply: (tree: Tree) => void): void {
    apply(this.tree);
    this.changes.push({ directory, apply });
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
