/**
 * InternalRaftRequest, what a raft entry carries, without decoding the request inside: a proposal wraps the bytes that the
 * client sent, and applying starts by looking where they lie. Fields stand in ascending order as etcd writes them.
 */
import { DecodeError, SCHEMA, type FieldRow, type MessageName, type Schema } from '../../core/api/index.ts';
import { Reader, WIRE_BYTES } from '../../core/api/reader.ts';
import { tagOf } from '../../core/api/tags.ts';
import { varintSize, writeVarint } from '../../core/api/varint.ts';
import { readText, shortTag, sizeDelimited, sizeVarint, writeOpening, writeVarintField } from './fields.ts';
import { bufferOver, type BufferReader } from './part.ts';

/** The fields of InternalRaftRequest that hold a request. */
export type RaftRequestKind = Exclude<keyof Schema['InternalRaftRequest'], 'id' | 'header'>;

/** Where the request lies in an entry, and who sent it. */
export interface RaftRequest {
  /** The proposing member's number for it; 0 where there is none. */
  readonly id: number;
  readonly username: string;
  readonly authRevision: number;
  /** Undefined where the entry holds nothing that is known here. */
  readonly kind: RaftRequestKind | undefined;
  /** The request's own bytes are `[start, end)` of the entry's data. */
  readonly start: number;
  readonly end: number;
}

const HEADER = tagOf('InternalRaftRequest', 'header');
const LEGACY_ID = shortTag('InternalRaftRequest', 'id');
const ID = shortTag('RequestHeader', 'id');
const USERNAME = shortTag('RequestHeader', 'username');
const AUTH_REVISION = shortTag('RequestHeader', 'authRevision');

const rows = Object.entries(SCHEMA.InternalRaftRequest as Readonly<Record<string, FieldRow>>);
const kindByTag = new Map<number, RaftRequestKind>();
const tagByKind = {} as Record<RaftRequestKind, number>;
const messageByKind = {} as Record<RaftRequestKind, MessageName>;
for (const [field, [number, type]] of rows) {
  if (field === 'id' || field === 'header') continue;
  const kind = field as RaftRequestKind;
  const tag = (number << 3) | WIRE_BYTES;
  kindByTag.set(tag, kind);
  tagByKind[kind] = tag;
  messageByKind[kind] = type as MessageName;
}

/** The message that a request of that kind is. */
export function raftRequestMessage(kind: RaftRequestKind): MessageName {
  return messageByKind[kind];
}

/** Bytes that `writeRaftRequest` with the same arguments takes. */
export function raftRequestSize(
  id: number,
  username: string,
  authRevision: number,
  kind: RaftRequestKind,
  request: Uint8Array,
): number {
  const header = headerSize(id, username, authRevision);
  return (
    varintSize(HEADER) +
    varintSize(header) +
    header +
    varintSize(tagByKind[kind]) +
    varintSize(request.length) +
    request.length
  );
}

/** Wraps `request`, the encoded message of that kind, at `offset`; returns the offset behind it. */
export function writeRaftRequest(
  id: number,
  username: string,
  authRevision: number,
  kind: RaftRequestKind,
  request: Uint8Array,
  into: Buffer,
  offset: number,
): number {
  const tag = tagByKind[kind];
  if (tag > HEADER) offset = writeHeader(id, username, authRevision, into, offset);
  offset = writeVarint(tag, into, offset);
  offset = writeVarint(request.length, into, offset);
  into.set(request, offset);
  offset += request.length;
  return tag > HEADER ? offset : writeHeader(id, username, authRevision, into, offset);
}

/**
 * Finds the request in an entry's data.
 *
 * @throws DecodeError where the data is no InternalRaftRequest.
 */
export function readRaftRequest(data: Uint8Array): RaftRequest {
  const reader: BufferReader = new Reader(bufferOver(data));
  let id = 0;
  let header: Pick<RaftRequest, 'id' | 'username' | 'authRevision'> | undefined;
  let kind: RaftRequestKind | undefined;
  let start = 0;
  let end = 0;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === HEADER) {
      const outer = reader.open();
      header = readHeader(reader);
      reader.close(outer);
      continue;
    }
    if (tag === LEGACY_ID) {
      id = reader.uint64();
      continue;
    }
    const found = kindByTag.get(tag);
    if (found === undefined) {
      reader.skip(tag);
      continue;
    }
    if (kind !== undefined) throw new DecodeError(`a raft entry with two requests, ${kind} and ${found}`);
    kind = found;
    const length = reader.length();
    start = reader.pos;
    end = reader.pos += length;
  }
  return {
    id: header?.id || id,
    username: header?.username ?? '',
    authRevision: header?.authRevision ?? 0,
    kind,
    start,
    end,
  };
}

function headerSize(id: number, username: string, authRevision: number): number {
  return (
    (id === 0 ? 0 : sizeVarint(id)) +
    (username === '' ? 0 : sizeDelimited(Buffer.byteLength(username))) +
    (authRevision === 0 ? 0 : sizeVarint(authRevision))
  );
}

function writeHeader(id: number, username: string, authRevision: number, into: Buffer, offset: number): number {
  offset = writeVarint(HEADER, into, offset);
  offset = writeVarint(headerSize(id, username, authRevision), into, offset);
  if (id !== 0) offset = writeVarintField(ID, id, into, offset);
  if (username !== '') {
    offset = writeOpening(USERNAME, Buffer.byteLength(username), into, offset);
    offset += into.write(username, offset);
  }
  return authRevision === 0 ? offset : writeVarintField(AUTH_REVISION, authRevision, into, offset);
}

function readHeader(reader: BufferReader): Pick<RaftRequest, 'id' | 'username' | 'authRevision'> {
  const header = { id: 0, username: '', authRevision: 0 };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === ID) header.id = reader.uint64();
    else if (tag === USERNAME) header.username = readText(reader);
    else if (tag === AUTH_REVISION) header.authRevision = reader.uint64();
    else reader.skip(tag);
  }
  return header;
}
