/**
 * Ends the backend's batches as etcd does: after 100 ms or 10,000 operations, whichever comes first. A batch always ends
 * between two raft entries, so that data and consistent index agree.
 */
import type { Backend } from '../../base/backend.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Entry } from '../../core/raft/index.ts';
import { BackendBacklog } from './backend-backlog.ts';

export interface BackendCommitterOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly maxOperations: number;
  /** More than this applied and not durable yet is too much. */
  readonly maxBacklogBytes: number;
  /** Ends the batch at the last applied entry. */
  readonly commit: () => void;
}

export class BackendCommitter {
  readonly #options: BackendCommitterOptions;
  readonly #backlog = new BackendBacklog();
  #timer: Timer | undefined;

  constructor(options: BackendCommitterOptions) {
    this.#options = options;
  }

  /** The backend takes less than is written: whoever wants to write more has to wait. */
  get isBehind(): boolean {
    return this.#backlog.bytes > this.#options.maxBacklogBytes;
  }

  /** To be called after entries have been applied. */
  afterApply(entries: readonly Entry[]): void {
    this.#backlog.onApplied(entries);
    const { backend, clock, intervalMs, maxOperations } = this.#options;
    if (backend.pendingOperations >= maxOperations) this.commit();
    else if (backend.pendingOperations > 0) this.#timer ??= clock.after(intervalMs, () => this.commit());
  }

  commit(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#options.commit();
    this.#backlog.onCommitted(this.#options.backend.consistentIndex);
  }

  onFlushed(flushedIndex: number): void {
    this.#backlog.onFlushed(flushedIndex);
  }

  /** A snapshot from the leader has replaced everything. */
  onReplaced(): void {
    this.#backlog.reset();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
