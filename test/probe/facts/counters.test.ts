import { describe, expect, it } from 'vitest';
import { countersBetween, diskCounters, otherWriters, processWrites } from '../../../src/probe/facts/index.ts';
import { recordedTree } from '../../../src/probe/facts/tree.ts';

const tree = (files: Record<string, string>) => recordedTree({ files, links: {} });

describe('disk counters', () => {
  it('sum the named disks and know flushes where the kernel counts them', () => {
    const stats = [
      ' 254 0 vda 10 1 800 5 20 2 1600 7 0 30 12 0 0 0 0 6 1',
      ' 254 16 vdb 1 0 8 0 2 0 16 0 0 3 0 0 0 0 0 4 0',
      ' 254 1 vda1 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9',
    ].join('\n');
    expect(diskCounters(tree({ '/proc/diskstats': stats }), ['vda', 'vdb'])).toEqual({
      reads: 11,
      readBytes: 808 * 512,
      writes: 22,
      writtenBytes: 1616 * 512,
      busyMs: 33,
      flushes: 10,
    });
  });

  it('do not know flushes on an old kernel, and nothing of a disk that is not there', () => {
    const old = tree({ '/proc/diskstats': ' 8 0 sda 10 1 800 5 20 2 1600 7 0 30 12\n' });
    const counters = diskCounters(old, ['sda'])!;
    expect(counters.flushes).toBeUndefined();
    expect(countersBetween(counters, counters)).toMatchObject({ writes: 0, flushes: undefined });
    expect(diskCounters(old, ['sdb'])).toBeUndefined();
  });
});

describe('other writers', () => {
  const io = (bytes: number) => `rchar: 1\nwchar: 2\nread_bytes: 3\nwrite_bytes: ${bytes}\n`;

  it('are those whose writes grew, most first, without oneself and trickles', () => {
    const at = (counts: Record<number, number>) =>
      processWrites(
        tree(
          Object.fromEntries(
            Object.entries(counts).flatMap(([pid, bytes]) => [
              [`/proc/${pid}/io`, io(bytes)],
              [`/proc/${pid}/comm`, `p${pid}\n`],
            ]),
          ),
        ),
      );
    const before = at({ 1: 1e6, 2: 5e6, 3: 0 });
    const after = at({ 1: 2e6, 2: 5e6 + 10, 3: 9e6, 4: 3e6 });
    expect(otherWriters(before, after, 3)).toEqual([
      { command: 'p4', pid: 4, writtenBytes: 3e6 },
      { command: 'p1', pid: 1, writtenBytes: 1e6 },
    ]);
  });
});
