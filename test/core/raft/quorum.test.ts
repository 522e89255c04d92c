import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countVotes, majorityReached, quorumSize } from '../../../src/core/raft/quorum.ts';

describe('majorityReached', () => {
  it('is the highest number that more than half have reached, as counting shows', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 9 }), (reached) => {
        const slow = Math.max(
          0,
          ...reached.filter((number) => reached.filter((other) => other >= number).length * 2 > reached.length),
        );
        expect(majorityReached(reached)).toBe(slow);
      }),
    );
  });

  it('is 0 where nobody votes', () => expect(majorityReached([])).toBe(0));
});

describe('countVotes', () => {
  it('says won or lost exactly when the open votes cannot change it', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.boolean(), { nil: undefined }), { minLength: 1, maxLength: 7 }), (votes) => {
        const wins = (open: boolean): boolean => votes.filter((vote) => vote ?? open).length * 2 > votes.length;
        expect(countVotes(votes)).toBe(wins(false) ? 'won' : wins(true) ? 'pending' : 'lost');
      }),
    );
  });
});

it('two quorums always meet', () => {
  for (let voters = 1; voters <= 9; voters++) expect(2 * quorumSize(voters)).toBeGreaterThan(voters);
});
