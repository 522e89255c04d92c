/** Saving a mark without waiting for it. */
import { open, rename } from 'node:fs/promises';
import { DiskError } from '../../base/disk.ts';
import { errorCode } from '../../base/errors.ts';
import type { SnapshotMark } from '../../core/raft/types.ts';
import { NO_METER, type MarkMeter } from './mark-meter.ts';
import { encodeMark, formatMarkName } from './mark-format.ts';

/**
 * Writes a mark as `MarkDirectory.save` does, on the thread pool: a thread that also sends heartbeats must not wait for two
 * syncs, which take a second on a busy disk. Durable when it resolves. Rejects with DiskError.
 */
export async function saveMarkAside(directory: string, mark: SnapshotMark, meter: MarkMeter = NO_METER): Promise<void> {
  const startedMs = meter.nowMs();
  const bytes = encodeMark(mark);
  const encodedMs = meter.nowMs();
  const path = `${directory}/${formatMarkName(mark)}`;
  const draft = `${path}.tmp`;
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    const syncedMs = meter.nowMs();
    await rename(draft, path);
    const names = await open(directory, 'r');
    try {
      await names.sync();
    } finally {
      await names.close();
    }
    const totalMs = meter.nowMs() - startedMs;
    meter.saved({ encodeMs: encodedMs - startedMs, syncMs: syncedMs - encodedMs, totalMs });
  } catch (error) {
    throw new DiskError('sync', path, errorCode(error) ?? 'unknown');
  }
}
