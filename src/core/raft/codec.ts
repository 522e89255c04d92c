/**
 * Messages as bytes, for the stream between two members. All numbers little-endian.
 *
 *     message := u8 version (1), u32 crc32c of the head, head, [block]
 *     head    := u8 type, u64 from, u64 to, u64 term, fields of the type
 *     block   := see entry-block.ts; its count, length and crc32c are the last fields of the head
 *
 * A reader refuses another version, an unknown type, a wrong checksum and every length that does not add up, by name
 * and with OperationError: the stream is to be closed, nothing of it is to be believed.
 */
import { assert, OperationError } from '../../base/errors.ts';
import { crc32c } from '../../base/crc32c.ts';
import { FieldReader, FieldWriter } from './codec-bytes.ts';
import { dataBlockOf, dataOf, entriesOf, entryBlockOf, MIN_ITEM_BYTES, type EntryBlock } from './entry-block.ts';
import type { Message, MessageType } from './messages.ts';
import { ENTRY_CONF_CHANGE, ENTRY_NORMAL, type MemberId } from './types.ts';

export const CODEC_VERSION = 1;

/** The code of a type is its place; new ones go to the end. */
const TYPES: readonly MessageType[] = [
  'append',
  'appendAnswer',
  'heartbeat',
  'heartbeatAnswer',
  'vote',
  'voteAnswer',
  'preVote',
  'preVoteAnswer',
  'snapshot',
  'timeoutNow',
  'propose',
  'readIndex',
  'readIndexAnswer',
];

const CRC_AT = 1;
const SUMMED_FROM = 5;
/** version, crc, type, from, to, term; then at most six numbers, or the lists of members. */
const MAX_FIXED_HEAD_BYTES = 96;
/** More members than any cluster has; bounds what a broken message can ask for. */
const MAX_MEMBERS = 1024;

/**
 * The bytes of a message in one or two pieces to be sent one after the other: a head of its own, and a block that all
 * messages of one batch share. Entry data is copied once a batch.
 */
export function encodeMessageParts(message: Message): readonly Uint8Array[] {
  const block = blockOf(message);
  const members = message.type === 'snapshot' ? message.mark.confState : undefined;
  const memberCount = members === undefined ? 0 : members.voters.length + members.learners.length;
  assert(memberCount <= MAX_MEMBERS, `raft: a snapshot of ${memberCount} members`);
  const writer = new FieldWriter(new Uint8Array(MAX_FIXED_HEAD_BYTES + 8 * memberCount), 0);
  writer.u8(CODEC_VERSION);
  writer.u32(0);
  writer.u8(TYPES.indexOf(message.type));
  writer.id(message.from);
  writer.id(message.to);
  writer.u53(message.term);
  writeFields(writer, message, block);
  const head = writer.bytes.subarray(0, writer.at);
  new FieldWriter(head, CRC_AT).u32(crc32c(head, 0, SUMMED_FROM));
  return block === undefined || block.bytes.length === 0 ? [head] : [head, block.bytes];
}

/** The bytes of a message in one piece, which costs another copy of its entries. */
export function encodeMessage(message: Message): Uint8Array {
  const [head, block] = encodeMessageParts(message);
  if (block === undefined) return head!;
  const bytes = new Uint8Array(head!.length + block.length);
  bytes.set(head!);
  bytes.set(block, head!.length);
  return bytes;
}

function blockOf(message: Message): EntryBlock | undefined {
  if (message.type === 'append') return entryBlockOf(message.entries);
  return message.type === 'propose' ? dataBlockOf(message.data) : undefined;
}

function writeFields(writer: FieldWriter, message: Message, block: EntryBlock | undefined): void {
  switch (message.type) {
    case 'append':
      writer.u53(message.previousIndex);
      writer.u53(message.previousTerm);
      writer.u53(message.commit);
      writeBlockHead(writer, message.entries.length, block!);
      break;
    case 'appendAnswer':
      writer.u8(message.rejected ? 1 : 0);
      writer.u53(message.index);
      writer.u53(message.hintIndex);
      writer.u53(message.hintTerm);
      writer.u53(message.commit);
      break;
    case 'heartbeat':
    case 'heartbeatAnswer':
      writer.u53(message.commit);
      writer.u53(message.readRound);
      break;
    case 'vote':
    case 'preVote':
      writer.u53(message.lastIndex);
      writer.u53(message.lastTerm);
      writer.u8(message.transfer ? 1 : 0);
      break;
    case 'voteAnswer':
    case 'preVoteAnswer':
      writer.u8(message.rejected ? 1 : 0);
      break;
    case 'snapshot':
      writer.u53(message.mark.index);
      writer.u53(message.mark.term);
      writeMembers(writer, message.mark.confState.voters);
      writeMembers(writer, message.mark.confState.learners);
      break;
    case 'timeoutNow':
      break;
    case 'propose':
      writer.u53(message.session);
      writer.u53(message.sequence);
      writer.u8(message.entryType);
      writeBlockHead(writer, message.data.length, block!);
      break;
    case 'readIndex':
      writer.u53(message.session);
      writer.u53(message.request);
      break;
    case 'readIndexAnswer':
      writer.u53(message.session);
      writer.u53(message.request);
      writer.u53(message.index);
      break;
  }
}

function writeBlockHead(writer: FieldWriter, count: number, block: EntryBlock): void {
  writer.u32(count);
  writer.u32(block.bytes.length);
  writer.u32(block.crc);
}

function writeMembers(writer: FieldWriter, ids: readonly MemberId[]): void {
  writer.u32(ids.length);
  for (const id of ids) writer.id(id);
}

/** One whole message; entry data are views of `bytes`, which must not change any more. */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new FieldReader(bytes, 0);
  const version = reader.u8();
  if (version !== CODEC_VERSION) {
    throw new OperationError(`peer message: version ${version}; this member speaks version ${CODEC_VERSION}`);
  }
  const crc = reader.u32();
  const code = reader.u8();
  const type = TYPES[code];
  if (type === undefined) throw new OperationError(`peer message: unknown type ${code}`);
  const from = reader.id();
  const to = reader.id();
  const term = reader.u53();
  const envelope = { from, to, term };
  const sum = (): void => {
    if (crc32c(bytes, 0, SUMMED_FROM, reader.at) !== crc) throw new OperationError('peer message: wrong checksum');
  };
  const message = readMessage(reader, type, envelope, sum);
  if (reader.left > 0) throw new OperationError(`peer message: ${reader.left} bytes too many`);
  return message;
}

type Envelope = Pick<Message, 'from' | 'to' | 'term'>;

/** Reads the head, has it checked by `sum` before anything in it is acted on, then the block. */
function readMessage(reader: FieldReader, type: MessageType, envelope: Envelope, sum: () => void): Message {
  switch (type) {
    case 'append': {
      const previousIndex = reader.u53();
      const previousTerm = reader.u53();
      const commit = reader.u53();
      const { count, block } = readBlock(reader, sum);
      const entries = entriesOf(block, count, previousIndex);
      return { type, ...envelope, previousIndex, previousTerm, entries, commit };
    }
    case 'propose': {
      const session = reader.u53();
      const sequence = reader.u53();
      const entryType = reader.flag() ? ENTRY_CONF_CHANGE : ENTRY_NORMAL;
      const { count, block } = readBlock(reader, sum);
      return { type, ...envelope, session, sequence, entryType, data: dataOf(block, count) };
    }
    default: {
      const message = readPlain(reader, type, envelope);
      sum();
      return message;
    }
  }
}

function readPlain(reader: FieldReader, type: Exclude<MessageType, 'append' | 'propose'>, envelope: Envelope): Message {
  switch (type) {
    case 'appendAnswer': {
      const rejected = reader.flag();
      const index = reader.u53();
      const hintIndex = reader.u53();
      const hintTerm = reader.u53();
      return { type, ...envelope, rejected, index, hintIndex, hintTerm, commit: reader.u53() };
    }
    case 'heartbeat':
    case 'heartbeatAnswer':
      return { type, ...envelope, commit: reader.u53(), readRound: reader.u53() };
    case 'vote':
    case 'preVote':
      return { type, ...envelope, lastIndex: reader.u53(), lastTerm: reader.u53(), transfer: reader.flag() };
    case 'voteAnswer':
    case 'preVoteAnswer':
      return { type, ...envelope, rejected: reader.flag() };
    case 'snapshot': {
      const index = reader.u53();
      const term = reader.u53();
      const confState = { voters: readMembers(reader), learners: readMembers(reader) };
      return { type, ...envelope, mark: { index, term, confState } };
    }
    case 'timeoutNow':
      return { type, ...envelope };
    case 'readIndex':
      return { type, ...envelope, session: reader.u53(), request: reader.u53() };
    case 'readIndexAnswer':
      return { type, ...envelope, session: reader.u53(), request: reader.u53(), index: reader.u53() };
  }
}

function readBlock(reader: FieldReader, sum: () => void): { count: number; block: Uint8Array } {
  const count = reader.u32();
  const length = reader.u32();
  const crc = reader.u32();
  sum();
  if (count * MIN_ITEM_BYTES > length) throw new OperationError(`peer message: ${count} entries in ${length} bytes`);
  const block = reader.raw(length);
  if (crc32c(block) !== crc) throw new OperationError('peer message: wrong checksum of its entries');
  return { count, block };
}

function readMembers(reader: FieldReader): MemberId[] {
  const count = reader.u32();
  if (count > MAX_MEMBERS) throw new OperationError(`peer message: a snapshot of ${count} members`);
  return Array.from({ length: count }, () => reader.id());
}
