/** The directory of snapshot marks. */
import type { Disk } from '../../base/disk.ts';
import { DecodeError } from '../../core/api/decode-error.ts';
import type { SnapshotMark } from '../../core/raft/types.ts';
import { readWhole } from '../wal/files.ts';
import { NO_METER, type MarkMeter } from './mark-meter.ts';
import { decodeMark, encodeMark, formatMarkName, parseMarkName } from './mark-format.ts';

/** etcd's default of --max-snapshots. */
const MAX_FILES = 5;

/** A file that could not be read, and the path under which it is kept. */
export interface DamagedMark {
  readonly path: string;
  readonly reason: string;
}

export class MarkDirectory {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #maxFiles: number;
  readonly #meter: MarkMeter;
  /** What `list` has set aside so far. */
  readonly damaged: DamagedMark[] = [];

  /** Makes the directory where there is none. Of the files the newest `maxFiles` are kept; 0 keeps all. */
  constructor(disk: Disk, directory: string, maxFiles: number = MAX_FILES, meter: MarkMeter = NO_METER) {
    this.#disk = disk;
    this.#directory = directory;
    this.#maxFiles = maxFiles;
    this.#meter = meter;
    disk.makeDirectory(directory);
    // What a crash has left of a mark that was being written.
    for (const name of disk.list(directory)) if (name.endsWith('.snap.tmp')) disk.remove(this.#pathOf(name));
  }

  /** Every mark that can be read, newest first. Throws DiskError. */
  list(): SnapshotMark[] {
    return this.#names().flatMap((name) => {
      const path = this.#pathOf(name);
      const read = readMark(this.#disk, path, name);
      if (typeof read !== 'string') return [read];
      this.#disk.rename(path, `${path}.broken`);
      this.#disk.syncDirectory(this.#directory);
      this.damaged.push({ path: `${path}.broken`, reason: read });
      return [];
    });
  }

  /** Writes a mark; durable when it returns. Throws DiskError. */
  save(mark: SnapshotMark): void {
    const disk = this.#disk;
    const meter = this.#meter;
    const startedMs = meter.nowMs();
    const bytes = encodeMark(mark);
    const encodedMs = meter.nowMs();
    const path = this.#pathOf(formatMarkName(mark));
    const draft = `${path}.tmp`;
    // One that failed half-way, on a full disk for example.
    if (disk.stat(draft) !== undefined) disk.remove(draft);
    const file = disk.open(draft, 'create');
    try {
      file.write(bytes, 0);
      file.sync();
    } finally {
      file.close();
    }
    const syncedMs = meter.nowMs();
    disk.rename(draft, path);
    disk.syncDirectory(this.#directory);
    const totalMs = meter.nowMs() - startedMs;
    meter.saved({ encodeMs: encodedMs - startedMs, syncMs: syncedMs - encodedMs, totalMs });
    this.removeOld();
  }

  /** Removes what is beyond the newest `maxFiles`. */
  removeOld(): void {
    if (this.#maxFiles === 0) return;
    for (const name of this.#names().slice(this.#maxFiles)) this.#disk.remove(this.#pathOf(name));
  }

  /** The files' names, newest first. */
  #names(): string[] {
    return this.#disk
      .list(this.#directory)
      .flatMap((name) => {
        const parsed = parseMarkName(name);
        return parsed ? [{ name, ...parsed }] : [];
      })
      .sort((a, b) => b.index - a.index || b.term - a.term)
      .map(({ name }) => name);
  }

  #pathOf(name: string): string {
    return `${this.#directory}/${name}`;
  }
}

/** The mark, or why it cannot be read. */
function readMark(disk: Disk, path: string, name: string): SnapshotMark | string {
  try {
    const mark = decodeMark(readWhole(disk, path));
    return formatMarkName(mark) === name ? mark : `it holds the mark of ${formatMarkName(mark)}`;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}
