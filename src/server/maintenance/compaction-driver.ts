/**
 * Carries out compactions bit by bit: a batch of at most `batchRevisions`, a pause, the next batch. A batch takes several
 * turns of the event loop, so that no request waits for more than a part of it.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Store } from '../../core/mvcc/index.ts';
import type { MetricsRegistry, Histogram, Counter, Gauge } from '../metrics/registry.ts';
import { exponentialBuckets } from '../metrics/registry.ts';

/** About a third of a millisecond. */
const REVISIONS_PER_TURN = 500;

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
  readonly #indexPauseMs: Histogram;
  readonly #deleted: Counter;
  readonly #totalMs: Histogram;
  readonly #lastFinished: Gauge;
  #waiting: (() => void)[] = [];
  #timer: Timer | undefined;
  /** Of the batch under way. */
  #leftRevisions: number;
  #isAtWork = false;
  #startedMs = 0;

  constructor(options: CompactionDriverOptions) {
    this.#options = options;
    this.#leftRevisions = options.batchRevisions;
    this.#pauseMs = options.registry.histogram(
      'etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds',
      'Bucketed histogram of db compaction pause duration.',
      exponentialBuckets(1, 2, 13),
    );
    this.#indexPauseMs = options.registry.histogram(
      'etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds',
      'How long nothing else was done while keys of the index were compacted.',
      exponentialBuckets(0.5, 2, 14),
    );
    this.#deleted = options.registry.counter(
      'etcd_debugging_mvcc_db_compaction_keys_total',
      'Total number of db keys compacted.',
    );
    this.#totalMs = options.registry.histogram(
      'etcd_debugging_mvcc_db_compaction_total_duration_milliseconds',
      'Bucketed histogram of the whole time that compactions of the backend took.',
      exponentialBuckets(100, 2, 14),
    );
    this.#lastFinished = options.registry.gauge(
      'etcd_debugging_mvcc_db_compaction_last',
      'When the last compaction of the backend ended, in seconds since 1970; 0 before the first.',
    );
  }

  /** To be called whenever a compaction may have been scheduled; starts working where there is work. */
  wake(): void {
    if (this.#isAtWork || !this.#options.store().compactor.isRunning) return;
    this.#isAtWork = true;
    this.#startedMs = this.#options.clock.nowMs();
    this.#sleep(0);
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
    this.#isAtWork = false;
    this.#timer?.cancel();
    this.#waiting = [];
  }

  #sleep(delayMs: number): void {
    this.#leftRevisions = this.#options.batchRevisions;
    this.#timer = this.#options.clock.after(delayMs, () => this.#step());
  }

  #step(): void {
    if (!this.#isAtWork) return;
    const { store, clock, sleepMs, commit } = this.#options;
    const current = store();
    const startedMs = clock.nowMs();
    const revisions = Math.min(this.#leftRevisions, REVISIONS_PER_TURN);
    this.#leftRevisions -= revisions;
    const pauseMs = current.compactor.isInIndex ? this.#indexPauseMs : this.#pauseMs;
    this.#deleted.value += current.compactStep(revisions);
    pauseMs.observe(clock.nowMs() - startedMs);
    if (current.compactor.isRunning) {
      if (this.#leftRevisions > 0) clock.soon(() => this.#step());
      else this.#sleep(sleepMs);
      return;
    }
    this.#isAtWork = false;
    this.#totalMs.observe(clock.nowMs() - this.#startedMs);
    this.#lastFinished.value = Math.floor(clock.wallMs() / 1000);
    commit();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const done of waiting) done();
  }
}
