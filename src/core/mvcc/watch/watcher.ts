import type { KeyRange } from '../key-range.ts';
import type { WatchDelivery } from './delivery.ts';
import type { WatchStream } from './watch-stream.ts';

/** - `synced`: has seen every revision so far.
 * - `behind`: must be brought up to date from the store.
 * - `blocked`: its stream did not take its last delivery, which it still holds. */
export type WatcherState = 'synced' | 'behind' | 'blocked';

export interface Watcher {
  readonly stream: WatchStream;
  readonly id: bigint;
  readonly range: KeyRange;
  /** Exactly one key: `range.start`. */
  readonly isSingleKey: boolean;
  readonly wantsPuts: boolean;
  readonly wantsDeletes: boolean;
  readonly prevKv: boolean;
  readonly fragment: boolean;
  readonly progressNotify: boolean;
  /** As it was asked for; 0 for what is to come. */
  readonly startRevision: number;
  state: WatcherState;
  /** The lowest revision that it may still have to be told of. */
  nextRevision: number;
  /** What its stream has yet to take, in order; empty unless blocked. */
  pending: WatchDelivery[];
  /** Whether it was sent nothing since the last tick of the progress clock. */
  wasIdle: boolean;
  /** What is pending is its end. */
  isEnding: boolean;
}
