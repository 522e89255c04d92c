/** Majorities. An empty group decides nothing. */

export function quorumSize(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** The highest number that a majority has reached, given what each voter has reached; 0 for nobody. */
export function majorityReached(reached: readonly number[]): number {
  if (reached.length === 0) return 0;
  const descending = [...reached].sort((a, b) => b - a);
  return descending[quorumSize(reached.length) - 1]!;
}

export type VoteResult = 'won' | 'lost' | 'pending';

/** Counts the votes of voters; `granted` of undefined is a vote not heard yet. */
export function countVotes(votes: readonly (boolean | undefined)[]): VoteResult {
  const needed = quorumSize(votes.length);
  const granted = votes.filter((vote) => vote === true).length;
  const refused = votes.filter((vote) => vote === false).length;
  if (granted >= needed) return 'won';
  return votes.length - refused < needed ? 'lost' : 'pending';
}
