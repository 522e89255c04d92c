/** The consensus machine as its shell sees it. */
import type { ConfChange } from './conf-change.ts';
import type { Message } from './messages.ts';
import type { ProposeResult, Ready } from './ready.ts';
import type { RaftStatus } from './status.ts';
import type { ConfState, MemberId } from './types.ts';

export interface Raft {
  /** One heartbeat interval has passed. */
  tick(): void;
  /** Stand for election now, as if the election timeout had run out. */
  campaign(): void;
  /**
   * A message from another member. A snapshot message comes when its data is at hand and everything handed out has
   * been applied: it takes the place of the state.
   */
  step(message: Message): void;
  /** Proposes one entry for each of `data`, in order: all or none. The arrays are kept, not copied. */
  propose(data: readonly Uint8Array[]): ProposeResult;
  proposeConfChange(change: ConfChange): ProposeResult;
  /** For every applied entry of type ENTRY_CONF_CHANGE, before `applied` is told of it. Returns who counts now. */
  applyConfChange(change: ConfChange): ConfState;
  /**
   * Asks for the index from which on a linearizable read may be answered; it comes as a ReadState with this context.
   * Kept over changes of the leader until answered. False when too many wait.
   */
  readIndex(context: number): boolean;
  /** False when this member does not lead or `to` is no other voter. Given up after an election timeout. */
  transferLeadership(to: MemberId): boolean;
  /** A message to `id` was lost: appends sent ahead may be missing. */
  reportUnreachable(id: MemberId): void;
  /** The data of a snapshot message has reached `id`, or has not. Must be told for every snapshot message. */
  reportSnapshot(id: MemberId, ok: boolean): void;
  /** Whether `ready` has anything to tell. */
  hasReady(): boolean;
  /** All that is to be done since the last time. */
  ready(): Ready;
  /** Every Ready up to `readyNumber` is durable. The next Ready may be taken before. */
  persisted(readyNumber: number): void;
  /** The state machine holds the effects of every entry up to `index`. */
  applied(index: number): void;
  /** Drops the log up to `index`, which a snapshot stands for now; `confState` is who counted there. */
  compact(index: number, confState: ConfState): void;
  status(): RaftStatus;
}
