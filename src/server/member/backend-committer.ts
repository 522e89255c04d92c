/**
 * Ends the backend's batches as etcd does: after 100 ms or 10,000 operations, whichever comes first. A batch always ends
 * between two raft entries, so that data and consistent index agree.
 */
import type { Backend } from '../../base/backend.ts';
import type { Clock, Timer } from '../../base/clock.ts';

export interface BackendCommitterOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly maxOperations: number;
  /** Ends the batch at the last applied entry. */
  readonly commit: () => void;
}

export class BackendCommitter {
  readonly #options: BackendCommitterOptions;
  #timer: Timer | undefined;

  constructor(options: BackendCommitterOptions) {
    this.#options = options;
  }

  /** To be called after entries have been applied. */
  afterApply(): void {
    const { backend, clock, intervalMs, maxOperations } = this.#options;
    if (backend.pendingOperations >= maxOperations) this.commit();
    else if (backend.pendingOperations > 0) this.#timer ??= clock.after(intervalMs, () => this.commit());
  }

  commit(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#options.commit();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
