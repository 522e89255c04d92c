/**
 * How members reach each other, handed in: over TCP or TLS in production, through the simulated network in the simulator.
 */
import type { Message, MemberId, SnapshotMark } from '../../core/raft/index.ts';

/** A snapshot as it is moved between members: the raft mark it stands for, then the backend's own chunks. */
export interface OutgoingSnapshot {
  readonly term: number;
  readonly mark: SnapshotMark;
  /** The next bytes; undefined after the last. */
  next(): Uint8Array | undefined;
  /** Called once, whatever became of it. */
  close(isDelivered: boolean): void;
}

/** Where an arriving snapshot goes. Exactly one of `finish` and `abort` ends it. */
export interface SnapshotSink {
  write(chunk: Uint8Array): void;
  /** The stream is whole. */
  finish(): void;
  abort(): void;
}

/** What a member does with what its peers send. */
export interface PeerHandlers {
  onMessage(message: Message): void;
  /** Messages to `id` arrive from now on. */
  onReachable(id: MemberId): void;
  /** Messages to `id` were lost: it is unreachable, or reads too slowly. */
  onUnreachable(id: MemberId): void;
  /** A request that only the leader can answer, from another member; `answer` is called exactly once. */
  onForward(from: MemberId, request: Uint8Array, answer: (response: Uint8Array) => void): void;
  /** A snapshot begins to arrive. Throws where it cannot be taken now. */
  onSnapshot(from: MemberId, term: number, mark: SnapshotMark): SnapshotSink;
}

export interface PeerTransport {
  /** Starts delivering; nothing is delivered before. */
  start(handlers: PeerHandlers): void;
  /** Names a peer and where it listens; naming it again changes where. */
  setPeer(id: MemberId, urls: readonly string[]): void;
  removePeer(id: MemberId): void;
  /** Sends without waiting; what cannot be sent is dropped and reported unreachable. */
  send(messages: readonly Message[]): void;
  sendSnapshot(to: MemberId, snapshot: OutgoingSnapshot): void;
  /** Asks another member; undefined where no answer came within `timeoutMs`. */
  forward(to: MemberId, request: Uint8Array, timeoutMs: number, done: (response: Uint8Array | undefined) => void): void;
  /** Since when `id` has been reachable without a break, on the clock; undefined while it is not. */
  activeSinceMs(id: MemberId): number | undefined;
  stop(done: () => void): void;
}
