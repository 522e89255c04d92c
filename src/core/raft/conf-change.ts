/**
 * Membership changes, one member at a time (thesis 4.1), and the entry data that carries them: raftpb.ConfChange in
 * proto2 (1 id, 2 type, 3 node_id, 4 context), so that a log reads the same to etcd's own tools.
 */
import { assert } from '../../base/errors.ts';
import { NOBODY, type ConfState, type MemberId } from './types.ts';

/** raftpb.ConfChangeType. */
export const CONF_ADD_VOTER = 0;
export const CONF_REMOVE = 1;
export const CONF_UPDATE = 2;
export const CONF_ADD_LEARNER = 3;
export type ConfChangeType = typeof CONF_ADD_VOTER | typeof CONF_REMOVE | typeof CONF_UPDATE | typeof CONF_ADD_LEARNER;

export interface ConfChange {
  /** The proposer's request id. */
  readonly id: bigint;
  /** Adding a learner as a voter promotes it. An update changes nobody's role: it carries the context only. */
  readonly type: ConfChangeType;
  /** NOBODY where the change was refused when applied: nothing changes, the next one may come. */
  readonly member: MemberId;
  /** The server's own description of the member. */
  readonly context: Uint8Array;
}

/** Who counts after `change`. Changes that are already in effect give an equal state. */
export function changedConfState(state: ConfState, change: ConfChange): ConfState {
  const { member } = change;
  if (member === NOBODY) return state;
  const voters = state.voters.filter((id) => id !== member);
  const learners = state.learners.filter((id) => id !== member);
  switch (change.type) {
    case CONF_ADD_VOTER:
      return { voters: sorted([...voters, member]), learners };
    case CONF_ADD_LEARNER:
      // A voter is never turned into a learner in one step: it would leave the quorum unseen.
      return state.voters.includes(member) ? state : { voters, learners: sorted([...learners, member]) };
    case CONF_REMOVE:
      return { voters, learners };
    case CONF_UPDATE:
      return state;
  }
}

/** Throws unless no member is named twice and somebody votes. */
export function checkConfState(state: ConfState): void {
  const all = [...state.voters, ...state.learners];
  assert(new Set(all).size === all.length, 'a member is named twice in the membership');
  assert(!all.includes(NOBODY), 'the membership names member 0');
  assert(state.learners.length === 0 || state.voters.length > 0, 'a membership of learners only');
}

export function equalConfStates(a: ConfState, b: ConfState): boolean {
  return sameIds(a.voters, b.voters) && sameIds(a.learners, b.learners);
}

function sameIds(a: readonly MemberId[], b: readonly MemberId[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

function sorted(ids: readonly MemberId[]): MemberId[] {
  return [...ids].sort((a, b) => (a < b ? -1 : 1));
}
