/** How much is read in one piece, so that no turn of the event loop is long. */

/** A piece ends when one of these is reached. */
export interface PieceLimits {
  readonly kvs: number;
  readonly bytes: number;
  /** Looked at, compared or sorted, whether they are in the answer or not. */
  readonly keys: number;
}

/** Each takes about half a millisecond, the first where it must be read from the file. */
export const PIECE_LIMITS: PieceLimits = { kvs: 256, bytes: 256 * 1024, keys: 4096 };

/** What is left of a piece. Several reads may share one; who goes on when it is spent begins the next. */
export class PieceBudget {
  readonly limits: PieceLimits;
  private kvs: number;
  private bytes: number;
  private keys: number;

  constructor(limits: PieceLimits) {
    this.limits = limits;
    this.kvs = limits.kvs;
    this.bytes = limits.bytes;
    this.keys = limits.keys;
  }

  get isSpent(): boolean {
    return this.kvs <= 0 || this.bytes <= 0 || this.keys <= 0;
  }

  /** To be called before going on. */
  renewIfSpent(): void {
    if (!this.isSpent) return;
    this.kvs = this.limits.kvs;
    this.bytes = this.limits.bytes;
    this.keys = this.limits.keys;
  }

  takeKey(): void {
    this.keys--;
  }

  takeKv(bytes: number): void {
    this.kvs--;
    this.bytes -= bytes;
  }

  /** The rest of the piece, for work that has steps of its own. */
  takeRest(): void {
    this.keys = 0;
  }
}
