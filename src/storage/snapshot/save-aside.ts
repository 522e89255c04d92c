/** Saving a mark without waiting for it. */
import { open, rename } from 'node:fs/promises';
import { DiskError } from '../../base/disk.ts';
import { errorCode } from '../../base/errors.ts';
import type { SnapshotMark } from '../../core/raft/types.ts';
import { encodeMark, formatMarkName } from './mark-format.ts';

/**
 * Writes a mark as `MarkDirectory.save` does, on the thread pool: a thread that also sends heartbeats must not wait for two
 * syncs, which take a second on a busy disk. Durable when it resolves. Rejects with DiskError.
 */
export async function saveMarkAside(directory: string, mark: SnapshotMark): Promise<void> {
  const path = `${directory}/${formatMarkName(mark)}`;
  const draft = `${path}.tmp`;
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(encodeMark(mark));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    const names = await open(directory, 'r');
    try {
      await names.sync();
    } finally {
      await names.close();
    }
  } catch (error) {
    throw new DiskError('sync', path, errorCode(error) ?? 'unknown');
  }
}
