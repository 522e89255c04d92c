/**
 * Keeps the log short: every `snapshotCount` applied entries the backend is made durable, a snapshot mark is written, and
 * what lies before it leaves the disk; in memory the last `catchupEntries` stay for followers that are a little behind.
 *
 * The order matters: the log is released only up to what the backend reports flushed, and only after the mark is durable.
 */
import type { Backend } from '../../base/backend.ts';
import type { ConfState, Raft, SnapshotMark } from '../../core/raft/index.ts';

/** What the keeper needs of the log on disk and of the snapshot files. */
export interface MarkStore {
  /** Makes the mark durable: snapshot file first, then the log's own record. */
  save(mark: SnapshotMark, done: () => void): void;
  /** The log up to `index` is not needed any more. */
  release(index: number): void;
}

export interface LogKeeperOptions {
  readonly raft: Raft;
  readonly backend: Backend;
  readonly marks: MarkStore;
  readonly snapshotCount: number;
  readonly catchupEntries: number;
  /** Ends the current batch, so that it can become durable. */
  readonly commit: () => void;
  /** The newest mark on disk. */
  readonly lastMark: SnapshotMark;
}

export class LogKeeper {
  readonly #options: LogKeeperOptions;
  /**
   * Who counted from which index on, oldest first. It begins where this start of the member began to apply: changes
   * before that are in the backend already and are not told again.
   */
  #confStates: { readonly index: number; readonly confState: ConfState }[];
  #lastMarkIndex: number;
  #pending: SnapshotMark | undefined;
  #isSaving = false;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
    this.#lastMarkIndex = options.lastMark.index;
    const { applied, confState } = options.raft.status();
    this.#confStates = [{ index: applied, confState }];
  }

  get lastMarkIndex(): number {
    return this.#lastMarkIndex;
  }

  onConfChange(index: number, confState: ConfState): void {
    this.#confStates.push({ index, confState });
  }

  /** A snapshot from the leader has replaced everything. */
  onInstalled(mark: SnapshotMark): void {
    this.#pending = undefined;
    this.#lastMarkIndex = mark.index;
    this.#confStates = [{ index: mark.index, confState: mark.confState }];
  }

  /**
   * To be called after entries up to `appliedIndex`, which is one of term `appliedTerm`, have been applied. The store may
   * be ahead of them, after a snapshot from the leader: what it has applied last is no help here.
   */
  onApplied(appliedIndex: number, appliedTerm: number): void {
    const { snapshotCount, commit } = this.#options;
    if (this.#pending !== undefined || appliedIndex - this.#lastMarkIndex < snapshotCount) return;
    this.#pending = { index: appliedIndex, term: appliedTerm, confState: this.#confStateAt(appliedIndex) };
    commit();
    this.onFlushed();
  }

  /** To be called whenever the backend has become durable further. */
  onFlushed(): void {
    const mark = this.#pending;
    if (mark === undefined || this.#isSaving || this.#options.backend.flushedIndex < mark.index) return;
    this.#isSaving = true;
    this.#options.marks.save(mark, () => {
      this.#isSaving = false;
      if (this.#pending !== mark) return;
      this.#pending = undefined;
      this.#lastMarkIndex = mark.index;
      this.#options.marks.release(mark.index);
      this.#compact(mark.index - this.#options.catchupEntries);
    });
  }

  #compact(index: number): void {
    const { raft } = this.#options;
    if (index <= raft.status().compactedIndex || index < this.#confStates[0]!.index) return;
    const confState = this.#confStateAt(index);
    raft.compact(index, confState);
    this.#confStates = [{ index, confState }, ...this.#confStates.filter((change) => change.index > index)];
  }

  #confStateAt(index: number): ConfState {
    return this.#confStates.findLast((change) => change.index <= index)!.confState;
  }
}
