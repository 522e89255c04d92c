/** What a member tells those around it. */
import type { RevisionEvents } from '../../core/mvcc/index.ts';

/** Told of what changes in the store and in the leadership; all are called in the turn in which it happens. */
export interface MemberObserver {
  /** Events of one revision, in revision order. */
  onEvents(events: RevisionEvents): void;
  /** A batch of entries has been applied. */
  onApplied(): void;
  /** Raft has told who leads; it may be as before. */
  onLeadership(isLeader: boolean): void;
  /** The leader's first entry of this term is applied: it may count time for leases. */
  onTermStarted(): void;
  /** The store was replaced by a snapshot from the leader. */
  onStoreReplaced(): void;
  /** A request that another member has passed on. */
  onForward(request: Uint8Array, answer: (response: Uint8Array) => void): void;
  onNoSpace(): void;
}
