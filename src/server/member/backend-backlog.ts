/**
 * How much the member has applied that the backend has not made durable yet. All of it is held in memory, and a disk that
 * is slower than the log's, or a file that is being rewritten, must not let it grow without end. (etcd cannot get there:
 * it applies nothing while a commit is under way.)
 */

/** What an entry costs beside its bytes: places in tables and arrays. */
const ENTRY_OVERHEAD_BYTES = 128;
/** Seconds of what a fast disk takes, and many batches of small requests. */
export const DEFAULT_BACKLOG_BYTES = 256 * 1024 * 1024;

interface Mark {
  readonly index: number;
  /** All that had been applied by then. */
  readonly appliedBytes: number;
}

export class BackendBacklog {
  #appliedBytes = 0;
  #flushedBytes = 0;
  /** Commits that are not durable yet, in order. */
  #commits: Mark[] = [];

  get bytes(): number {
    return this.#appliedBytes - this.#flushedBytes;
  }

  onApplied(entries: readonly { readonly data: Uint8Array }[]): void {
    for (const { data } of entries) this.#appliedBytes += data.length + ENTRY_OVERHEAD_BYTES;
  }

  /** All that has been applied is in a batch that ends with this entry. */
  onCommitted(index: number): void {
    this.#commits.push({ index, appliedBytes: this.#appliedBytes });
  }

  onFlushed(index: number): void {
    const isDurable = (mark: Mark): boolean => mark.index <= index;
    this.#flushedBytes = this.#commits.findLast(isDurable)?.appliedBytes ?? this.#flushedBytes;
    this.#commits = this.#commits.filter((mark) => !isDurable(mark));
  }

  /** The backend has been replaced as a whole, by something durable. */
  reset(): void {
    this.#commits = [];
    this.#flushedBytes = this.#appliedBytes;
  }
}
