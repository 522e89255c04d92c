/** A member's whole state, on which the rooms of the algorithm work: election, replication, reads, membership. */
import { assert } from '../../base/errors.ts';
import { checkConfState } from './conf-change.ts';
import { checkConfig, type RaftConfig, type RestoredState } from './config.ts';
import { ForwardedSessions } from './forwarded-sessions.ts';
import { RaftLog } from './log.ts';
import { Outbox } from './outbox.ts';
import type { Progress } from './progress.ts';
import { majorityReached } from './quorum.ts';
import { PendingReads } from './pending-reads.ts';
import type { Role } from './ready.ts';
import { NOBODY, type ConfState, type MemberId, type SnapshotMark } from './types.ts';

export class RaftState {
  readonly config: RaftConfig;
  readonly id: MemberId;
  readonly log: RaftLog;
  readonly outbox = new Outbox();
  readonly reads: PendingReads;

  /** Never falls. */
  term: number;
  /** Whom this member voted for in `term`; set once a term. */
  vote: MemberId;
  role: Role = 'follower';
  leader: MemberId = NOBODY;
  confState: ConfState;

  /** Candidates only: who has answered, and how. */
  readonly votes = new Map<MemberId, boolean>();
  /** Leaders only: every member, itself included. */
  readonly progress = new Map<MemberId, Progress>();
  /** Leaders only: proposals that followers sent here. */
  readonly forwarded = new ForwardedSessions();

  /** Ticks since the leader was heard; on a leader since check-quorum last looked. */
  electionElapsed = 0;
  heartbeatElapsed = 0;
  /** In [electionTicks, 2 × electionTicks − 1]. */
  electionTimeout = 0;

  /** Leaders only: whom leadership goes to; proposals are dropped meanwhile. */
  transferee: MemberId = NOBODY;
  /** Leaders only: no membership change may be proposed before this index is applied. */
  pendingConfIndex = 0;
  /** Once this member is removed: the commit index to make known before it leaves. */
  removedAt: number | undefined;
  /** The highest commit index that somebody else has told of. */
  knownElsewhere = 0;
  /** Leaders only: something may have to be sent to followers. */
  replicationDue = false;

  /** A snapshot took the place of log and state; the next Ready tells the shell. */
  restoredMark: SnapshotMark | undefined;

  /** Names this start of the member in what it forwards. */
  readonly session: number;
  nextForwardSequence = 1;

  constructor(config: RaftConfig, restored: RestoredState) {
    checkConfig(config);
    checkConfState(restored.confState);
    this.config = config;
    this.id = config.id;
    this.log = new RaftLog(restored);
    // Entries that outlived the term and vote written with them tell the term; that vote was never promised to anybody.
    const { hardState } = restored;
    this.term = Math.max(hardState.term, this.log.lastTerm);
    this.vote = this.term === hardState.term ? hardState.vote : NOBODY;
    this.confState = restored.confState;
    this.session = config.random.below(Number.MAX_SAFE_INTEGER);
    this.reads = new PendingReads(config.maxPendingReads);
    this.drawElectionTimeout();
  }

  get isMember(): boolean {
    return this.isVoter || this.confState.learners.includes(this.id);
  }

  get isVoter(): boolean {
    return this.confState.voters.includes(this.id);
  }

  /** The leader has an entry of its own term committed, so its commit index is the cluster's (paper 8, thesis 6.4). */
  get hasCommittedInTerm(): boolean {
    return this.log.termAt(this.log.commit) === this.term;
  }

  drawElectionTimeout(): void {
    this.electionTimeout = this.config.electionTicks + this.config.random.below(this.config.electionTicks);
  }

  /** The highest number that a majority of voters has reached by the leader's knowledge. */
  majority(reached: (progress: Progress) => number): number {
    return majorityReached(
      this.confState.voters.map((id) => {
        const progress = this.progress.get(id);
        assert(progress !== undefined, `raft: no progress of voter ${id}`);
        return reached(progress);
      }),
    );
  }
}
