/**
 * Room for entry data, cut from slabs: the entries of a log are made and dropped in order, so a slab lives about as long as
 * its entries, and thousands of them cost the garbage collector one object.
 */

const SLAB_BYTES = 64 * 1024;
/** Larger pieces get memory of their own, so that one of them does not keep a slab of small ones alive. */
const LARGEST_PIECE_BYTES = SLAB_BYTES / 8;

export class Slab {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  allocate(length: number): Buffer {
    if (length > LARGEST_PIECE_BYTES) return Buffer.allocUnsafeSlow(length);
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const piece = this.#slab.subarray(this.#used, this.#used + length);
    this.#used += length;
    return piece;
  }
}
