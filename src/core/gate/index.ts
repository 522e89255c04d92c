/**
 * Verdicts: pass, fail or inconclusive, each with its reasons in words.
 *
 * `judge(run)` answers for one Run by itself. `compareRuns(pairs, { random })` answers whether a candidate is worse than a
 * baseline, from Runs that were measured in turn on one machine.
 */
export { DEFAULT_GATE_METRICS, compareRuns } from './compare-runs.ts';
export type { GateJudgement, GateMetric, GateOptions, GateResult, RunPair } from './compare-runs.ts';
export { DEFAULT_CRITERIA } from './criteria.ts';
export type { Criteria } from './criteria.ts';
export { judge } from './judge.ts';
export type { Judgement, Reason } from './judge.ts';
