/**
 * HPACK encoding. Fields marked `index` enter the dynamic table once and cost one byte from then on; the others never
 * touch it, so a table of a handful of constant fields stays as it is and blocks made from it can be kept.
 *
 * Source: RFC 7541 sections 4.2, 5 and 6.
 */
import { DynamicTable, fieldSize } from './dynamic-table.ts';
import { huffmanEncode, huffmanLength } from './huffman.ts';
import { STATIC_COUNT, staticFieldIndex, staticNameIndex } from './static-table.ts';

/** `index` is for fields that repeat on every call, not for those that differ or are secret. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  readonly index: boolean;
}

const INDEXED = 0x80;
const LITERAL_INDEXED = 0x40;
const TABLE_SIZE = 0x20;
const LITERAL = 0x00;
const HUFFMAN = 0x80;
/** A table beyond this is never of use to the few constant fields that are indexed. */
const TABLE_LIMIT_BYTES = 4096;

export class HpackEncoder {
  private readonly table = new DynamicTable(TABLE_LIMIT_BYTES);
  private block = Buffer.allocUnsafe(512);
  private length = 0;
  /** The smallest and the last size asked for since the last block, to be announced in the next. */
  private smallestResize = -1;
  private lastResize = -1;

  /** Changes whenever a block encoded before may no longer be sent again. */
  get version(): number {
    return this.table.version;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  setTableLimit(bytes: number): void {
    const limit = Math.min(bytes, TABLE_LIMIT_BYTES);
    if (limit === this.table.maxBytes && this.lastResize < 0) return;
    this.table.resize(limit);
    this.smallestResize = this.smallestResize < 0 ? limit : Math.min(this.smallestResize, limit);
    this.lastResize = limit;
  }

  /** True when the next block must begin with a size update, so none kept from before may be sent. */
  get hasPendingResize(): boolean {
    return this.lastResize >= 0;
  }

  /** The block of `fields`, valid until the next call. */
  encode(fields: readonly HeaderField[]): Buffer {
    this.length = 0;
    this.announceResize();
    for (const field of fields) this.field(field);
    return this.block.subarray(0, this.length);
  }

  private announceResize(): void {
    if (this.lastResize < 0) return;
    this.integer(TABLE_SIZE, 5, this.smallestResize);
    if (this.lastResize !== this.smallestResize) this.integer(TABLE_SIZE, 5, this.lastResize);
    this.smallestResize = -1;
    this.lastResize = -1;
  }

  private field(field: HeaderField): void {
    const { name, value } = field;
    const known = staticFieldIndex(name, value) || this.dynamicIndex(this.table.find(name, value));
    if (known > 0) {
      this.integer(INDEXED, 7, known);
      return;
    }
    const nameIndex = staticNameIndex(name) || this.dynamicIndex(this.table.findName(name));
    // Never evict: a full table means that what repeats is already in it.
    const inserts = field.index && this.table.sizeBytes + fieldSize(name, value) <= this.table.maxBytes;
    if (inserts) this.integer(LITERAL_INDEXED, 6, nameIndex);
    else this.integer(LITERAL, 4, nameIndex);
    if (nameIndex === 0) this.string(name);
    this.string(value);
    if (inserts) this.table.insert(name, value);
  }

  private dynamicIndex(position: number): number {
    return position < 0 ? 0 : position + STATIC_COUNT + 1;
  }

  private integer(flags: number, prefixBits: number, value: number): void {
    this.reserve(6);
    const mask = (1 << prefixBits) - 1;
    if (value < mask) {
      this.block[this.length++] = flags | value;
      return;
    }
    this.block[this.length++] = flags | mask;
    let rest = value - mask;
    for (; rest >= 0x80; rest >>>= 7) this.block[this.length++] = (rest & 0x7f) | 0x80;
    this.block[this.length++] = rest;
  }

  private string(text: string): void {
    const huffmanBytes = huffmanLength(text);
    if (huffmanBytes < text.length) {
      this.integer(HUFFMAN, 7, huffmanBytes);
      this.reserve(huffmanBytes);
      this.length = huffmanEncode(text, this.block, this.length);
    } else {
      this.integer(0, 7, text.length);
      this.reserve(text.length);
      this.length += this.block.write(text, this.length, 'latin1');
    }
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.block.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.block.length * 2, this.length + bytes));
    this.block.copy(larger, 0, 0, this.length);
    this.block = larger;
  }
}
