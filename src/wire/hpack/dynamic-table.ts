/**
 * HPACK's dynamic table: newest field first, old ones evicted to keep within a size in bytes.
 *
 * `version` changes with every change of what an index means, so that a decoded or encoded block that used only
 * indexes may be reused for as long as it stays the same. Source: RFC 7541 sections 2.3.2 and 4.
 */

/** What a field counts beside its own bytes (RFC 7541 section 4.1). */
const FIELD_OVERHEAD_BYTES = 32;

export function fieldSize(name: string, value: string): number {
  return name.length + value.length + FIELD_OVERHEAD_BYTES;
}

export class DynamicTable {
  /** A ring of fields; the newest is at `newest`. */
  private names: string[] = [];
  private values: string[] = [];
  private newest = 0;
  private limitBytes: number;
  count = 0;
  sizeBytes = 0;
  version = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
    this.grow();
  }

  get maxBytes(): number {
    return this.limitBytes;
  }

  /** Index 0 is the newest field. */
  name(index: number): string {
    return this.names[(this.newest + index) & (this.names.length - 1)]!;
  }

  value(index: number): string {
    return this.values[(this.newest + index) & (this.values.length - 1)]!;
  }

  resize(limitBytes: number): void {
    this.limitBytes = limitBytes;
    this.version++;
    this.evictDownTo(limitBytes);
  }

  /** A field larger than the whole table empties it and is not kept. */
  insert(name: string, value: string): void {
    const size = fieldSize(name, value);
    this.version++;
    this.evictDownTo(this.limitBytes - size);
    if (size > this.limitBytes) return;
    if (this.count === this.names.length) this.grow();
    this.newest = (this.newest - 1) & (this.names.length - 1);
    this.names[this.newest] = name;
    this.values[this.newest] = value;
    this.sizeBytes += size;
    this.count++;
  }

  /** The index of exactly this field, or -1. */
  find(name: string, value: string): number {
    for (let i = 0; i < this.count; i++) if (this.value(i) === value && this.name(i) === name) return i;
    return -1;
  }

  findName(name: string): number {
    for (let i = 0; i < this.count; i++) if (this.name(i) === name) return i;
    return -1;
  }

  private evictDownTo(limitBytes: number): void {
    while (this.count > 0 && this.sizeBytes > limitBytes) {
      this.count--;
      const oldest = (this.newest + this.count) & (this.names.length - 1);
      this.sizeBytes -= fieldSize(this.names[oldest]!, this.values[oldest]!);
      this.names[oldest] = '';
      this.values[oldest] = '';
    }
  }

  /** Doubles the ring, a power of two; its size is bounded by the table's bytes, 32 a field at least. */
  private grow(): void {
    const capacity = Math.max(8, this.names.length * 2);
    const names = new Array<string>(capacity).fill('');
    const values = new Array<string>(capacity).fill('');
    for (let i = 0; i < this.count; i++) {
      names[i] = this.name(i);
      values[i] = this.value(i);
    }
    this.names = names;
    this.values = values;
    this.newest = 0;
  }
}
