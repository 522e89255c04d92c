/**
 * Verdicts. `judge` answers for one Run by itself; pass, fail or inconclusive, each with its reasons in words.
 */
export { DEFAULT_CRITERIA } from './criteria.ts';
export type { Criteria } from './criteria.ts';
export { judge } from './judge.ts';
export type { Judgement, Reason } from './judge.ts';
