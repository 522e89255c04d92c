/** What the machine wants done: the one thing that comes out of it. */
import type { Message } from './messages.ts';
import type { Entry, HardState, MemberId, SnapshotMark } from './types.ts';

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader';

/** Worth telling, not worth keeping. */
export interface SoftState {
  readonly role: Role;
  /** NOBODY while none is known. */
  readonly leader: MemberId;
}

/** A linearizable read may be answered once `index` has been applied. */
export interface ReadState {
  readonly context: number;
  readonly index: number;
}

export interface Ready {
  /** Counts up from 1; name it to `persisted`. */
  readonly number: number;
  /** Present when changed. */
  readonly softState: SoftState | undefined;
  /** To install before `entries` are written: replaces log and state. */
  readonly snapshot: SnapshotMark | undefined;
  /** To write. An index that was written before replaces that entry and all after it. */
  readonly entries: readonly Entry[];
  /**
   * To write AFTER the entries, when changed: its commit index is about them. A torn write that kept it and lost them
   * would declare committed what they were to replace.
   */
  readonly hardState: HardState | undefined;
  /** hardState, snapshot or entries need a sync; false for a mere commit index that no membership change waits for. */
  readonly mustSync: boolean;
  /** To apply in order, then `applied`. All are durable on this member. */
  readonly committed: readonly Entry[];
  /** May leave at once, while the sync runs (thesis 10.2.1). */
  readonly messages: readonly Message[];
  /** May leave when this Ready AND every one before it is durable: they promise that it is. */
  readonly messagesAfterPersist: readonly Message[];
  readonly readStates: readonly ReadState[];
}

/** What became of a proposal. */
export type ProposeResult =
  | { readonly kind: 'accepted'; readonly firstIndex: number; readonly term: number }
  /** Sent to the leader; it may be lost on the way. */
  | { readonly kind: 'forwarded'; readonly leader: MemberId }
  | { readonly kind: 'dropped'; readonly reason: DropReason };

export type DropReason = 'no leader' | 'leadership transfer' | 'membership change pending' | 'not a member';
