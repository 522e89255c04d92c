/** The messages inside the log's records: raftpb.Entry, HardState and ConfState, walpb.Snapshot, etcdserverpb.Metadata. */
import { DecodeError } from '../../core/api/decode-error.ts';
import { Reader } from '../../core/api/reader.ts';
import { bigVarintSize, varintSize, writeBigVarint, writeVarint } from '../../core/api/varint.ts';
import type { ConfState, Entry, EntryType, HardState, MemberId, SnapshotMark } from '../../core/raft/types.ts';
import type { ByteArena } from './arena.ts';
import { expectEnd, expectTag, passBytes, readNumber } from './fields.ts';

/** Whose log it is. */
export interface LogMetadata {
  readonly nodeId: MemberId;
  readonly clusterId: bigint;
}

/** What a snapshot record says; etcd before 3.5 wrote no `confState`. */
export interface LoggedMark {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState | undefined;
}

/** Bytes of an entry's message. */
export function entryBytes(entry: Entry): number {
  const data = entry.data.length;
  const head = 4 + varintSize(entry.term) + varintSize(entry.index);
  return data === 0 ? head : head + 1 + varintSize(data) + data;
}

/** Writes an entry's message at `at`; the position after it. */
export function writeEntry(out: Uint8Array, at: number, entry: Entry): number {
  out[at++] = 0x08;
  out[at++] = entry.type;
  out[at++] = 0x10;
  at = writeVarint(entry.term, out, at);
  out[at++] = 0x18;
  at = writeVarint(entry.index, out, at);
  const data = entry.data;
  if (data.length === 0) return at;
  out[at++] = 0x22;
  at = writeVarint(data.length, out, at);
  out.set(data, at);
  return at + data.length;
}

/** The entry's data are copied into `arena`, so that one entry kept in memory does not keep its whole segment. */
export function readEntry(bytes: Uint8Array, start: number, end: number, arena: ByteArena): Entry {
  const fields = new Reader(bytes, start, end);
  expectTag(fields, 0x08, 'entry type');
  const type = readNumber(fields, 'entry type');
  if (type > 1) throw new DecodeError(`entry type ${type} is not known; 0 and 1 are`);
  expectTag(fields, 0x10, 'entry term');
  const term = readNumber(fields, 'entry term');
  expectTag(fields, 0x18, 'entry index');
  const index = readNumber(fields, 'entry index');
  let data: Uint8Array = NOTHING;
  if (fields.pos < fields.end) {
    expectTag(fields, 0x22, 'entry data');
    const from = passBytes(fields);
    data = arena.copy(bytes, from, fields.pos);
  }
  expectEnd(fields, 'an entry');
  return { type: type as EntryType, term, index, data };
}

const NOTHING = new Uint8Array(0);

export function encodeHardState(state: HardState): Uint8Array {
  const out = new Uint8Array(3 + varintSize(state.term) + bigVarintSize(state.vote) + varintSize(state.commit));
  out[0] = 0x08;
  let at = writeVarint(state.term, out, 1);
  out[at++] = 0x10;
  at = writeBigVarint(state.vote, out, at);
  out[at++] = 0x18;
  writeVarint(state.commit, out, at);
  return out;
}

export function readHardState(bytes: Uint8Array, start: number, end: number): HardState {
  const fields = new Reader(bytes, start, end);
  expectTag(fields, 0x08, 'state term');
  const term = readNumber(fields, 'state term');
  expectTag(fields, 0x10, 'state vote');
  const vote = fields.bigUint64();
  expectTag(fields, 0x18, 'state commit');
  const commit = readNumber(fields, 'state commit');
  expectEnd(fields, 'a state');
  return { term, vote, commit };
}

export function encodeMetadata(metadata: LogMetadata): Uint8Array {
  const out = new Uint8Array(2 + bigVarintSize(metadata.nodeId) + bigVarintSize(metadata.clusterId));
  out[0] = 0x08;
  const at = writeBigVarint(metadata.nodeId, out, 1);
  out[at] = 0x10;
  writeBigVarint(metadata.clusterId, out, at + 1);
  return out;
}

export function readMetadata(bytes: Uint8Array, start: number, end: number): LogMetadata {
  const fields = new Reader(bytes, start, end);
  expectTag(fields, 0x08, 'node id');
  const nodeId = fields.bigUint64();
  expectTag(fields, 0x10, 'cluster id');
  const clusterId = fields.bigUint64();
  expectEnd(fields, 'the metadata');
  return { nodeId, clusterId };
}

export function encodeSnapshotMark(mark: SnapshotMark): Uint8Array {
  const head = 2 + varintSize(mark.index) + varintSize(mark.term);
  // As in etcd, the mark of an empty log carries no members.
  const conf = mark.index === 0 ? undefined : encodeConfState(mark.confState);
  const out = new Uint8Array(conf ? head + 1 + varintSize(conf.length) + conf.length : head);
  out[0] = 0x08;
  let at = writeVarint(mark.index, out, 1);
  out[at++] = 0x10;
  at = writeVarint(mark.term, out, at);
  if (conf) {
    out[at++] = 0x1a;
    at = writeVarint(conf.length, out, at);
    out.set(conf, at);
  }
  return out;
}

export function readSnapshotMark(bytes: Uint8Array, start: number, end: number): LoggedMark {
  const fields = new Reader(bytes, start, end);
  expectTag(fields, 0x08, 'snapshot index');
  const index = readNumber(fields, 'snapshot index');
  expectTag(fields, 0x10, 'snapshot term');
  const term = readNumber(fields, 'snapshot term');
  let confState: ConfState | undefined;
  if (fields.pos < fields.end) {
    expectTag(fields, 0x1a, 'snapshot members');
    const from = passBytes(fields);
    confState = readConfState(bytes, from, fields.pos);
  }
  expectEnd(fields, 'a snapshot mark');
  return { index, term, confState };
}

export function encodeConfState(conf: ConfState): Uint8Array {
  const ids = [...conf.voters, ...conf.learners];
  const out = new Uint8Array(ids.reduce((sum, id) => sum + 1 + bigVarintSize(id), 2));
  let at = 0;
  ids.forEach((id, i) => {
    out[at++] = i < conf.voters.length ? 0x08 : 0x10;
    at = writeBigVarint(id, out, at);
  });
  // auto_leave, which etcd up to 3.6 always writes.
  out[at++] = 0x28;
  out[at] = 0;
  return out;
}

export function readConfState(bytes: Uint8Array, start: number, end: number): ConfState {
  const fields = new Reader(bytes, start, end);
  const voters: MemberId[] = [];
  const learners: MemberId[] = [];
  while (fields.pos < fields.end) {
    const tag = readNumber(fields, 'members tag');
    if (tag === 0x08) voters.push(fields.bigUint64());
    else if (tag === 0x10) learners.push(fields.bigUint64());
    else if (tag === 0x28) readNumber(fields, 'auto_leave');
    else throw new DecodeError('the members are in the middle of a joint change, which is not supported');
  }
  return { voters, learners };
}
