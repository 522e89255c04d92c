import { describe, expect, it } from 'vitest';
import { DiskError, type DiskOperation } from '../../../src/base/disk.ts';
import { formatSegmentName, type SegmentName } from '../../../src/storage/wal/format.ts';
import { readLog } from '../../../src/storage/wal/index.ts';
import { SegmentWriter } from '../../../src/storage/wal/segment-writer.ts';
import { LOSE_UNSYNCED, SimulatedDisk } from '../../support/disks/simulated-disk.ts';
import { watchedDisk, type DiskCall } from '../../support/disks/watched-disk.ts';
import { DIRECTORY, entries, openLog } from './harness.ts';

/** A disk whose call of this kind on the log fails once told to. */
function failingDisk(inner: SimulatedDisk, operation: DiskOperation, code: string) {
  let armed = false;
  const disk = watchedDisk(inner, {
    before: (call) => {
      if (armed && call.operation === operation) throw new DiskError(operation, call.path, code);
    },
  });
  return { disk, arm: (on: boolean) => void (armed = on) };
}

describe('a failing disk', () => {
  it.each([
    ['datasync', 'EIO'],
    ['write', 'EIO'],
    ['write', 'ENOSPC'],
  ] as const)('ends the log: %s %s', (operation, code) => {
    const inner = new SimulatedDisk();
    const { disk, arm } = failingDisk(inner, operation, code);
    const log = openLog(disk);
    log.saveNow({ entries: entries(1, 1) });
    arm(true);
    let answers = 0;
    log.wal.save({ entries: entries(2, 2), mustSync: true }, () => answers++);
    log.wal.save({ entries: entries(3, 3), mustSync: true }, () => answers++);
    log.finishSync();
    expect(log.fatal).toHaveLength(1);
    expect(log.fatal[0]).toBeInstanceOf(DiskError);
    expect((log.fatal[0] as DiskError).code).toBe(code);
    // Even when the disk works again: a sync that succeeds after one that failed proves nothing.
    arm(false);
    log.wal.save({ entries: entries(4, 4), mustSync: true }, () => answers++);
    for (let i = 0; i < 5; i++) log.finishSync();
    expect(answers).toBe(0);
    expect(log.fatal).toHaveLength(1);
    inner.crash(LOSE_UNSYNCED);
    expect(readLog(inner, DIRECTORY).entries).toEqual(entries(1, 1));
  });

  it('that kept in memory what it failed to sync is written again at the next start', () => {
    const inner = new SimulatedDisk();
    const { disk, arm } = failingDisk(inner, 'datasync', 'EIO');
    const log = openLog(disk);
    log.saveNow({ entries: entries(1, 1) });
    const sealedTo = readLog(inner, DIRECTORY).tail.offset;
    arm(true);
    expect(() => log.saveNow({ entries: entries(2, 2) })).toThrow(/EIO/);
    arm(false);
    const calls: DiskCall[] = [];
    const again = openLog(watchedDisk(inner, { after: (call) => calls.push(call) }));
    expect(again.recovered.entries).toEqual([...entries(1, 1), ...entries(2, 2)]);
    const { offset } = again.recovered.tail;
    const written = calls.findIndex((call) => call.operation === 'write');
    expect(calls[written]).toMatchObject({ position: sealedTo, length: offset - sealedTo });
    expect(calls.slice(written).map((call) => call.operation)).toContain('sync');
  });

  it('that is full in the middle of a record leaves a log that starts again without it', () => {
    // Room for two segments, one of them the next, and a little more.
    const disk = new SimulatedDisk({ capacityBytes: (8 << 10) + 1024 });
    const log = openLog(disk, { segmentBytes: 4096 });
    const acknowledged = entries(1, 3, 1, 1000);
    log.saveNow({ entries: acknowledged });
    expect(() => log.saveNow({ entries: entries(4, 4, 1, 9000) })).toThrow(/no space left on the device \(ENOSPC\)/);
    // SIGKILL, not a power cut: the part of the record that did fit is there.
    const path = `${DIRECTORY}/0000000000000000-0000000000000000.wal`;
    expect(disk.stat(path)!.sizeBytes).toBeGreaterThan(4096);
    expect(readLog(disk, DIRECTORY).tornSegment).toBe(path);
    expect(readLog(disk, DIRECTORY).entries).toEqual(acknowledged);
  });

  it('without space for the next segment does not matter until it is needed', () => {
    const inner = new SimulatedDisk();
    const { disk, arm } = failingDisk(inner, 'preallocate', 'ENOSPC');
    const log = openLog(disk, { segmentBytes: 4096 });
    arm(true);
    log.saveNow({ entries: entries(1, 1, 1, 100) });
    expect(inner.list(DIRECTORY)).toEqual(['0000000000000000-0000000000000000.wal']);
    log.saveNow({ entries: entries(2, 2, 1, 5000) });
    expect(() => log.saveNow({ entries: entries(3, 3) })).toThrow(/ENOSPC/);
    arm(false);
    expect(openLog(inner, { segmentBytes: 4096 }).recovered.entries.map((entry) => entry.index)).toEqual([1, 2]);
  });

  it('that does not open a segment leaves a writer that closes each file once', () => {
    const disk = new SimulatedDisk();
    const segments = [0, 1].map((sequence) => ({ sequence, firstIndex: 1 }));
    disk.open(`/${formatSegmentName(segments[0]!)}`, 'create').close();
    const writer = new SegmentWriter({ disk, directory: '', nowMs: () => 0 });
    const append = (segment: SegmentName) =>
      writer.run(
        {
          pieces: [{ segment, ends: undefined, position: 0, start: 0, end: 8 }],
          sync: true,
          gathered: false,
          remove: [],
        },
        new Uint8Array(8),
      );
    append(segments[0]!);
    expect(() => append(segments[1]!)).toThrow(/ENOENT/);
    writer.close();
  });
});

describe('a log that goes on from a snapshot', () => {
  const confState = { voters: [1n], learners: [] };

  it('drops what it held after an index that the snapshot has under another term', () => {
    const disk = new SimulatedDisk();
    const log = openLog(disk);
    log.saveNow({ entries: entries(1, 20, 2), hardState: { term: 2, vote: 1n, commit: 5 } });
    // Sent by the leader of term 3; none of the entries above is part of it.
    log.saveNow({ mark: { index: 10, term: 3, confState }, hardState: { term: 3, vote: 0n, commit: 10 } });
    const snapshots = [{ index: 10, term: 3 }];
    expect(readLog(disk, DIRECTORY, snapshots).entries).toEqual([]);
    log.saveNow({ entries: entries(11, 12, 3) });
    expect(readLog(disk, DIRECTORY, snapshots).entries).toEqual(entries(11, 12, 3));
  });

  it('keeps what follows the snapshot in the same log', () => {
    const disk = new SimulatedDisk();
    const log = openLog(disk);
    log.saveNow({ entries: entries(1, 20, 2), hardState: { term: 2, vote: 1n, commit: 15 } });
    log.saveNow({ mark: { index: 10, term: 2, confState } });
    const read = readLog(disk, DIRECTORY, [{ index: 10, term: 2 }]);
    expect(read.entries.map((entry) => entry.index)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(read.mark).toEqual({ index: 10, term: 2, confState });
  });

  it('is read from an older snapshot when the newer one was never committed or never logged', () => {
    const disk = new SimulatedDisk();
    const log = openLog(disk);
    log.saveNow({ entries: entries(1, 6), hardState: { term: 1, vote: 1n, commit: 5 } });
    log.saveNow({ mark: { index: 3, term: 1, confState } });
    log.saveNow({ mark: { index: 9, term: 1, confState } });
    const read = readLog(disk, DIRECTORY, [
      { index: 9, term: 1 },
      { index: 4, term: 1 },
      { index: 3, term: 1 },
    ]);
    expect(read.mark.index).toBe(3);
    expect(read.entries.map((entry) => entry.index)).toEqual([4, 5, 6]);
  });

  it('refuses a log that ends before what it says is committed', () => {
    const disk = new SimulatedDisk();
    const log = openLog(disk);
    log.saveNow({ entries: entries(1, 3), hardState: { term: 1, vote: 1n, commit: 7 } });
    expect(() => readLog(disk, DIRECTORY)).toThrow(/index 7 is committed but the log ends at 3/);
  });

  it('refuses what raft never writes: a gap, a term or commit index that falls, a committed entry replaced', () => {
    const bad = [
      [{ entries: entries(5, 5) }, /entry 5 follows entry 3/],
      [{ entries: entries(4, 4, 1) }, /entry 4 of term 1 follows one of term 2/],
      [{ hardState: { term: 1, vote: 0n, commit: 3 } }, /the term falls from 2 to 1/],
      [{ hardState: { term: 2, vote: 0n, commit: 2 } }, /the commit index falls from 3 to 2/],
      [{ entries: entries(3, 3, 2) }, /entry 3 follows a commit index of 3/],
      [{ entries: [{ type: 1, term: 2, index: 4, data: new Uint8Array(0) }] }, /membership change 4 is empty/],
    ] as const;
    for (const [request, message] of bad) {
      const disk = new SimulatedDisk();
      const log = openLog(disk);
      log.saveNow({ entries: entries(1, 3, 2), hardState: { term: 2, vote: 1n, commit: 3 } });
      log.saveNow(request);
      expect(() => readLog(disk, DIRECTORY)).toThrow(message);
    }
  });
});
