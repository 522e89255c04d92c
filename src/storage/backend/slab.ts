/**
 * Small byte arrays cut from large ones: an allocation of its own costs each some hundred nanoseconds. A slab lives for as
 * long as any array cut from it.
 */

const SLAB_BYTES = 1024 * 1024;
/** What is larger gets memory of its own, so that little of a slab is wasted. */
const LARGE_BYTES = SLAB_BYTES / 16;

export class Slab {
  private slab = new Uint8Array(0);
  private used = 0;

  take(length: number): Uint8Array {
    if (length > LARGE_BYTES) return new Uint8Array(length);
    if (this.used + length > this.slab.length) {
      this.slab = new Uint8Array(SLAB_BYTES);
      this.used = 0;
    }
    return this.slab.subarray(this.used, (this.used += length));
  }
}
