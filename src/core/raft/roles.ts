/** The four roles and the changes between them (Raft paper figure 4, thesis 9.6). */
import { assert } from '../../base/errors.ts';
import { Progress } from './progress.ts';
import type { Role } from './ready.ts';
import type { RaftState } from './state.ts';
import { ENTRY_NORMAL, NOBODY, type MemberId } from './types.ts';

/** The first entry of a term: committing it commits what earlier terms left (paper 5.4.2, 8). */
const EMPTY_ENTRY: readonly Uint8Array[] = [new Uint8Array(0)];

export function becomeFollower(state: RaftState, term: number, leader: MemberId): void {
  enter(state, 'follower', term);
  state.leader = leader;
}

/** Asks whether an election could be won, without disturbing anybody. */
export function becomePreCandidate(state: RaftState): void {
  assert(state.role !== 'leader', 'raft: a leader does not stand for election');
  enter(state, 'preCandidate', state.term);
}

export function becomeCandidate(state: RaftState): void {
  assert(state.role !== 'leader', 'raft: a leader does not stand for election');
  enter(state, 'candidate', state.term + 1);
  state.vote = state.id;
}

export function becomeLeader(state: RaftState): void {
  assert(state.role === 'candidate', `raft: a ${state.role} cannot become leader`);
  enter(state, 'leader', state.term);
  const { log, config, confState, id } = state;
  state.leader = id;
  // A membership change may be among the entries of earlier terms.
  state.pendingConfIndex = log.lastIndex;
  for (const [members, isLearner] of [
    [confState.voters, false],
    [confState.learners, true],
  ] as const) {
    for (const member of members) {
      state.progress.set(member, new Progress(log.lastIndex + 1, isLearner, config.maxInflightMessages));
    }
  }
  state.progress.get(id)?.accepted(log.persistence.durableIndex);
  log.appendOwn(state.term, ENTRY_NORMAL, EMPTY_ENTRY);
  state.replicationDue = true;
  state.reads.startLeading();
}

function enter(state: RaftState, role: Role, term: number): void {
  assert(term >= state.term, `raft: the term falls from ${state.term} to ${term}`);
  if (state.role === 'leader') state.reads.stopLeading();
  if (term !== state.term) {
    state.term = term;
    state.vote = NOBODY;
  }
  state.role = role;
  state.leader = NOBODY;
  state.votes.clear();
  state.progress.clear();
  state.forwarded.clear();
  state.electionElapsed = 0;
  state.heartbeatElapsed = 0;
  state.transferee = NOBODY;
  state.pendingConfIndex = 0;
  state.replicationDue = false;
  state.drawElectionTimeout();
}
