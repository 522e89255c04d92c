/** A member's log on a real disk, with its thread and the snapshot marks beside it. */
import type { Backend } from '../../base/backend.ts';
import type { Clock } from '../../base/clock.ts';
import type { Disk } from '../../base/disk.ts';
import type { Random } from '../../base/random.ts';
import type { DiskModel } from '../../storage/disk-models/index.ts';
import { MarkDirectory, saveMarkAside, type MarkMeter } from '../../storage/snapshot/index.ts';
import { workerHost } from '../../storage/wal/index.ts';
import type { MemberConfig } from '../config/member-config.ts';
import type { Logger } from '../log.ts';
import { markMeter } from '../metrics/mark-meter.ts';
import type { MemberMetrics } from '../metrics/member-metrics.ts';
import type { DataLayout } from './layout.ts';
import { whenOpened, type FirstStart, type MarkFiles, type OpenedLog } from './open-log.ts';

export interface MemberLogOptions {
  readonly config: MemberConfig;
  readonly layout: DataLayout;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly backend: Backend;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: MemberMetrics;
  /** The log's disk is slowed down to this one. */
  readonly diskModel: DiskModel | undefined;
  readonly firstStart: FirstStart;
  readonly onFatal: (error: Error) => void;
}

/** A member may sync a lone small save on its own thread when that takes less than this share of a heartbeat. */
const INLINE_SYNC_SHARE = 0.01;

export async function openMemberLog(options: MemberLogOptions): Promise<OpenedLog> {
  const { config, layout, disk, clock, backend, random, log, metrics, diskModel, firstStart, onFatal } = options;
  const meter = markMeter(metrics, clock);
  const marks = new MarkDirectory(disk, layout.snap, config.maxSnapshots, meter);
  const openHost = () =>
    workerHost({
      directory: layout.wal,
      inlineLimitMs: config.heartbeatMs * INLINE_SYNC_SHARE,
      modelled: diskModel && { model: diskModel, seed: random.below(2 ** 32) },
    });
  const opened = await whenOpened({
    disk,
    directory: layout.wal,
    backend,
    marks: markFiles(marks, layout.snap, meter),
    metrics,
    firstStart: () => firstStart,
    forceNewCluster: config.forceNewCluster,
    maxSegments: config.maxWals,
    openHost,
    onFatal,
  });
  for (const { path, reason } of marks.damaged) log.warn('set a damaged snapshot mark aside', { path, error: reason });
  if (opened.tornSegment !== undefined) {
    log.warn('repaired a torn tail of the write-ahead log', { 'kept-copy': opened.tornSegment });
  }
  return opened;
}

function markFiles(marks: MarkDirectory, directory: string, meter: MarkMeter): MarkFiles {
  return {
    list: () => marks.list(),
    save: (mark) => marks.save(mark),
    saveAside: (mark, done) => {
      saveMarkAside(directory, mark, meter)
        .then(() => marks.removeOld())
        .then(() => done(undefined), done);
    },
  };
}
