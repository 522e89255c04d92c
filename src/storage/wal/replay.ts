/** The records of a log, in order, to what raft starts from. */
import { equalBytes } from '../../base/bytes.ts';
import { DecodeError } from '../../core/api/decode-error.ts';
import { ENTRY_CONF_CHANGE, type Entry, type HardState } from '../../core/raft/types.ts';
import { ByteArena } from './arena.ts';
import type { ReadRecord } from './decoder.ts';
import { ENTRY_RECORD, METADATA_RECORD, SNAPSHOT_RECORD, STATE_RECORD } from './format.ts';
import {
  readEntry,
  readHardState,
  readMetadata,
  readSnapshotMark,
  type LoggedMark,
  type LogMetadata,
} from './messages.ts';

/** The point a log is read from: a snapshot on hand, or { 0, 0 } for the beginning. */
export interface LogStart {
  readonly index: number;
  readonly term: number;
}

export class Replay {
  private readonly start: LogStart;
  private metadataBytes: Uint8Array | undefined;
  /** Term of the entry at `start.index`, where the log holds it. */
  private startTerm: number | undefined;
  private atHead = false;
  private readonly arena = new ByteArena();

  metadata: LogMetadata | undefined;
  hardState: HardState = { term: 0, vote: 0n, commit: 0 };
  /** The snapshot record of `start`, once it has been read. */
  mark: LoggedMark | undefined;
  /** Every entry after `start`; the first has index `start.index + 1`. */
  readonly entries: Entry[] = [];

  constructor(start: LogStart) {
    this.start = start;
  }

  beginSegment(): void {
    this.atHead = true;
  }

  /** Whether the current segment has given its metadata. */
  get hasHead(): boolean {
    return !this.atHead;
  }

  get lastIndex(): number {
    return this.start.index + this.entries.length;
  }

  /** Takes a record; why it cannot stand, or undefined. */
  accept(bytes: Uint8Array, record: ReadRecord): string | undefined {
    const { type, dataStart, dataEnd } = record;
    try {
      if (this.atHead !== (type === METADATA_RECORD)) {
        return this.atHead ? 'the segment does not start with the metadata' : 'metadata stand inside the segment';
      }
      if (type === METADATA_RECORD) return this.acceptMetadata(bytes, dataStart, dataEnd);
      if (type === ENTRY_RECORD) return this.acceptEntry(readEntry(bytes, dataStart, dataEnd, this.arena));
      if (type === STATE_RECORD) return this.acceptState(readHardState(bytes, dataStart, dataEnd));
      if (type === SNAPSHOT_RECORD) return this.acceptMark(readSnapshotMark(bytes, dataStart, dataEnd));
      return `record type ${type} is not known; 1 to 5 are`;
    } catch (error) {
      if (error instanceof DecodeError) return error.message;
      throw error;
    }
  }

  private acceptMetadata(bytes: Uint8Array, start: number, end: number): string | undefined {
    const data = bytes.slice(start, end);
    const metadata = readMetadata(data, 0, data.length);
    if (this.metadataBytes && !equalBytes(this.metadataBytes, data)) {
      return `the segment belongs to member ${metadata.nodeId} of cluster ${metadata.clusterId}, the one before does not`;
    }
    this.metadataBytes = data;
    this.metadata = metadata;
    this.atHead = false;
    return undefined;
  }

  private acceptEntry(entry: Entry): string | undefined {
    const { index, term } = entry;
    // The CRC covers what a record holds, not its type: a state taken for an entry must not pass.
    if (index === 0 || term === 0) return `an entry has index ${index} and term ${term}`;
    if (entry.type === ENTRY_CONF_CHANGE && entry.data.length === 0) return `membership change ${index} is empty`;
    if (index <= this.hardState.commit) return `entry ${index} follows a commit index of ${this.hardState.commit}`;
    if (index <= this.start.index) {
      // Raft replaced the log from here on.
      this.entries.length = 0;
      if (index === this.start.index) this.startTerm = term;
      return undefined;
    }
    const place = index - this.start.index - 1;
    if (place > this.entries.length) return `entry ${index} follows entry ${this.lastIndex}`;
    const before = place === 0 ? undefined : this.entries[place - 1];
    if (before && term < before.term) return `entry ${index} of term ${term} follows one of term ${before.term}`;
    this.entries.length = place;
    this.entries.push(entry);
    return undefined;
  }

  private acceptState(state: HardState): string | undefined {
    const { term, commit } = this.hardState;
    if (state.term < term) return `the term falls from ${term} to ${state.term}`;
    if (state.commit < commit) return `the commit index falls from ${commit} to ${state.commit}`;
    this.hardState = state;
    return undefined;
  }

  private acceptMark(mark: LoggedMark): string | undefined {
    if (mark.index !== this.start.index) return undefined;
    if (mark.term !== this.start.term) return undefined;
    this.mark = mark;
    // A snapshot that came from the leader and does not continue this log: raft dropped what the log held after it.
    if (this.startTerm !== mark.term) this.entries.length = 0;
    return undefined;
  }
}
