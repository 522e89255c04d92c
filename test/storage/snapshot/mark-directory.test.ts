import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiskError } from '../../../src/base/disk.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { SnapshotMark } from '../../../src/core/raft/types.ts';
import { decodeMark, encodeMark } from '../../../src/storage/snapshot/mark-format.ts';
import { MarkDirectory } from '../../../src/storage/snapshot/index.ts';
import { KEEP_ALL, LOSE_UNSYNCED, SimulatedDisk, tearAtRandom } from '../../support/disks/simulated-disk.ts';
import { watchedDisk, type DiskCall } from '../../support/disks/watched-disk.ts';

const DIRECTORY = '/snap';

function mark(index: number, term = 3): SnapshotMark {
  return { index, term, confState: { voters: [1n, 0xffff_ffff_ffff_fffen], learners: [3n] } };
}

function open(disk: SimulatedDisk, maxFiles = 5): MarkDirectory {
  const files = new MarkDirectory(disk, DIRECTORY, maxFiles);
  disk.syncDirectory('/');
  return files;
}

describe('snapshot marks', () => {
  it('come back as they were saved, newest first', () => {
    const files = open(new SimulatedDisk());
    for (const saved of [mark(100, 5), mark(300, 7), mark(200, 6)]) files.save(saved);
    expect(files.list()).toEqual([mark(300, 7), mark(200, 6), mark(100, 5)]);
  });

  it('survive encoding whatever they hold', () => {
    const id = fc.bigInt(1n, 0xffff_ffff_ffff_ffffn);
    const whole = fc.nat(Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(whole, whole, fc.array(id), fc.array(id), (index, term, voters, learners) => {
        const any = { index, term, confState: { voters, learners } };
        expect(decodeMark(encodeMark(any))).toEqual(any);
      }),
    );
  });

  it('are kept only in the last few files', () => {
    const disk = new SimulatedDisk();
    const files = open(disk, 2);
    for (const index of [10, 20, 30, 40]) files.save(mark(index));
    expect(files.list()).toEqual([mark(40), mark(30)]);
    expect(disk.list(DIRECTORY)).toHaveLength(2);
  });

  it('that are damaged, in any bit, cut or renamed, are set aside and the older ones given', () => {
    const bytes = encodeMark(mark(20));
    const path = `${DIRECTORY}/0000000000000003-0000000000000014.snap`;
    const attempt = (change: (disk: SimulatedDisk) => void): void => {
      const disk = new SimulatedDisk();
      const files = open(disk);
      files.save(mark(10));
      files.save(mark(20));
      change(disk);
      expect(files.list()).toEqual([mark(10)]);
      expect(files.damaged).toHaveLength(1);
      expect(disk.stat(files.damaged[0]!.path)).toBeDefined();
      expect(files.list()).toEqual([mark(10)]);
      expect(files.damaged).toHaveLength(1);
    };
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      attempt((disk) => disk.corrupt(path, (content) => (content[bit >> 3]! ^= 1 << (bit & 7))));
    }
    for (let length = 0; length < bytes.length; length++) {
      attempt((disk) => disk.open(path, 'read-write').truncate(length));
    }
    attempt((disk) => disk.rename(path, `${DIRECTORY}/0000000000000003-0000000000000015.snap`));
  });

  it('are whole or absent after a crash at any disk call, and durable once saved', () => {
    let cuts = 0;
    for (const choice of [LOSE_UNSYNCED, KEEP_ALL, tearAtRandom(seededRandom(5))]) {
      for (let cutAt = 1; ; cutAt++) {
        const disk = new SimulatedDisk();
        open(disk).save(mark(10));
        let calls = 0;
        const before = (): void => {
          if (++calls === cutAt) throw new Error('power cut');
        };
        let saved = false;
        try {
          new MarkDirectory(watchedDisk(disk, { before }), DIRECTORY).save(mark(20));
          saved = true;
        } catch {
          cuts++;
        }
        disk.crash(choice);
        const files = open(disk);
        const marks = files.list();
        expect(files.damaged).toEqual([]);
        expect(marks.at(-1)).toEqual(mark(10));
        if (saved) expect(marks).toEqual([mark(20), mark(10)]);
        expect(disk.list(DIRECTORY)).toHaveLength(marks.length);
        // The same mark can be saved again.
        if (marks.length === 1) files.save(mark(20));
        expect(files.list()[0]).toEqual(mark(20));
        if (saved) break;
      }
    }
    expect(cuts).toBeGreaterThan(15);
  });

  it('can be saved after a disk was full', () => {
    const disk = new SimulatedDisk();
    let full = true;
    const before = (call: DiskCall): void => {
      if (full && call.operation === 'sync') throw new DiskError('sync', call.path, 'ENOSPC');
    };
    const files = new MarkDirectory(watchedDisk(disk, { before }), DIRECTORY);
    expect(() => files.save(mark(10))).toThrow(/ENOSPC/);
    expect(files.list()).toEqual([]);
    full = false;
    files.save(mark(10));
    expect(files.list()).toEqual([mark(10)]);
    expect(disk.list(DIRECTORY)).toHaveLength(1);
  });
});
