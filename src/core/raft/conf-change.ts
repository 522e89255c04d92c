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

const FIELD_ID = 0x08;
const FIELD_TYPE = 0x10;
const FIELD_MEMBER = 0x18;
const FIELD_CONTEXT = 0x22;

export function encodeConfChange(change: ConfChange): Uint8Array {
  const bytes: number[] = [];
  bytes.push(FIELD_ID, ...varint(change.id), FIELD_TYPE, change.type, FIELD_MEMBER, ...varint(change.member));
  if (change.context.length > 0) bytes.push(FIELD_CONTEXT, ...varint(BigInt(change.context.length)));
  const encoded = new Uint8Array(bytes.length + change.context.length);
  encoded.set(bytes);
  encoded.set(change.context, bytes.length);
  return encoded;
}

/** Throws AssertionError on bytes that no proposer makes: the log is not to be trusted then. */
export function decodeConfChange(data: Uint8Array): ConfChange {
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = data[at++];
      assert(byte !== undefined, 'a membership change is cut short');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    assert(false, 'a membership change holds a number of more than ten bytes');
  };
  let id = 0n;
  let type = 0n;
  let member: MemberId = NOBODY;
  let context: Uint8Array = new Uint8Array(0);
  while (at < data.length) {
    const tag = data[at++]!;
    switch (tag) {
      case FIELD_ID:
        id = readVarint();
        break;
      case FIELD_TYPE:
        type = readVarint();
        break;
      case FIELD_MEMBER:
        member = readVarint();
        break;
      case FIELD_CONTEXT: {
        const length = Number(readVarint());
        assert(at + length <= data.length, 'a membership change is cut short');
        context = data.subarray(at, at + length);
        at += length;
        break;
      }
      default:
        assert(false, `a membership change holds an unknown field (tag ${tag})`);
    }
  }
  assert(type <= 3n, `membership change of unknown type ${type}`);
  return { id, type: Number(type) as ConfChangeType, member, context };
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
