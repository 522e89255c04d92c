/**
 * What a follower that takes a snapshot will need of the log next, kept for it: were the entries after the snapshot gone
 * by the time it is in, the follower would be sent another one, and so on for as long as there is load.
 *
 * A hold lasts while the snapshot is under way and for a while after it was delivered; a failed one keeps nothing, because
 * the next begins further on. It reaches back no further than what the follower lacks, so one that has caught up costs
 * nothing. Source: etcd server/etcdserver/server.go, sendMergedSnap and releaseDelayAfterSnapshot, which stop truncation
 * altogether meanwhile.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { MemberId, RaftStatus } from '../../core/raft/index.ts';

export const DEFAULT_SNAPSHOT_RELEASE_DELAY_MS = 30_000;
/** etcd has no limit. Ours is about what a busy member weighs without its log. */
export const DEFAULT_HELD_LOG_BYTES = 256 * 1024 * 1024;

export interface LogHoldsOptions {
  readonly clock: Clock;
  readonly releaseDelayMs: number;
  /** A hold has ended: the log may be shortened. */
  readonly onReleased: () => void;
}

interface Hold {
  readonly to: MemberId;
  readonly snapshotIndex: number;
}

export class LogHolds {
  readonly #options: LogHoldsOptions;
  readonly #holds = new Set<Hold>();
  readonly #timers = new Map<Hold, Timer>();

  constructor(options: LogHoldsOptions) {
    this.#options = options;
  }

  /** A snapshot at `snapshotIndex` leaves for `to`. The function returned is to be told, once, what became of it. */
  begin(to: MemberId, snapshotIndex: number): (isDelivered: boolean) => void {
    const hold: Hold = { to, snapshotIndex };
    this.#holds.add(hold);
    return (isDelivered) => {
      if (!this.#holds.has(hold)) return;
      const { clock, releaseDelayMs } = this.#options;
      if (isDelivered)
        this.#timers.set(
          hold,
          clock.after(releaseDelayMs, () => this.#end(hold)),
        );
      else this.#end(hold);
    };
  }

  /** The log is needed from the entry after this one on; Infinity where nobody holds it. */
  neededAfter({ progress }: Pick<RaftStatus, 'progress'>): number {
    let index = Infinity;
    for (const { to, snapshotIndex } of this.#holds) {
      index = Math.min(index, Math.max(snapshotIndex, progress.get(to)?.match ?? 0));
    }
    return index;
  }

  /** Gives all of them up. */
  clear(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#holds.clear();
  }

  #end(hold: Hold): void {
    this.#timers.delete(hold);
    this.#holds.delete(hold);
    this.#options.onReleased();
  }
}
