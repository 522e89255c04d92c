/** What members say to each other. Every message names its sender, its receiver and the sender's term. */
import type { Entry, EntryType, MemberId, SnapshotMark } from './types.ts';

interface Envelope {
  readonly from: MemberId;
  readonly to: MemberId;
  /** The sender's term; for a pre-vote the term it would stand in, 0 where the term does not matter. */
  readonly term: number;
}

/** A leader's entries, or none at all to probe or to tell of a commit (AppendEntries, Raft paper 5.3). */
export interface AppendMessage extends Envelope {
  readonly type: 'append';
  readonly previousIndex: number;
  readonly previousTerm: number;
  /** Shared between the receivers of one batch: never changed. */
  readonly entries: readonly Entry[];
  readonly commit: number;
}

export interface AppendAnswerMessage extends Envelope {
  readonly type: 'appendAnswer';
  readonly rejected: boolean;
  /** Accepted: the log matches the leader's up to here and is durable. Rejected: the append's previousIndex. */
  readonly index: number;
  /** Rejected only: the last index that may match, and the term of the entry there (5.3, fast backtracking). */
  readonly hintIndex: number;
  readonly hintTerm: number;
  /** What the sender knows to be committed. */
  readonly commit: number;
}

export interface HeartbeatMessage extends Envelope {
  readonly type: 'heartbeat';
  readonly commit: number;
  /** The newest round of linearizable reads the answer confirms; 0 where none waits. */
  readonly readRound: number;
}

export interface HeartbeatAnswerMessage extends Envelope {
  readonly type: 'heartbeatAnswer';
  readonly commit: number;
  readonly readRound: number;
}

/** RequestVote (5.2, 5.4.1), and the pre-vote of thesis 9.6 that asks without raising the term. */
export interface VoteMessage extends Envelope {
  readonly type: 'vote' | 'preVote';
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** The leader asked for this election: the lease of the old leader does not hold (thesis 3.10). */
  readonly transfer: boolean;
}

export interface VoteAnswerMessage extends Envelope {
  readonly type: 'voteAnswer' | 'preVoteAnswer';
  readonly rejected: boolean;
}

/** The follower's next entry is compacted away: it needs the state at `mark`, whose data the shell moves (7). */
export interface SnapshotMessage extends Envelope {
  readonly type: 'snapshot';
  readonly mark: SnapshotMark;
}

/** Stand for election at once (thesis 3.10). */
export interface TimeoutNowMessage extends Envelope {
  readonly type: 'timeoutNow';
}

/** Proposals forwarded to the leader. Taken at most once, and only in the term they name. */
export interface ProposeMessage extends Envelope {
  readonly type: 'propose';
  /** Random for each start of the sender. */
  readonly session: number;
  /** Counts up within the session; the leader drops what it has seen or what was overtaken. */
  readonly sequence: number;
  readonly entryType: EntryType;
  readonly data: readonly Uint8Array[];
}

/** A forwarded linearizable read (thesis 6.4). */
export interface ReadIndexMessage extends Envelope {
  readonly type: 'readIndex';
  readonly session: number;
  readonly request: number;
}

export interface ReadIndexAnswerMessage extends Envelope {
  readonly type: 'readIndexAnswer';
  readonly session: number;
  readonly request: number;
  readonly index: number;
}

export type Message =
  | AppendMessage
  | AppendAnswerMessage
  | HeartbeatMessage
  | HeartbeatAnswerMessage
  | VoteMessage
  | VoteAnswerMessage
  | SnapshotMessage
  | TimeoutNowMessage
  | ProposeMessage
  | ReadIndexMessage
  | ReadIndexAnswerMessage;

export type MessageType = Message['type'];
