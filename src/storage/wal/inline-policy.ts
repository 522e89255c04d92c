/**
 * When a sync may run on the calling thread: handing it to the log's thread and back costs a lone writer a quarter of its
 * time on a fast disk, while on a slow disk, or with others waiting, the calling thread has better things to do. In a
 * cluster the same holds for each member: what a leader tells its followers has left before its own sync begins.
 */
import type { WriteJob, WriteOutcome } from './job.ts';

/** Syncs that are remembered. */
const HISTORY = 32;
/** One job in so many goes to the log's thread all the same: only there does it show whether others come meanwhile. */
const PROBE_EVERY = 16;
/** Of the syncs that are remembered so many may have been slow: every disk and every busy machine has a tail. */
const MAX_SLOW = HISTORY / 2;
/** A sync that took so many times the limit is more than a tail. */
const STALL_FACTOR = 50;
/** Jobs that stay on the log's thread after others have come meanwhile, or a sync has stalled. */
const PENALTY = 256;
const MAX_BYTES = 32 << 10;

export class InlinePolicy {
  private readonly limitMs: number;
  private readonly recentMs: number[] = [];
  private slow = 0;
  private jobs = 0;
  private penalty = 0;

  /** Half of the last 32 syncs must have taken no longer than `limitMs`. */
  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  allows(job: WriteJob): boolean {
    this.jobs++;
    if (job.gathered) this.penalty = PENALTY;
    const piece = job.pieces[0];
    if (!piece || job.pieces.length > 1 || piece.ends || piece.end - piece.start > MAX_BYTES) return false;
    if (!job.sync || job.remove.length > 0) return false;
    if (this.penalty > 0) {
      this.penalty--;
      return false;
    }
    return this.recentMs.length === HISTORY && this.slow <= MAX_SLOW && this.jobs % PROBE_EVERY !== 0;
  }

  finished(outcome: WriteOutcome): void {
    for (const ms of outcome.syncMs) {
      this.recentMs.push(ms);
      if (ms > this.limitMs) this.slow++;
      if (this.recentMs.length > HISTORY && this.recentMs.shift()! > this.limitMs) this.slow--;
      if (ms > this.limitMs * STALL_FACTOR) this.penalty = PENALTY;
    }
  }
}
