/**
 * Which revisions a compaction keeps: a sparse bitmap over main revisions whose only change is their first one, which is
 * nearly all of them, and lists for the others.
 */

const BLOCK_BITS = 16;
const BLOCK_REVISIONS = 1 << BLOCK_BITS;

export class KeptRevisions {
  private readonly blocks = new Map<number, Uint32Array>();
  /** main → kept sub-revisions other than 0. */
  private readonly subs = new Map<number, Set<number>>();

  add(main: number, sub: number): void {
    if (sub !== 0) {
      const known = this.subs.get(main);
      if (known === undefined) this.subs.set(main, new Set([sub]));
      else known.add(sub);
      return;
    }
    const block = Math.floor(main / BLOCK_REVISIONS);
    let bits = this.blocks.get(block);
    if (bits === undefined) {
      bits = new Uint32Array(BLOCK_REVISIONS / 32);
      this.blocks.set(block, bits);
    }
    const at = main % BLOCK_REVISIONS;
    bits[at >>> 5]! |= 1 << (at & 31);
  }

  has(main: number, sub: number): boolean {
    if (sub !== 0) return this.subs.get(main)?.has(sub) ?? false;
    const at = main % BLOCK_REVISIONS;
    const bits = this.blocks.get(Math.floor(main / BLOCK_REVISIONS));
    return bits !== undefined && (bits[at >>> 5]! & (1 << (at & 31))) !== 0;
  }
}
