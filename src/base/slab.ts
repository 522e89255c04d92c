/**
 * Small byte arrays cut from large ones: an allocation of its own costs each some hundred nanoseconds, and the garbage
 * collector an object. A slab lives for as long as any array cut from it, so it pays where those go at about the same time.
 */

export interface SlabSizes {
  readonly slabBytes: number;
  /** What is larger gets memory of its own: it would waste a slab's end, or keep a slab of small ones alive. */
  readonly largestPieceBytes: number;
}

export class Slab<Bytes extends Uint8Array> {
  private readonly sizes: SlabSizes;
  private readonly allocate: (bytes: number) => Bytes;
  private slab: Bytes;
  private used: number;

  /** Takes no memory before the first piece. */
  constructor(sizes: SlabSizes, allocate: (bytes: number) => Bytes) {
    this.sizes = sizes;
    this.allocate = allocate;
    this.slab = allocate(0);
    this.used = sizes.slabBytes;
  }

  /** Room for `length` bytes, which nobody else has; what stands in it is the allocator's affair. */
  take(length: number): Bytes {
    const { slabBytes, largestPieceBytes } = this.sizes;
    if (length > largestPieceBytes) return this.allocate(length);
    if (this.used + length > slabBytes) {
      this.slab = this.allocate(slabBytes);
      this.used = 0;
    }
    // A piece of a Buffer is a Buffer.
    return this.slab.subarray(this.used, (this.used += length)) as Bytes;
  }
}
