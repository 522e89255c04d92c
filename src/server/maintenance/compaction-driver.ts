/**
 * Carries out compactions bit by bit: a step of at most `batchRevisions`, a pause, the next step, so that requests get
 * their turn in between.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Store } from '../../core/mvcc/index.ts';
import type { MetricsRegistry, Histogram, Counter } from '../metrics/registry.ts';
import { exponentialBuckets } from '../metrics/registry.ts';

export interface CompactionDriverOptions {
  readonly store: () => Store;
  readonly clock: Clock;
  readonly registry: MetricsRegistry;
  readonly batchRevisions: number;
  readonly sleepMs: number;
  /** Ends the backend's batch, so that what a finished compaction deleted is on its way to the disk. */
  readonly commit: () => void;
}

export class CompactionDriver {
  readonly #options: CompactionDriverOptions;
  readonly #pauseMs: Histogram;
  readonly #deleted: Counter;
  #waiting: (() => void)[] = [];
  #timer: Timer | undefined;

  constructor(options: CompactionDriverOptions) {
    this.#options = options;
    this.#pauseMs = options.registry.histogram(
      'etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds',
      'Bucketed histogram of db compaction pause duration.',
      exponentialBuckets(1, 2, 13),
    );
    this.#deleted = options.registry.counter(
      'etcd_debugging_mvcc_db_compaction_keys_total',
      'Total number of db keys compacted.',
    );
  }

  /** To be called whenever a compaction may have been scheduled; starts working where there is work. */
  wake(): void {
    if (this.#timer === undefined && this.#options.store().compactor.isRunning) this.#schedule(0);
  }

  /** Calls back when nothing is left to compact. */
  whenFinished(done: () => void): void {
    if (!this.#options.store().compactor.isRunning) {
      done();
      return;
    }
    this.#waiting.push(done);
    this.wake();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = [];
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#step();
    });
  }

  #step(): void {
    const { store, clock, batchRevisions, sleepMs, commit } = this.#options;
    const current = store();
    const startedMs = clock.nowMs();
    this.#deleted.value += current.compactStep(batchRevisions);
    this.#pauseMs.observe(clock.nowMs() - startedMs);
    if (current.compactor.isRunning) {
      this.#schedule(sleepMs);
      return;
    }
    commit();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const done of waiting) done();
  }
}
