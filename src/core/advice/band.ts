import type { Band } from '../run/index.ts';
import type { Thresholds } from './thresholds.ts';
import { DEFAULT_THRESHOLDS } from './thresholds.ts';

/** The band of a WAL fsync p99. A value on a border belongs to the worse band. */
export function bandOf(walFsyncP99Ms: number, thresholds: Thresholds = DEFAULT_THRESHOLDS): Band {
  if (walFsyncP99Ms < thresholds.walFsyncHealthyP99.value) return 'healthy';
  if (walFsyncP99Ms < thresholds.walFsyncDegradedP99.value) return 'degraded';
  if (walFsyncP99Ms < thresholds.walFsyncCriticalP99.value) return 'critical';
  return 'emergency';
}
