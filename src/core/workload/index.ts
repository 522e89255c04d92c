/**
 * Load as data: a profile and a seed give a deterministic stream of operations with intended instants, and for each
 * operation a script of exact requests, as kube-apiserver sends them. Pure.
 *
 * Drive it so: `parseProfile` what was read, `composeProfile` with what it includes, `planOperations` for the stream; for
 * each operation ask its source's model (`modelOf`) for a script and walk it: send what it says, hand the reply back.
 * `newLedger` keeps what was acknowledged, `auditKeys` and `WatchChecker` judge whether the cluster kept its word.
 */
export { KeyAudit, MOST_VIOLATION_LINES } from './audit.ts';
export type { AuditResult, FoundKey } from './audit.ts';
export type { Call, LeaseSlot, LoadMethod, LoadRequest, Reply, Script, Step, Write } from './call.ts';
export { checkRates } from './check.ts';
export { composeProfile, measuredMs, scalesBy, scaleRates, stretchProfile } from './compose.ts';
export { estimateLoad } from './estimate.ts';
export type { SourceEstimate } from './estimate.ts';
export type { ClusterSize } from './compose.ts';
export { keyspaceOf } from './keyspace.ts';
export type { Keyspace, ObjectSpace } from './keyspace.ts';
export { newLedger } from './ledger.ts';
export type { Ledger, LedgerReport } from './ledger.ts';
export { entriesOf, entryOf } from './ledger-entries.ts';
export type { LedgerEntry } from './ledger-entries.ts';
export type { Levels } from './levels.ts';
export { createObject, modelOf, subjectOf } from './models/index.ts';
export type { Model, ModelContext } from './models/index.ts';
export { parseProfile, profileJsonSchema } from './parse.ts';
export { planOperations, shardOfPlan } from './plan.ts';
export type { ClosedLoop, Operation, OperationPlan } from './plan.ts';
export { ThresholdSchema } from './profile.ts';
export type { Action, Phase, Profile, Source, WatchGroup } from './profile.ts';
export { watchRequest } from './requests.ts';
export { mix, readStamp } from './value.ts';
export type { Stamp, Values } from './value.ts';
export { WatchChecker } from './watch-check.ts';
export type { WatchedEvent } from './watch-check.ts';
