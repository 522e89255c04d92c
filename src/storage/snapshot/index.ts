/**
 * Snapshot marks on disk: one small file for each point from which the log may be read instead of from its beginning. The
 * state itself is in the backend.
 *
 * Promises: a mark is durable when `save` returns, and either whole or absent after a crash; `list` gives every mark that
 * can be read, newest first, and sets damaged files aside under `.broken`; old files are removed beyond the last few.
 *
 * To drive it: a `MarkDirectory` at start, `list()` for the recovery of the log, `save(mark)` before the log names the mark;
 * where the thread has better to do than to wait, `saveMarkAside` and then `removeOld()`.
 */
export { MarkDirectory, type DamagedMark } from './mark-directory.ts';
export type { MarkMeter, MarkTimes } from './mark-meter.ts';
export { saveMarkAside } from './save-aside.ts';
