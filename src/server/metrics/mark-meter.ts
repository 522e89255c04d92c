/** Times the saving of snapshot marks. */
import type { Clock } from '../../base/clock.ts';
import type { MarkMeter } from '../../storage/snapshot/index.ts';
import type { MemberMetrics } from './member-metrics.ts';

export function markMeter(metrics: MemberMetrics, clock: Clock): MarkMeter {
  return {
    nowMs: () => clock.nowMs(),
    saved: ({ encodeMs, syncMs, totalMs }) => {
      metrics.snapEncodeSeconds.observe(encodeMs / 1000);
      metrics.snapFsyncSeconds.observe(syncMs / 1000);
      metrics.snapSaveSeconds.observe(totalMs / 1000);
    },
  };
}
