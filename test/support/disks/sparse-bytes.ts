/** The content of a simulated file: a size and the sectors that were ever written, with an undo for what is not yet durable. */

export const SECTOR_BYTES = 512;

export class SparseBytes {
  size = 0;
  /** Bytes from the start whose space is taken, written or not. */
  reserved = 0;
  private durableSize = 0;
  private readonly sectors = new Map<number, Uint8Array>();
  /** What each sector held when it was last durable; undefined for one never written before. */
  private readonly undo = new Map<number, Uint8Array | undefined>();

  /** Sectors of space taken. */
  usedSectors(): number {
    const reserved = Math.ceil(this.reserved / SECTOR_BYTES);
    let count = reserved;
    for (const sector of this.sectors.keys()) if (sector >= reserved) count++;
    return count;
  }

  /** Sectors of space that `write` would newly take. */
  newSectors(position: number, length: number): number {
    let count = 0;
    const from = Math.max(position, this.reserved);
    for (let s = Math.floor(from / SECTOR_BYTES); s * SECTOR_BYTES < position + length; s++) {
      if (!this.sectors.has(s) && s * SECTOR_BYTES >= this.reserved) count++;
    }
    return count;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length;) {
      const sector = Math.floor((position + done) / SECTOR_BYTES);
      const from = position + done - sector * SECTOR_BYTES;
      const count = Math.min(SECTOR_BYTES - from, bytes.length - done);
      this.touch(sector).set(bytes.subarray(done, done + count), from);
      done += count;
    }
    this.size = Math.max(this.size, position + bytes.length);
  }

  read(into: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(into.length, this.size - position));
    into.fill(0, 0, length);
    const first = Math.floor(position / SECTOR_BYTES);
    const last = Math.floor((position + length - 1) / SECTOR_BYTES);
    if (last - first < this.sectors.size) {
      for (let s = first; s <= last; s++) this.readSector(s, into, position, length);
    } else {
      for (const s of this.sectors.keys()) if (s >= first && s <= last) this.readSector(s, into, position, length);
    }
    return length;
  }

  truncate(size: number): void {
    for (const sector of [...this.sectors.keys()]) {
      const start = sector * SECTOR_BYTES;
      if (start + SECTOR_BYTES <= size) continue;
      if (start < size) this.touch(sector).fill(0, size - start);
      else this.drop(sector);
    }
    this.size = size;
    this.reserved = Math.min(this.reserved, size);
  }

  /** Everything is durable from here on. */
  makeDurable(): void {
    this.undo.clear();
    this.durableSize = this.size;
  }

  /** Sectors changed since they were last durable, in order. */
  unsynced(): number[] {
    return [...this.undo.keys()].sort((a, b) => a - b);
  }

  get sizeIsDurable(): boolean {
    return this.size === this.durableSize;
  }

  /** What a crash leaves: each unsynced sector, and the size, as it is or as it was. */
  crash(keepSector: (sector: number) => boolean, keepSize: boolean): void {
    for (const [sector, before] of this.undo) {
      if (keepSector(sector)) continue;
      if (before) this.sectors.set(sector, before);
      else this.sectors.delete(sector);
    }
    this.undo.clear();
    if (!keepSize) this.size = this.durableSize;
    this.truncate(this.size);
    this.makeDurable();
  }

  private readSector(sector: number, into: Uint8Array, position: number, length: number): void {
    const bytes = this.sectors.get(sector);
    if (!bytes) return;
    const start = sector * SECTOR_BYTES;
    const from = Math.max(start, position);
    const to = Math.min(start + SECTOR_BYTES, position + length);
    if (to > from) into.set(bytes.subarray(from - start, to - start), from - position);
  }

  private touch(sector: number): Uint8Array {
    const bytes = this.sectors.get(sector);
    if (bytes && this.undo.has(sector)) return bytes;
    this.undo.set(sector, bytes);
    const fresh = bytes ? bytes.slice() : new Uint8Array(SECTOR_BYTES);
    this.sectors.set(sector, fresh);
    return fresh;
  }

  private drop(sector: number): void {
    if (!this.undo.has(sector)) this.undo.set(sector, this.sectors.get(sector));
    this.sectors.delete(sector);
  }
}
