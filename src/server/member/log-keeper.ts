/**
 * Keeps the log short: every `snapshotCount` applied entries the backend is made durable, a snapshot mark is written, and
 * what lies before it leaves the disk. In memory the last `snapshotCatchupEntries` stay for followers a little behind,
 * and what a follower lacks that is being sent a snapshot (`log-holds.ts`), as long as the log stays within bounds.
 *
 * The order matters: the log is released only up to what the backend reports flushed, and only after the mark is durable.
 */
import type { Backend } from '../../base/backend.ts';
import type { Clock } from '../../base/clock.ts';
import type { ConfState, MemberId, Raft, SnapshotMark } from '../../core/raft/index.ts';
import type { Logger } from '../log.ts';
import { LogHolds } from './log-holds.ts';
import type { MemberSettings } from './parts.ts';

/** What the keeper needs of the log on disk and of the snapshot files. */
export interface MarkStore {
  /** Makes the mark durable: snapshot file first, then the log's own record. */
  save(mark: SnapshotMark, done: () => void): void;
  /** The log up to `index` is not needed any more. */
  release(index: number): void;
}

export interface LogKeeperOptions {
  readonly raft: Pick<Raft, 'status' | 'compact'>;
  readonly backend: Pick<Backend, 'flushedIndex'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly marks: MarkStore;
  readonly settings: Pick<
    MemberSettings,
    'snapshotCount' | 'snapshotCatchupEntries' | 'snapshotReleaseDelayMs' | 'heldLogBytes'
  >;
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
  readonly #holds: LogHolds;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
    this.#lastMarkIndex = options.lastMark.index;
    const { applied, confState } = options.raft.status();
    this.#confStates = [{ index: applied, confState }];
    this.#holds = new LogHolds({
      clock: options.clock,
      releaseDelayMs: options.settings.snapshotReleaseDelayMs,
      onReleased: () => this.#compact(),
    });
  }

  onConfChange(index: number, confState: ConfState): void {
    this.#confStates.push({ index, confState });
  }

  /** What follows on a snapshot that leaves for `to` is kept; the function returned is told, once, what became of it. */
  hold(to: MemberId, snapshotIndex: number): (isDelivered: boolean) => void {
    return this.#holds.begin(to, snapshotIndex);
  }

  stop(): void {
    this.#holds.clear();
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
    const { settings, commit } = this.#options;
    if (this.#pending !== undefined || appliedIndex - this.#lastMarkIndex < settings.snapshotCount) return;
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
      this.#compact();
    });
  }

  /** Shortens the log in memory: on disk it need not be kept, because followers are never sent it from there. */
  #compact(): void {
    const { raft, settings } = this.#options;
    const wanted = this.#lastMarkIndex - settings.snapshotCatchupEntries;
    const index = Math.min(wanted, this.#neededAfter(wanted));
    if (index <= raft.status().compactedIndex || index < this.#confStates[0]!.index) return;
    const confState = this.#confStateAt(index);
    raft.compact(index, confState);
    this.#confStates = [{ index, confState }, ...this.#confStates.filter((change) => change.index > index)];
  }

  #neededAfter(wanted: number): number {
    const { raft, log, settings } = this.#options;
    const status = raft.status();
    const needed = this.#holds.neededAfter(status);
    if (needed >= wanted) return needed;
    const fields = { 'snapshot-index': needed, 'log-bytes': status.logBytes };
    if (status.logBytes <= settings.heldLogBytes) {
      log.info('skip compaction of what follows an inflight snapshot', fields);
      return needed;
    }
    log.warn('the raft log has grown too long to be kept for a follower that takes a snapshot', fields);
    this.#holds.clear();
    return Infinity;
  }

  #confStateAt(index: number): ConfState {
    return this.#confStates.findLast((change) => change.index <= index)!.confState;
  }
}
