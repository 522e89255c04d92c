/** The messages inside the log's records: raftpb.Entry, HardState and ConfState, walpb.Snapshot, etcdserverpb.Metadata. */
import type { ConfState, Entry, EntryType, HardState, MemberId, SnapshotMark } from '../../core/raft/types.ts';
import type { ByteArena } from './arena.ts';
import { bigVarintBytes, FieldReader, varintBytes, writeBigVarint, writeVarint } from './varint.ts';

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
  const head = 4 + varintBytes(entry.term) + varintBytes(entry.index);
  return data === 0 ? head : head + 1 + varintBytes(data) + data;
}

/** Writes an entry's message at `at`; the position after it. */
export function writeEntry(out: Uint8Array, at: number, entry: Entry): number {
  out[at++] = 0x08;
  out[at++] = entry.type;
  out[at++] = 0x10;
  at = writeVarint(out, at, entry.term);
  out[at++] = 0x18;
  at = writeVarint(out, at, entry.index);
  const data = entry.data;
  if (data.length === 0) return at;
  out[at++] = 0x22;
  at = writeVarint(out, at, data.length);
  out.set(data, at);
  return at + data.length;
}

/** The entry's data are copied into `arena`, so that one entry kept in memory does not keep its whole segment. */
export function readEntry(bytes: Uint8Array, start: number, end: number, arena: ByteArena): Entry {
  const fields = new FieldReader(bytes, start, end);
  expectTag(fields, 0x08, 'entry type');
  const type = fields.number('entry type');
  if (type > 1) throw new RangeError(`entry type ${type} is not known; 0 and 1 are`);
  expectTag(fields, 0x10, 'entry term');
  const term = fields.number('entry term');
  expectTag(fields, 0x18, 'entry index');
  const index = fields.number('entry index');
  let data: Uint8Array = NOTHING;
  if (!fields.done) {
    expectTag(fields, 0x22, 'entry data');
    const from = fields.span('entry data');
    data = arena.copy(bytes, from, fields.at);
  }
  if (!fields.done) throw new RangeError('an entry has more fields than known');
  return { type: type as EntryType, term, index, data };
}

const NOTHING = new Uint8Array(0);

export function encodeHardState(state: HardState): Uint8Array {
  const out = new Uint8Array(3 + varintBytes(state.term) + bigVarintBytes(state.vote) + varintBytes(state.commit));
  out[0] = 0x08;
  let at = writeVarint(out, 1, state.term);
  out[at++] = 0x10;
  at = writeBigVarint(out, at, state.vote);
  out[at++] = 0x18;
  writeVarint(out, at, state.commit);
  return out;
}

export function readHardState(bytes: Uint8Array, start: number, end: number): HardState {
  const fields = new FieldReader(bytes, start, end);
  expectTag(fields, 0x08, 'state term');
  const term = fields.number('state term');
  expectTag(fields, 0x10, 'state vote');
  const vote = fields.bigint('state vote');
  expectTag(fields, 0x18, 'state commit');
  const commit = fields.number('state commit');
  if (!fields.done) throw new RangeError('a state has more fields than known');
  return { term, vote, commit };
}

export function encodeMetadata(metadata: LogMetadata): Uint8Array {
  const out = new Uint8Array(2 + bigVarintBytes(metadata.nodeId) + bigVarintBytes(metadata.clusterId));
  out[0] = 0x08;
  const at = writeBigVarint(out, 1, metadata.nodeId);
  out[at] = 0x10;
  writeBigVarint(out, at + 1, metadata.clusterId);
  return out;
}

export function readMetadata(bytes: Uint8Array, start: number, end: number): LogMetadata {
  const fields = new FieldReader(bytes, start, end);
  expectTag(fields, 0x08, 'node id');
  const nodeId = fields.bigint('node id');
  expectTag(fields, 0x10, 'cluster id');
  const clusterId = fields.bigint('cluster id');
  if (!fields.done) throw new RangeError('the metadata has more fields than known');
  return { nodeId, clusterId };
}

export function encodeSnapshotMark(mark: SnapshotMark): Uint8Array {
  const head = 2 + varintBytes(mark.index) + varintBytes(mark.term);
  // As in etcd, the mark of an empty log carries no members.
  const conf = mark.index === 0 ? undefined : encodeConfState(mark.confState);
  const out = new Uint8Array(conf ? head + 1 + varintBytes(conf.length) + conf.length : head);
  out[0] = 0x08;
  let at = writeVarint(out, 1, mark.index);
  out[at++] = 0x10;
  at = writeVarint(out, at, mark.term);
  if (conf) {
    out[at++] = 0x1a;
    at = writeVarint(out, at, conf.length);
    out.set(conf, at);
  }
  return out;
}

export function readSnapshotMark(bytes: Uint8Array, start: number, end: number): LoggedMark {
  const fields = new FieldReader(bytes, start, end);
  expectTag(fields, 0x08, 'snapshot index');
  const index = fields.number('snapshot index');
  expectTag(fields, 0x10, 'snapshot term');
  const term = fields.number('snapshot term');
  let confState: ConfState | undefined;
  if (!fields.done) {
    expectTag(fields, 0x1a, 'snapshot members');
    const from = fields.span('snapshot members');
    confState = readConfState(bytes, from, fields.at);
  }
  if (!fields.done) throw new RangeError('a snapshot mark has more fields than known');
  return { index, term, confState };
}

export function encodeConfState(conf: ConfState): Uint8Array {
  const ids = [...conf.voters, ...conf.learners];
  const out = new Uint8Array(ids.reduce((sum, id) => sum + 1 + bigVarintBytes(id), 2));
  let at = 0;
  ids.forEach((id, i) => {
    out[at++] = i < conf.voters.length ? 0x08 : 0x10;
    at = writeBigVarint(out, at, id);
  });
  // auto_leave, which etcd up to 3.6 always writes.
  out[at++] = 0x28;
  out[at] = 0;
  return out;
}

export function readConfState(bytes: Uint8Array, start: number, end: number): ConfState {
  const fields = new FieldReader(bytes, start, end);
  const voters: MemberId[] = [];
  const learners: MemberId[] = [];
  while (!fields.done) {
    const tag = fields.number('members tag');
    if (tag === 0x08) voters.push(fields.bigint('voter'));
    else if (tag === 0x10) learners.push(fields.bigint('learner'));
    else if (tag === 0x28) fields.number('auto_leave');
    else throw new RangeError('the members are in the middle of a joint change, which is not supported');
  }
  return { voters, learners };
}

function expectTag(fields: FieldReader, tag: number, what: string): void {
  if (fields.number(what) !== tag) throw new RangeError(`${what} is missing`);
}
