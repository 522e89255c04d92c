/**
 * HPACK decoding. A block must be decoded even when its request is refused, since it changes the table; so what exceeds
 * the list limit or is malformed is noted, and only broken compression throws.
 *
 * Source: RFC 7541 section 6; RFC 9113 sections 8.2.1 (field validity) and 10.5.1 (limits).
 */
import { ConnectionError, ErrorCode } from '../http2/constants.ts';
import { DynamicTable, fieldSize } from './dynamic-table.ts';
import { isValidName, isValidValue } from './field-syntax.ts';
import { huffmanDecode } from './huffman.ts';
import { STATIC_COUNT, STATIC_TABLE } from './static-table.ts';

export type FieldSink = (name: string, value: string) => void;

export class HpackDecoder {
  readonly table: DynamicTable;
  private readonly maxTableBytes: number;
  private readonly maxListBytes: number;
  private scratch = Buffer.allocUnsafe(256);
  private source: Buffer = this.scratch;
  private position = 0;
  private end = 0;

  /** The last block held a field that HTTP/2 forbids. */
  malformed = false;
  /** The last block's fields came to more than the list limit; those beyond it were not delivered. */
  tooLarge = false;

  constructor(maxTableBytes: number, maxListBytes: number) {
    this.maxTableBytes = maxTableBytes;
    this.maxListBytes = maxListBytes;
    this.table = new DynamicTable(maxTableBytes);
  }

  /** Changes whenever an index may mean something else than before. */
  get version(): number {
    return this.table.version;
  }

  /** Delivers the fields of one whole block in order. Throws ConnectionError (CompressionError). */
  decode(block: Buffer, start: number, end: number, sink: FieldSink): void {
    this.source = block;
    this.position = start;
    this.end = end;
    this.malformed = false;
    this.tooLarge = false;
    let listBytes = 0;
    let fields = 0;
    while (this.position < this.end) {
      const first = block[this.position]!;
      if ((first & 0xe0) === 0x20) {
        if (fields > 0) throw compressionError('a table size update behind a field');
        this.resizeTable(this.integer(5));
        continue;
      }
      fields++;
      const indexed = (first & 0x80) !== 0;
      const inserts = !indexed && (first & 0x40) !== 0;
      const index = this.integer(indexed ? 7 : inserts ? 6 : 4);
      if (indexed && index === 0) throw compressionError('index 0');
      const name = index === 0 ? this.newName() : this.nameAt(index);
      const value = indexed ? this.valueAt(index) : this.newValue();
      if (inserts) this.table.insert(name, value);
      listBytes += fieldSize(name, value);
      if (listBytes > this.maxListBytes) this.tooLarge = true;
      else sink(name, value);
    }
  }

  private resizeTable(bytes: number): void {
    if (bytes > this.maxTableBytes) throw compressionError(`table size ${bytes} above ${this.maxTableBytes}`);
    this.table.resize(bytes);
  }

  private nameAt(index: number): string {
    if (index <= STATIC_COUNT) return STATIC_TABLE[index - 1]![0];
    this.checkDynamic(index);
    return this.table.name(index - STATIC_COUNT - 1);
  }

  private valueAt(index: number): string {
    if (index <= STATIC_COUNT) return STATIC_TABLE[index - 1]![1];
    this.checkDynamic(index);
    return this.table.value(index - STATIC_COUNT - 1);
  }

  private checkDynamic(index: number): void {
    if (index - STATIC_COUNT > this.table.count) throw compressionError(`index ${index} beyond the table`);
  }

  private newName(): string {
    const name = this.string();
    if (!isValidName(name)) this.malformed = true;
    return name;
  }

  private newValue(): string {
    const value = this.string();
    if (!isValidValue(value)) this.malformed = true;
    return value;
  }

  private integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.source[this.position++]! & mask;
    if (value < mask) return value;
    // Four more bytes reach 2^28, far beyond any limit here; a longer one is an attack.
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.position >= this.end) throw compressionError('an integer cut short');
      const byte = this.source[this.position++]!;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw compressionError('an integer of more than 28 bits');
  }

  private string(): string {
    if (this.position >= this.end) throw compressionError('a string cut short');
    const huffman = (this.source[this.position]! & 0x80) !== 0;
    const length = this.integer(7);
    const start = this.position;
    const end = start + length;
    if (end > this.end) throw compressionError('a string longer than its block');
    this.position = end;
    if (!huffman) return this.source.toString('latin1', start, end);
    if (this.scratch.length * 5 < length * 8) this.scratch = Buffer.allocUnsafe(length * 2);
    const decoded = huffmanDecode(this.source, start, end, this.scratch);
    if (decoded < 0) throw compressionError('a string that is not valid Huffman code');
    return this.scratch.toString('latin1', 0, decoded);
  }
}

function compressionError(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.CompressionError, `HPACK: ${what}`);
}
