/**
 * The bulk of an append or a forwarded proposal, with a checksum of its own: one batch goes to every follower, and its
 * block is made and summed once.
 *
 *     block := count × ( u8 flags, [u64 term], u32 length, data )
 *     flags: bit 0 membership change, bit 1 a term follows (else: that of the entry before)
 */
import { OperationError } from '../../base/errors.ts';
import { crc32c } from '../../base/crc32c.ts';
import { FieldReader, FieldWriter } from './codec-bytes.ts';
import { ENTRY_CONF_CHANGE, ENTRY_NORMAL, type Entry } from './types.ts';

const FLAG_CONF_CHANGE = 1;
const FLAG_TERM = 2;
/** flags and length. */
export const MIN_ITEM_BYTES = 5;
const TERM_BYTES = 8;

export interface EntryBlock {
  readonly bytes: Uint8Array;
  readonly crc: number;
}

/** Entry arrays are shared between the messages of a batch and never changed. */
const BLOCKS = new WeakMap<readonly Entry[], EntryBlock>();

export function entryBlockOf(entries: readonly Entry[]): EntryBlock {
  const known = BLOCKS.get(entries);
  if (known !== undefined) return known;
  let size = 0;
  let term = 0;
  for (const entry of entries) {
    size += MIN_ITEM_BYTES + entry.data.length + (entry.term === term ? 0 : TERM_BYTES);
    term = entry.term;
  }
  const writer = new FieldWriter(new Uint8Array(size), 0);
  term = 0;
  for (const entry of entries) {
    const flags = entry.type === ENTRY_CONF_CHANGE ? FLAG_CONF_CHANGE : 0;
    if (entry.term === term) {
      writer.u8(flags);
    } else {
      writer.u8(flags | FLAG_TERM);
      writer.u53(entry.term);
      term = entry.term;
    }
    writer.u32(entry.data.length);
    writer.raw(entry.data);
  }
  const block = { bytes: writer.bytes, crc: crc32c(writer.bytes) };
  BLOCKS.set(entries, block);
  return block;
}

/** The entries that follow on `previousIndex`; their data are views of `bytes`. */
export function entriesOf(bytes: Uint8Array, count: number, previousIndex: number): Entry[] {
  const reader = new FieldReader(bytes, 0);
  const entries: Entry[] = [];
  let term = 0;
  for (let index = previousIndex + 1; index <= previousIndex + count; index++) {
    const flags = reader.u8();
    if (flags > (FLAG_CONF_CHANGE | FLAG_TERM)) throw new OperationError(`peer message: unknown entry flags ${flags}`);
    if ((flags & FLAG_TERM) !== 0) term = reader.u53();
    const type = (flags & FLAG_CONF_CHANGE) !== 0 ? ENTRY_CONF_CHANGE : ENTRY_NORMAL;
    entries.push({ type, term, index, data: reader.raw(reader.u32()) });
  }
  checkEnd(reader);
  return entries;
}

export function dataBlockOf(data: readonly Uint8Array[]): EntryBlock {
  let size = 0;
  for (const item of data) size += MIN_ITEM_BYTES + item.length;
  const writer = new FieldWriter(new Uint8Array(size), 0);
  for (const item of data) {
    writer.u8(0);
    writer.u32(item.length);
    writer.raw(item);
  }
  return { bytes: writer.bytes, crc: crc32c(writer.bytes) };
}

export function dataOf(bytes: Uint8Array, count: number): Uint8Array[] {
  const reader = new FieldReader(bytes, 0);
  const data: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    if (reader.u8() !== 0) throw new OperationError('peer message: flags on forwarded data');
    data.push(reader.raw(reader.u32()));
  }
  checkEnd(reader);
  return data;
}

function checkEnd(reader: FieldReader): void {
  if (reader.left > 0) throw new OperationError(`peer message: ${reader.left} bytes too many`);
}
