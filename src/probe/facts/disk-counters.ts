/**
 * What a disk did between two moments, from /proc/diskstats.
 *
 * Source: kernel Documentation/admin-guide/iostats.rst; flushes are counted since Linux 5.5, for whole disks, and concurrent
 * ones may be merged.
 */
import type { Tree } from './tree.ts';

export interface DiskCounters {
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
  readonly busyMs: number;
  /** Undefined on kernels that do not count them. */
  readonly flushes: number | undefined;
}

/** The counters of the named disks, summed; undefined where none is listed. */
export function diskCounters(tree: Tree, names: readonly string[]): DiskCounters | undefined {
  const rows = (tree.text('/proc/diskstats') ?? '')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => names.includes(fields[2] ?? ''));
  if (rows.length === 0) return undefined;
  const sum = (field: number): number => rows.reduce((total, fields) => total + Number(fields[field] ?? 0), 0);
  return {
    reads: sum(3),
    readBytes: sum(5) * 512,
    writes: sum(7),
    writtenBytes: sum(9) * 512,
    busyMs: sum(12),
    flushes: rows.every((fields) => fields.length >= 20) ? sum(18) : undefined,
  };
}

export function countersBetween(before: DiskCounters, after: DiskCounters): DiskCounters {
  return {
    reads: after.reads - before.reads,
    readBytes: after.readBytes - before.readBytes,
    writes: after.writes - before.writes,
    writtenBytes: after.writtenBytes - before.writtenBytes,
    busyMs: after.busyMs - before.busyMs,
    flushes: before.flushes === undefined || after.flushes === undefined ? undefined : after.flushes - before.flushes,
  };
}
