import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteStringFrom, equalBytes } from '../../../src/base/bytes.ts';
import type { Disk } from '../../../src/base/disk.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { Entry } from '../../../src/core/raft/types.ts';
import { LogDamageError, readLog, recoverLog } from '../../../src/storage/wal/index.ts';
import { KEEP_ALL, LOSE_UNSYNCED, SimulatedDisk, tearAtRandom } from '../../support/disks/simulated-disk.ts';
import { watchedDisk } from '../../support/disks/watched-disk.ts';
import { DIRECTORY, entries, openLog, readFile, SEGMENT_BYTES, type OpenLog } from './harness.ts';

const FIRST = `${DIRECTORY}/0000000000000000-0000000000000000.wal`;

/** Thrown in place of a disk call that the machine did not live to make. */
class PowerCut extends Error {}

/** Saves batches of growing size, two of them at a time in one write, until all are answered or the power is cut. */
function writeUntilCut(log: OpenLog, acknowledged: Entry[], batches: number): void {
  let index = 1;
  for (let i = 0; i < batches; i++) {
    for (const size of [1 + (i % 3), 2]) {
      const batch = entries(index, index + size - 1, 1 + Math.floor(i / 4), 150 * (1 + (i % 5)));
      index += size;
      const hardState = { term: 1 + Math.floor(i / 4), vote: 7n, commit: acknowledged.length };
      log.wal.save({ entries: batch, hardState, mustSync: true }, () => acknowledged.push(...batch));
    }
    log.finishSync();
    log.finishSync();
  }
}

/** Entries as text, which compares faster than bytes by bytes. */
function texts(list: readonly Entry[]): string[] {
  return list.map((entry) => `${entry.index} ${entry.term} ${byteStringFrom(entry.data)}`);
}

/** Runs until the disk call numbered `cutAt`; undefined when the run ended before it. */
function runWithCut(cutAt: number, keepWrite: boolean): { disk: SimulatedDisk; acknowledged: Entry[] } | undefined {
  const disk = new SimulatedDisk();
  let calls = 0;
  const watched: Disk = watchedDisk(disk, {
    before: () => {
      if (!keepWrite && ++calls === cutAt) throw new PowerCut();
    },
    after: () => {
      if (keepWrite && ++calls === cutAt) throw new PowerCut();
    },
  });
  const acknowledged: Entry[] = [];
  try {
    const log = openLog(watched, { segmentBytes: 4096 });
    writeUntilCut(log, acknowledged, 12);
    if (log.fatal.length === 0) return undefined;
    expect(log.fatal[0]).toBeInstanceOf(PowerCut);
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
  return { disk, acknowledged };
}

describe('a crash', () => {
  it.each([
    ['loses what was not synced', () => LOSE_UNSYNCED],
    ['keeps all that was written', () => KEEP_ALL],
    ['tears what was not synced', (seed: number) => tearAtRandom(seededRandom(seed))],
  ] as const)('before or after any disk call that %s loses nothing acknowledged', (_, choice) => {
    let cuts = 0;
    for (const keepWrite of [false, true]) {
      for (let cutAt = 1; ; cutAt++) {
        const run = runWithCut(cutAt, keepWrite);
        if (!run) break;
        cuts++;
        run.disk.crash(choice(cutAt));
        const { recovered, saveNow } = openLog(run.disk, { segmentBytes: 4096 });
        const count = run.acknowledged.length;
        expect(texts(recovered.entries.slice(0, count)), `cut at call ${cutAt}`).toEqual(texts(run.acknowledged));
        // The log goes on from there, and nothing that was cut off comes back.
        const next = recovered.entries.length + 1;
        saveNow({ entries: entries(next, next, 9) });
        run.disk.crash(LOSE_UNSYNCED);
        const expected = [...recovered.entries, ...entries(next, next, 9)];
        expect(texts(readLog(run.disk, DIRECTORY).entries)).toEqual(texts(expected));
      }
    }
    expect(cuts).toBeGreaterThan(200);
  });

  it('that tears a large write at random never costs an acknowledged record', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 20, max: 3000 }),
        (seed, count, size) => {
          const disk = new SimulatedDisk();
          const { wal, saveNow } = openLog(disk);
          const first = entries(1, 3);
          saveNow({ entries: first });
          // Written, never synced.
          wal.save({ entries: entries(4, 3 + count, 1, size), mustSync: true }, () => undefined);
          disk.crash(tearAtRandom(seededRandom(seed)));
          const { recovered } = openLog(disk);
          expect(recovered.entries.slice(0, 3)).toEqual(first);
          expect(recovered.entries).toEqual(
            [...first, ...entries(4, 3 + count, 1, size)].slice(0, recovered.entries.length),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** A log with a first, synced part and one last write of three records; where that write starts, and the records end. */
function logWithLastWrite(): { bytes: Uint8Array; lastWriteAt: number; end: number; kept: Entry[]; all: Entry[] } {
  const disk = new SimulatedDisk();
  const { saveNow } = openLog(disk);
  const kept = entries(1, 2, 1, 300);
  saveNow({ entries: kept, hardState: { term: 1, vote: 3n, commit: 0 } });
  const lastWriteAt = readLog(disk, DIRECTORY).tail.offset;
  const last = entries(3, 4, 1, 700);
  saveNow({ entries: last, hardState: { term: 1, vote: 3n, commit: 2 } });
  return {
    bytes: readFile(disk, FIRST),
    lastWriteAt,
    end: readLog(disk, DIRECTORY).tail.offset,
    kept,
    all: [...kept, ...last],
  };
}

function diskWith(bytes: Uint8Array): SimulatedDisk {
  const disk = new SimulatedDisk();
  disk.makeDirectory(DIRECTORY);
  const file = disk.open(FIRST, 'create');
  file.write(bytes, 0);
  return disk;
}

describe('the tail of the log', () => {
  const { bytes, lastWriteAt, end, kept, all } = logWithLastWrite();

  it('is cut off where the file ends, at whatever byte that is, and a copy is kept', () => {
    for (let cut = lastWriteAt; cut < end; cut++) {
      const disk = diskWith(bytes.subarray(0, cut));
      const recovered = recoverLog(disk, DIRECTORY, [], SEGMENT_BYTES);
      expect(recovered.entries.length).toBeGreaterThanOrEqual(kept.length);
      expect(texts(recovered.entries)).toEqual(texts(all.slice(0, recovered.entries.length)));
      const whole = recovered.tail.offset === cut;
      expect(recovered.tornSegment, `cut at ${cut}`).toBe(whole ? undefined : `${FIRST}.broken`);
      if (!whole) expect(equalBytes(readFile(disk, `${FIRST}.broken`), bytes.subarray(0, cut))).toBe(true);
      const repaired = readFile(disk, FIRST);
      expect(repaired).toHaveLength(SEGMENT_BYTES);
      expect(repaired.subarray(recovered.tail.offset).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('is cut off before the first record with a sector that was not written', () => {
    const firstSector = Math.floor(lastWriteAt / 512);
    const lastSector = Math.floor((end - 1) / 512);
    for (let lost = firstSector; lost <= lastSector; lost++) {
      const torn = bytes.slice();
      torn.fill(0, Math.max(lost * 512, lastWriteAt), Math.min((lost + 1) * 512, end));
      const disk = diskWith(torn);
      const recovered = recoverLog(disk, DIRECTORY, [], SEGMENT_BYTES);
      expect(recovered.entries.slice(0, 2)).toEqual(kept);
      expect(recovered.tail.offset).toBeLessThan((lost + 1) * 512);
      if (lost === firstSector && recovered.tail.offset === lastWriteAt) continue;
      expect(recovered.tornSegment).toBe(`${FIRST}.broken`);
    }
  });

  it('keeps an earlier copy when it is torn twice', () => {
    const disk = diskWith(bytes.subarray(0, end - 9));
    recoverLog(disk, DIRECTORY, [], SEGMENT_BYTES);
    const file = disk.open(FIRST, 'read-write');
    file.truncate(0);
    file.write(bytes.subarray(0, end - 20), 0);
    expect(recoverLog(disk, DIRECTORY, [], SEGMENT_BYTES).tornSegment).toBe(`${FIRST}.1.broken`);
    expect(readFile(disk, `${FIRST}.broken`)).toEqual(bytes.subarray(0, end - 9));
  });

  it('is not touched by reading', () => {
    const disk = diskWith(bytes.subarray(0, end - 9));
    expect(readLog(disk, DIRECTORY).tornSegment).toBe(FIRST);
    expect(disk.list(DIRECTORY)).toHaveLength(1);
    expect(readFile(disk, FIRST)).toEqual(bytes.subarray(0, end - 9));
  });
});

describe('damage', () => {
  const { bytes, lastWriteAt, end } = logWithLastWrite();

  it('of any single bit of any record is refused by segment and offset', () => {
    const path = '0000000000000000-0000000000000000.wal';
    for (let bit = 0; bit < end * 8; bit++) {
      const at = bit >> 3;
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << (bit & 7);
      const disk = diskWith(flipped);
      let thrown: unknown;
      try {
        recoverLog(disk, DIRECTORY, [], SEGMENT_BYTES);
      } catch (error) {
        thrown = error;
      }
      if (!(thrown instanceof LogDamageError)) expect.fail(`bit ${bit & 7} of byte ${at}: ${String(thrown)}`);
      if (thrown.segment !== path || thrown.offset > at) expect.fail(`byte ${at}: ${thrown.message}`);
      if (!/is damaged at byte \d+: .*; remove the member/.test(thrown.message)) expect.fail(thrown.message);
      // Nothing was changed.
      if (disk.list(DIRECTORY).length > 1) expect.fail(disk.list(DIRECTORY).join(' '));
    }
  });

  it('is refused where a sector is gone that had been synced', () => {
    for (let sector = 0; (sector + 1) * 512 <= lastWriteAt; sector++) {
      const wiped = bytes.slice();
      wiped.fill(0, sector * 512, (sector + 1) * 512);
      expect(() => recoverLog(diskWith(wiped), DIRECTORY, [], SEGMENT_BYTES)).toThrow(LogDamageError);
    }
  });

  it('of any stretch before the last sync mark is refused, whatever is there instead', () => {
    const place = fc.integer({ min: 0, max: lastWriteAt - 1 });
    fc.assert(
      fc.property(place, place, fc.option(fc.uint8Array({ minLength: 1, maxLength: 64 })), (a, b, pattern) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b) + 1];
        const changed = bytes.map((byte, at) =>
          at < from || at >= to ? byte : pattern === null ? 0 : pattern[(at - from) % pattern.length]!,
        );
        fc.pre(!equalBytes(changed, bytes));
        expect(() => recoverLog(diskWith(changed), DIRECTORY, [], SEGMENT_BYTES)).toThrow(LogDamageError);
      }),
      { numRuns: 500 },
    );
  });

  it('in the middle of synced records is refused even when the record holds a sector of zeros', () => {
    const disk = new SimulatedDisk();
    const { saveNow } = openLog(disk);
    saveNow({ entries: [{ type: 0, term: 1, index: 1, data: new Uint8Array(2000) }] });
    const at = readLog(disk, DIRECTORY).tail.offset - 1500;
    saveNow({ entries: entries(2, 2) });
    disk.corrupt(FIRST, (content) => (content[at] = 1));
    expect(() => readLog(disk, DIRECTORY)).toThrow(/was written after its sync/);
  });

  it('of an earlier segment is never taken for a torn tail', () => {
    const disk = new SimulatedDisk();
    const { saveNow } = openLog(disk, { segmentBytes: 2048 });
    for (let i = 1; i <= 8; i++) saveNow({ entries: entries(i, i, 1, 900) });
    disk.corrupt(FIRST, (content) => content.fill(0, 1024, 1536));
    expect(() => readLog(disk, DIRECTORY)).toThrow(LogDamageError);
  });

  it('is refused where a segment is missing, or its last records are', () => {
    const disk = new SimulatedDisk();
    const { saveNow } = openLog(disk, { segmentBytes: 2048 });
    for (let i = 1; i <= 12; i++) saveNow({ entries: entries(i, i, 1, 900) });
    const names = disk.list(DIRECTORY).filter((name) => name.endsWith('.wal'));
    expect(names.length).toBeGreaterThan(3);
    const second = `${DIRECTORY}/${names[1]}`;
    const content = readFile(disk, second);
    const cut = disk.open(second, 'read-write');
    cut.truncate(900);
    expect(() => readLog(disk, DIRECTORY)).toThrow(LogDamageError);
    cut.write(content.subarray(900), 900);
    expect(readLog(disk, DIRECTORY).entries).toHaveLength(12);
    disk.remove(second);
    expect(() => readLog(disk, DIRECTORY)).toThrow(/a segment is missing/);
  });
});
