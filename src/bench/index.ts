/**
 * The bench: a profile at a target gives everything a Run holds of it.
 *
 *     const profile = loadProfile('kubectl-apply-storm');
 *     const target = await startTarget({ kind: 'etcd', binary: 'etcd', members: 1 }, { clock });
 *     const parts = await runProfile({ profile, target, seed: 7, client: 'lean', clock });
 *
 * The load comes from processes of its own, open loop unless the profile says otherwise; every request has a response time
 * (from the instant it was meant for) and a service time (from its send). What was acknowledged is audited at the end, and
 * a run whose generator was the limit says so. The keys that a run wrote are gone when it resolves or rejects, or it says so.
 */
export { assertActionsAllowed } from './actions.ts';
export { calibrate } from './calibrate.ts';
export type { Calibration } from './calibrate.ts';
export { dryRun } from './dry-run.ts';
export type { DryRun } from './dry-run.ts';
export { findKnee, parseSlo } from './knee.ts';
export type { Slo, Trial } from './knee.ts';
export { loadProfile, profileNames, profileText } from './profiles.ts';
export { runProfile } from './run-profile.ts';
export type { Progress } from './progress.ts';
export type { RunProfileOptions } from './run-profile.ts';
export { searchKnee } from './search-knee.ts';
export type { SearchKneeOptions } from './search-knee.ts';
export type { RunParts } from './summarize.ts';
