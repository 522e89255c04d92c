import type { MessageInput, ResponseHeader } from '../../../core/api/index.ts';
import { skipUnknown } from '../../../core/api/tags.ts';
import { shortTag, sizeBigVarint, sizeVarint, writeBigVarintField, writeVarintField } from '../fields.ts';
import type { BufferReader, Part } from '../part.ts';

const CLUSTER_ID = shortTag('ResponseHeader', 'clusterId');
const MEMBER_ID = shortTag('ResponseHeader', 'memberId');
const REVISION = shortTag('ResponseHeader', 'revision');
const RAFT_TERM = shortTag('ResponseHeader', 'raftTerm');

export const responseHeaderPart: Part<'ResponseHeader'> = { size, write, read };

type Input = MessageInput<'ResponseHeader'>;

function size(header: Input): number {
  return (
    (header.clusterId ? sizeBigVarint(header.clusterId) : 0) +
    (header.memberId ? sizeBigVarint(header.memberId) : 0) +
    headerTailSize(header.revision ?? 0, header.raftTerm ?? 0)
  );
}

function write(header: Input, into: Buffer, offset: number): number {
  if (header.clusterId) offset = writeBigVarintField(CLUSTER_ID, header.clusterId, into, offset);
  if (header.memberId) offset = writeBigVarintField(MEMBER_ID, header.memberId, into, offset);
  return writeHeaderTail(header.revision ?? 0, header.raftTerm ?? 0, into, offset);
}

function read(reader: BufferReader): ResponseHeader {
  const header: ResponseHeader = { clusterId: 0n, memberId: 0n, revision: 0, raftTerm: 0 };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag === CLUSTER_ID) header.clusterId = reader.bigUint64();
    else if (tag === MEMBER_ID) header.memberId = reader.bigUint64();
    else if (tag === REVISION) header.revision = reader.int64();
    else if (tag === RAFT_TERM) header.raftTerm = reader.uint64();
    else skipUnknown('ResponseHeader', reader, tag);
  }
  return header;
}

/** What changes from answer to answer; cluster and member id stay, and can be encoded once (`encodeHeaderPrefix`). */
export function headerTailSize(revision: number, raftTerm: number): number {
  return (revision === 0 ? 0 : sizeVarint(revision)) + (raftTerm === 0 ? 0 : sizeVarint(raftTerm));
}

export function writeHeaderTail(revision: number, raftTerm: number, into: Buffer, offset: number): number {
  if (revision !== 0) offset = writeVarintField(REVISION, revision, into, offset);
  return raftTerm === 0 ? offset : writeVarintField(RAFT_TERM, raftTerm, into, offset);
}
