import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiskCall } from '../../support/disks/watched-disk.ts';
import type { Entry, HardState } from '../../../src/core/raft/types.ts';
import { createLog, hasLog, readLog, recoverLog } from '../../../src/storage/wal/index.ts';
import { SimulatedDisk, LOSE_UNSYNCED } from '../../support/disks/simulated-disk.ts';
import { watchedDisk } from '../../support/disks/watched-disk.ts';
import { DIRECTORY, entries, METADATA, openLog, SEGMENT_BYTES } from './harness.ts';

describe('the write-ahead log', () => {
  it('gives back an empty log', () => {
    const { recovered } = openLog(new SimulatedDisk());
    expect(recovered.metadata).toEqual(METADATA);
    expect(recovered.hardState).toEqual({ term: 0, vote: 0n, commit: 0 });
    expect(recovered.entries).toEqual([]);
    expect(recovered.mark).toEqual({ index: 0, term: 0, confState: undefined });
  });

  it('is made whole or not at all, and only where nothing is', () => {
    const disk = new SimulatedDisk();
    disk.makeDirectory(DIRECTORY);
    const created = createLog(disk, DIRECTORY, METADATA, SEGMENT_BYTES);
    expect(created).toEqual(recoverLog(disk, DIRECTORY, [], SEGMENT_BYTES));
    expect(() => createLog(disk, DIRECTORY, METADATA)).toThrow(/must be empty or not exist/);
    expect(hasLog(disk, DIRECTORY)).toBe(true);
  });

  it('gives back what was saved, whatever it was', () => {
    const entryData = fc.uint8Array({ maxLength: 700 });
    const save = fc.record({
      data: fc.array(entryData, { maxLength: 5 }),
      back: fc.nat(2),
      vote: fc.bigInt(0n, 0xffff_ffff_ffff_ffffn),
      withState: fc.boolean(),
      mustSync: fc.boolean(),
      type: fc.constantFrom(0 as const, 1 as const),
    });
    fc.assert(
      fc.property(fc.array(save, { maxLength: 30 }), (saves) => {
        const disk = new SimulatedDisk();
        const log = openLog(disk, { segmentBytes: 4096 });
        const kept: Entry[] = [];
        let state: HardState = { term: 0, vote: 0n, commit: 0 };
        saves.forEach(({ data, back, vote, withState, mustSync, type }, i) => {
          const term = i + 1;
          // A new leader replaces up to `back` entries that are not committed.
          if (data.length > 0) kept.length = Math.max(state.commit, kept.length - back);
          const added = data.map((bytes, n) => ({
            // A membership change is never empty.
            type: bytes.length === 0 ? (0 as const) : type,
            term,
            index: kept.length + 1 + n,
            data: bytes,
          }));
          kept.push(...added);
          const hardState = withState ? { term, vote, commit: Math.floor(kept.length / 2) } : undefined;
          if (hardState) state = { ...hardState, commit: Math.max(state.commit, hardState.commit) };
          log.saveNow({ entries: added, hardState: hardState && state, mustSync });
        });
        const read = readLog(disk, DIRECTORY);
        expect(read.entries).toEqual(kept);
        expect(read.hardState).toEqual(state);
        expect(read.metadata).toEqual(METADATA);
      }),
      { numRuns: 60 },
    );
  });

  it('shares one sync among all that is saved while another is under way', () => {
    const disk = new SimulatedDisk();
    const { wal, finishSync } = openLog(disk);
    const answered: [number, number, number][] = [];
    for (let i = 1; i <= 100; i++) {
      wal.save({ entries: entries(i, i), mustSync: true }, (info) =>
        answered.push([i, info.saves, info.syncMs.length]),
      );
    }
    expect(answered).toEqual([]);
    finishSync();
    expect(answered).toEqual([[1, 1, 1]]);
    finishSync();
    expect(answered.slice(1)).toEqual(Array.from({ length: 99 }, (_, i) => [i + 2, 99, 1]));
    expect(readLog(disk, DIRECTORY).entries).toHaveLength(100);
  });

  it('does not sync what needs none', () => {
    const calls: DiskCall[] = [];
    const disk = watchedDisk(new SimulatedDisk(), { after: (call) => calls.push(call) });
    const log = openLog(disk);
    log.saveNow({ entries: entries(1, 1), hardState: { term: 1, vote: 1n, commit: 0 } });
    calls.length = 0;
    const info = log.saveNow({ hardState: { term: 1, vote: 1n, commit: 1 }, mustSync: false });
    expect(info.syncMs).toEqual([]);
    expect(calls.map((call) => call.operation)).toEqual(['write']);
  });

  it('writes a commit index that was noted with what comes next, in front of a snapshot mark, or when it is closed', () => {
    const calls: DiskCall[] = [];
    const disk = watchedDisk(new SimulatedDisk(), { after: (call) => calls.push(call) });
    const log = openLog(disk);
    log.saveNow({ entries: entries(1, 3), hardState: { term: 1, vote: 1n, commit: 0 } });
    calls.length = 0;
    log.wal.noteCommit({ term: 1, vote: 1n, commit: 2 });
    log.finishSync();
    expect(calls).toEqual([]);
    expect(readLog(disk, DIRECTORY).hardState.commit).toBe(0);
    log.saveNow({ mark: { index: 2, term: 1, confState: { voters: [1n], learners: [] } } });
    expect(readLog(disk, DIRECTORY, [{ index: 2, term: 1 }]).hardState.commit).toBe(2);
    log.wal.noteCommit({ term: 1, vote: 1n, commit: 3 });
    log.wal.close(() => undefined);
    log.finishSync();
    expect(readLog(disk, DIRECTORY).hardState.commit).toBe(3);
  });

  it('writes before it syncs and answers after, and syncs the directory where a name changes', () => {
    const calls: string[] = [];
    const disk = watchedDisk(new SimulatedDisk(), {
      after: ({ operation, path }) => calls.push(`${operation} ${path.slice(path.lastIndexOf('/') + 1)}`),
    });
    const log = openLog(disk);
    log.saveNow({ entries: entries(1, 1, 1, SEGMENT_BYTES) });
    calls.length = 0;
    log.wal.save({ entries: entries(2, 2), mustSync: true }, () => calls.push('answered'));
    log.finishSync();
    const first = '0000000000000000-0000000000000000.wal';
    const second = '0000000000000001-0000000000000002.wal';
    expect(calls.slice(0, calls.indexOf('answered') + 1)).toEqual([
      `truncate ${first}`,
      `datasync ${first}`,
      `close ${first}`,
      'write next.tmp',
      'sync next.tmp',
      'close next.tmp',
      `rename ${second}`,
      'sync directory wal',
      `open ${second}`,
      // The segment after that, prepared ahead.
      'create next.tmp',
      'preallocate next.tmp',
      'sync next.tmp',
      'answered',
    ]);
  });

  it('removes released segments, oldest first, and keeps the last so many', () => {
    const disk = new SimulatedDisk();
    const log = openLog(disk, { maxSegments: 3 });
    for (let i = 1; i <= 40; i++) {
      log.saveNow({ entries: entries(i, i, 1, 4000), hardState: { term: 1, vote: 1n, commit: i } });
    }
    const confState = { voters: [1n, 2n, 3n], learners: [4n] };
    log.saveNow({ mark: { index: 12, term: 1, confState } });
    const before = readLog(disk, DIRECTORY).segments;
    expect(before.length).toBeGreaterThan(6);
    log.wal.release(12);
    log.finishSync();
    const kept = readLog(disk, DIRECTORY, [{ index: 12, term: 1 }]);
    expect(kept.segments).toEqual(before.filter((_, i) => i + 1 === before.length || before[i + 1]!.firstIndex > 12));
    expect(kept.mark).toEqual({ index: 12, term: 1, confState });
    expect(kept.entries.map((entry) => entry.index)).toEqual(Array.from({ length: 28 }, (_, i) => 13 + i));
    log.wal.release(40);
    log.finishSync();
    expect(disk.list(DIRECTORY).filter((name) => name.endsWith('.wal'))).toHaveLength(3);
    expect(() => readLog(disk, DIRECTORY, [{ index: 12, term: 1 }])).toThrow(/confirms no snapshot on hand/);
  });

  it('closes after the last answer and leaves no prepared segment', () => {
    const disk = new SimulatedDisk();
    const log = openLog(disk);
    const order: string[] = [];
    log.wal.save({ entries: entries(1, 1), mustSync: true }, () => order.push('first'));
    log.wal.save({ entries: entries(2, 2), mustSync: true }, () => order.push('second'));
    log.wal.close(() => order.push('closed'));
    for (let i = 0; i < 3; i++) log.finishSync();
    expect(order).toEqual(['first', 'second', 'closed']);
    expect(disk.list(DIRECTORY)).toEqual(['0000000000000000-0000000000000000.wal']);
  });

  it('fills segments of 64,000,000 bytes', () => {
    const disk = new SimulatedDisk();
    const log = openLog(disk, { segmentBytes: 64_000_000 });
    const path = `${DIRECTORY}/0000000000000000-0000000000000000.wal`;
    const data = new Uint8Array(8_000_000).fill(7);
    for (let i = 1; i <= 8; i++) log.saveNow({ entries: [{ type: 0, term: 1, index: i, data }] });
    expect(disk.list(DIRECTORY).filter((name) => name.endsWith('.wal'))).toHaveLength(1);
    log.saveNow({ entries: entries(9, 9) });
    expect(disk.list(DIRECTORY)).toContain('0000000000000001-0000000000000009.wal');
    expect(disk.stat(path)!.sizeBytes).toBeGreaterThan(64_000_000);
    expect(disk.stat(path)!.sizeBytes).toBeLessThan(64_100_000);
    disk.crash(LOSE_UNSYNCED);
    expect(readLog(disk, DIRECTORY).entries).toHaveLength(9);
  });
});
