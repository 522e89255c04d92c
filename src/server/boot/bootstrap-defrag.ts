/**
 * --bootstrap-defrag-threshold-megabytes: before a member serves anybody, its backend is rewritten without its free pages
 * where they take as much as that.
 */
import type { Backend, DefragmentOutcome } from '../../base/backend.ts';
import type { Logger } from '../log.ts';

/** `thresholdBytes`: 0 is never. Rejects where the file cannot be rewritten. */
export async function bootstrapDefrag(
  backend: Pick<Backend, 'sizeBytes' | 'sizeInUseBytes' | 'defragment'>,
  thresholdBytes: number,
  log: Logger,
): Promise<void> {
  if (thresholdBytes === 0) return;
  const { sizeBytes, sizeInUseBytes } = backend;
  if (sizeBytes - sizeInUseBytes < thresholdBytes) {
    log.info('Skipping defragmentation', {
      'current-db-size-bytes': sizeBytes,
      'current-db-size-in-use-bytes': sizeInUseBytes,
      'bootstrap-defrag-threshold-bytes': thresholdBytes,
    });
    return;
  }
  const outcome = await new Promise<DefragmentOutcome>((resolve) => backend.defragment(resolve));
  if (outcome.error !== undefined) throw outcome.error;
  log.info('finished defragmentation', {
    'size-before-bytes': outcome.sizeBeforeBytes,
    'size-after-bytes': outcome.sizeAfterBytes,
  });
}
