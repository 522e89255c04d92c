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
  step(message: Message): void;
  /** Many at once: one entry each, in order. */
  propose(data: readonly Uint8Array[]): ProposeResult;
  proposeConfChange(change: ConfChange): ProposeResult;
  /** To be called for every applied entry of type ENTRY_CONF_CHANGE, before `applied`; returns who counts now. */
  applyConfChange(change: ConfChange): ConfState;
  /** Asks from which index on a linearizable read may be answered; false when too many wait. Comes in Ready.readStates. */
  readIndex(context: number): boolean;
  /** False when this member does not lead or `to` is no voter. */
  transferLeadership(to: MemberId): boolean;
  /** A message to `id` was lost. */
  reportUnreachable(id: MemberId): void;
  /** The shell has moved the data of a snapshot message, or failed to. */
  reportSnapshot(id: MemberId, ok: boolean): void;
  hasReady(): boolean;
  ready(): Ready;
  /** Every Ready up to this number is durable. The next Ready may be taken before. */
  persisted(readyNumber: number): void;
  /** Everything up to here is in the state machine. */
  applied(index: number): void;
  /** Drops the log up to `index` (≤ applied); `confState` is who counted there. */
  compact(index: number, confState: ConfState): void;
  status(): RaftStatus;
}
