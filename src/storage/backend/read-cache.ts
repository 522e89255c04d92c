/**
 * Values read from the file, kept while they are read again: two generations, the younger of which takes in what is read
 * and becomes the older when it is full. What was not read for a whole generation is dropped with it. Revisions never
 * change, so nothing here can be stale.
 */
export class ReadCache {
  private readonly generationBytes: number;
  private young = new Map<number | string, Uint8Array>();
  private old = new Map<number | string, Uint8Array>();
  private youngBytes = 0;

  constructor(maxBytes: number) {
    this.generationBytes = maxBytes / 2;
  }

  get(name: number | string): Uint8Array | undefined {
    const found = this.young.get(name);
    if (found !== undefined) return found;
    const older = this.old.get(name);
    if (older !== undefined) this.set(name, older);
    return older;
  }

  set(name: number | string, value: Uint8Array): void {
    if (this.youngBytes + value.length > this.generationBytes) {
      this.old = this.young;
      this.young = new Map();
      this.youngBytes = 0;
    }
    this.young.set(name, value);
    this.youngBytes += value.length;
  }

  delete(name: number | string): void {
    const value = this.young.get(name);
    if (value !== undefined) this.youngBytes -= value.length;
    this.young.delete(name);
    this.old.delete(name);
  }
}
