/**
 * Keeps watches moving: passes every applied revision to the hub, lets those that are behind catch up piece by piece
 * between requests, and ticks the progress notifications.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import {
  DEFAULT_WATCH_HUB_OPTIONS,
  WatchHub,
  type RevisionEvents,
  type Store,
  type WatchSink,
  type WatchStream,
} from '../../core/mvcc/index.ts';
import type { MetricsRegistry } from '../metrics/registry.ts';

/** Revisions read for watchers that are behind in one turn: about 2 ms. Source: etcd reads at most 1000 a response. */
const REVISIONS_PER_PUMP = 1000;
/** Up to a tenth more, so that members do not notify in step. Source: etcd server/etcdserver/api/v3rpc/watch.go. */
const PROGRESS_JITTER = 0.1;

export interface WatchDriverOptions {
  readonly store: () => Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: MetricsRegistry;
  readonly progressIntervalMs: number;
  readonly fragmentBytes: number;
}

export class WatchDriver {
  readonly hub: WatchHub;
  readonly #options: WatchDriverOptions;
  readonly #streams = new Set<WatchStream>();
  #isPumping = false;
  #isStopped = false;
  #progress: Timer | undefined;

  constructor(options: WatchDriverOptions) {
    this.#options = options;
    const { store, registry } = options;
    const source = {
      get currentRevision() {
        return store().currentRevision;
      },
      get compactRevision() {
        return store().compactRevision;
      },
      previousValue: (...args: Parameters<Store['previousValue']>) => store().previousValue(...args),
      eventsFrom: (...args: Parameters<Store['eventsFrom']>) => store().eventsFrom(...args),
    };
    this.hub = new WatchHub(source, { ...DEFAULT_WATCH_HUB_OPTIONS, fragmentBytes: options.fragmentBytes });
    registry.read('etcd_debugging_mvcc_watch_stream_total', 'Total number of watch streams.', 'gauge', () => {
      return this.hub.streamCount;
    });
    registry.read('etcd_debugging_mvcc_watcher_total', 'Total number of watchers.', 'gauge', () => {
      return this.hub.watcherCount;
    });
    registry.read('etcd_debugging_mvcc_slow_watcher_total', 'Total number of unsynced slow watchers.', 'gauge', () => {
      return this.hub.slowWatcherCount;
    });
    this.#progress = this.#scheduleProgress();
  }

  openStream(sink: WatchSink): WatchStream {
    const stream = this.hub.openStream(sink);
    this.#streams.add(stream);
    return stream;
  }

  closeStream(stream: WatchStream): void {
    this.#streams.delete(stream);
    stream.close();
  }

  /** The stream's sink has room again: what it missed meanwhile must be read for it, whether or not more is written. */
  resume(stream: WatchStream): void {
    stream.resume();
    this.wake();
  }

  onEvents(events: RevisionEvents): void {
    this.hub.notify(events);
    this.wake();
  }

  onStoreReplaced(): void {
    this.hub.reset();
    this.wake();
  }

  /** Goes on serving those that are behind, if there are any. */
  wake(): void {
    if (this.#isPumping || this.#isStopped || !this.hub.needsPump) return;
    this.#isPumping = true;
    this.#options.clock.soon(() => {
      this.#isPumping = false;
      if (this.#isStopped) return;
      this.hub.pump(REVISIONS_PER_PUMP);
      this.wake();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#progress?.cancel();
    for (const stream of [...this.#streams]) this.closeStream(stream);
  }

  #scheduleProgress(): Timer {
    const { clock, random, progressIntervalMs } = this.#options;
    return clock.after(progressIntervalMs * (1 + PROGRESS_JITTER * random.float()), () => {
      for (const stream of this.#streams) stream.tickProgress();
      this.#progress = this.#scheduleProgress();
    });
  }
}
