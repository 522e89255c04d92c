/**
 * The write-ahead log of a member, in etcd's own format (see format.ts).
 *
 * Promises: a save is answered only when its records are durable; saves made while a sync is under way share the next one;
 * a torn tail is cut off at start and a copy kept; any other damage is refused by segment and offset; a failed write or
 * sync ends the log and is never tried again.
 *
 * To drive it: `createLog` at the first start, `recoverLog` (with the snapshots on hand) at every later one, then a host and
 * `new WriteAheadLog({ host, recovered, onFatal })`. Everything is called back; nothing here is a Promise.
 */
export { createLog } from './create.ts';
export { LogDamageError, LogIncompleteError } from './errors.ts';
export { SEGMENT_BYTES } from './format.ts';
export { inThreadHost, type InThreadHostOptions } from './in-thread-host.ts';
export type { FatalHandler, LogHost, WriteOutcome } from './job.ts';
export type { LoggedMark, LogMetadata } from './messages.ts';
export { hasLog, readLog, recoverLog, type RecoveredLog } from './recovery.ts';
export type { LogStart } from './replay.ts';
export { workerHost, type WorkerHostOptions } from './worker-host.ts';
export { WriteAheadLog, type LogOptions, type SaveDone, type SaveInfo, type SaveRequest } from './write-ahead-log.ts';
