import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssertionError } from '../../../src/base/errors.ts';
import {
  changedConfState,
  checkConfState,
  CONF_ADD_LEARNER,
  CONF_ADD_VOTER,
  CONF_REMOVE,
  CONF_UPDATE,
  decodeConfChange,
  encodeConfChange,
  type ConfChange,
  type ConfChangeType,
} from '../../../src/core/raft/conf-change.ts';

const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const change = fc.record({
  id: uint64,
  type: fc.constantFrom<ConfChangeType>(CONF_ADD_VOTER, CONF_REMOVE, CONF_UPDATE, CONF_ADD_LEARNER),
  member: uint64,
  context: fc.uint8Array({ maxLength: 300 }),
});

function changeOf(type: ConfChangeType, member: bigint): ConfChange {
  return { id: 0n, type, member, context: new Uint8Array(0) };
}

describe('the entry data of a membership change', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(change, (made) => {
        expect(decodeConfChange(encodeConfChange(made))).toEqual(made);
      }),
    );
  });

  it('is raftpb.ConfChange', () => {
    const data = encodeConfChange({ id: 300n, type: CONF_ADD_LEARNER, member: 2n, context: Uint8Array.of(7) });
    expect(Buffer.from(data).toString('hex')).toBe('08ac02' + '1003' + '1802' + '220107');
  });

  it('is refused when damaged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (data) => {
        try {
          decodeConfChange(data);
        } catch (error) {
          expect(error).toBeInstanceOf(AssertionError);
        }
      }),
    );
    expect(() => decodeConfChange(Uint8Array.of(0x22, 5, 1))).toThrow('cut short');
    expect(() => decodeConfChange(Uint8Array.of(0x10, 4))).toThrow('unknown type 4');
    expect(() => decodeConfChange(Uint8Array.of(0x28, 4))).toThrow('unknown field');
  });
});

describe('changedConfState', () => {
  const state = { voters: [1n, 2n], learners: [3n] };

  it('adds, promotes, removes, one member at a time', () => {
    expect(changedConfState(state, changeOf(CONF_ADD_VOTER, 9n))).toEqual({ voters: [1n, 2n, 9n], learners: [3n] });
    expect(changedConfState(state, changeOf(CONF_ADD_VOTER, 3n))).toEqual({ voters: [1n, 2n, 3n], learners: [] });
    expect(changedConfState(state, changeOf(CONF_ADD_LEARNER, 4n))).toEqual({ voters: [1n, 2n], learners: [3n, 4n] });
    expect(changedConfState(state, changeOf(CONF_REMOVE, 2n))).toEqual({ voters: [1n], learners: [3n] });
    expect(changedConfState(state, changeOf(CONF_REMOVE, 3n))).toEqual({ voters: [1n, 2n], learners: [] });
  });

  it('leaves everybody where they are for an update, a refused change, and a voter named as learner', () => {
    expect(changedConfState(state, changeOf(CONF_UPDATE, 1n))).toEqual(state);
    expect(changedConfState(state, changeOf(CONF_REMOVE, 0n))).toEqual(state);
    expect(changedConfState(state, changeOf(CONF_ADD_LEARNER, 1n))).toEqual(state);
  });

  it('lets every old quorum meet every new one', () => {
    const members = fc.uniqueArray(fc.bigInt({ min: 1n, max: 6n }), { minLength: 1, maxLength: 5 });
    const type = fc.constantFrom<ConfChangeType>(CONF_ADD_VOTER, CONF_REMOVE, CONF_ADD_LEARNER);
    fc.assert(
      fc.property(members, type, fc.bigInt({ min: 1n, max: 6n }), (voters, kind, member) => {
        const changed = changedConfState({ voters, learners: [] }, changeOf(kind, member)).voters;
        const quorums = (ids: readonly bigint[]): bigint[][] => subsets(ids).filter((s) => s.length * 2 > ids.length);
        for (const a of quorums(voters)) {
          for (const b of quorums(changed)) expect(a.some((id) => b.includes(id))).toBe(true);
        }
      }),
    );
  });

  it('is checked: nobody twice, nobody 0, somebody votes', () => {
    expect(() => checkConfState({ voters: [1n], learners: [1n] })).toThrow(AssertionError);
    expect(() => checkConfState({ voters: [0n], learners: [] })).toThrow(AssertionError);
    expect(() => checkConfState({ voters: [], learners: [1n] })).toThrow(AssertionError);
  });
});

function subsets(ids: readonly bigint[]): bigint[][] {
  return ids.reduce<bigint[][]>((all, id) => [...all, ...all.map((set) => [...set, id])], [[]]);
}
