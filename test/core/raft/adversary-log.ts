/** Logs as the adversary keeps them beside raft's own: what a disk holds, and what raft has handed out to be written. */
import type { Entry, HardState, Ready, SnapshotMark } from '../../../src/core/raft/index.ts';

/** The entries after `mark`. */
export interface Log {
  mark: SnapshotMark;
  entries: Entry[];
}

/** What a crash cannot take. */
export interface Durable extends Log {
  hardState: HardState;
}

/** One thing a write puts on the disk; a torn write leaves the first few. */
export type WriteRecord = { hardState: HardState } | { mark: SnapshotMark } | { entry: Entry };

/** In the order they are written. */
export function recordsOf(ready: Ready): WriteRecord[] {
  const records: WriteRecord[] = [];
  if (ready.snapshot !== undefined) records.push({ mark: ready.snapshot });
  for (const entry of ready.entries) records.push({ entry });
  if (ready.hardState !== undefined) records.push({ hardState: ready.hardState });
  return records;
}

export function write(durable: Durable, record: WriteRecord): void {
  if ('hardState' in record) {
    durable.hardState = record.hardState;
  } else if ('mark' in record) {
    durable.mark = record.mark;
    durable.entries = [];
  } else {
    append(durable, [record.entry]);
  }
}

export function append(log: Log, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const place = entry.index - log.mark.index - 1;
    // A write older than the compaction of the log it belongs to.
    if (place < 0) continue;
    ensure(place <= log.entries.length, `entry ${entry.index} leaves a gap after ${lastOf(log)}`);
    log.entries.length = place;
    log.entries.push(entry);
  }
}

export function lastOf(log: Readonly<Log>): number {
  return log.mark.index + log.entries.length;
}

export function termAt(log: Readonly<Log>, index: number): number | undefined {
  return index === log.mark.index ? log.mark.term : log.entries[index - log.mark.index - 1]?.term;
}

export function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
