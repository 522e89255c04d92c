/** What happened in a member between two readings, for the timeline. */
import type { RunEvent } from '../../core/run/index.ts';
import { bucketsBetween, quantileMs } from './buckets.ts';
import type { Reading } from './reading.ts';
import { changeOf } from './samples.ts';

/** Slower than the whole default heartbeat interval: followers start to doubt their leader. Source: etcd's tuning guide. */
const SLOW_FSYNC_MS = 100;

export function eventsBetween(before: Reading, after: Reading, t: number): RunEvent[] {
  const events: RunEvent[] = [];
  const { member } = after;
  const add = (kind: RunEvent['kind'], text: string, durationMs?: number): void => {
    events.push({ t, kind, member, text, ...(durationMs === undefined ? {} : { durationMs }) });
  };
  if ((changeOf(before, after, 'leaderChanges') ?? 0) > 0) add('leader-change', 'saw a new leader');
  if (before.values.hasLeader === 1 && after.values.hasLeader === 0) add('leader-change', 'has no leader');
  const compacted = after.values.compactedRevision;
  if (compacted !== undefined && compacted > (before.values.compactedRevision ?? -1)) {
    add('compaction', `compacted to revision ${compacted}`);
  }
  if (before.values.defragging !== 1 && after.values.defragging === 1) add('defrag', 'defragments');
  const slowest = quantileMs(bucketsBetween(before.walFsync, after.walFsync), 1);
  if (slowest !== undefined && slowest > SLOW_FSYNC_MS) {
    add('slow-fsync', `a WAL fsync of up to ${Math.round(slowest)} ms (upper bound of its bucket)`, slowest);
  }
  return events;
}
