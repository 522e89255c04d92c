import { beforeEach, describe, expect, it } from 'vitest';
import type { ConfState, MemberId, ProgressStatus, RaftStatus } from '../../../src/core/raft/index.ts';
import { silentLogger } from '../../../src/server/log.ts';
import { LogKeeper } from '../../../src/server/member/log-keeper.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const COUNT = 100;
const CATCHUP = 10;
const DELAY_MS = 30_000;
const MAX_HELD_BYTES = 1000;
const NOBODY_COUNTS: ConfState = { voters: [], learners: [] };

let clock: ManualClock;
let keeper: LogKeeper;
let compactedIndex: number;
let logBytes: number;
let released: number[];
let match: Map<MemberId, number>;

beforeEach(() => {
  clock = new ManualClock();
  compactedIndex = 0;
  logBytes = 0;
  released = [];
  match = new Map();
  const progress = (): ReadonlyMap<MemberId, ProgressStatus> =>
    new Map([...match].map(([id, index]) => [id, { match: index } as ProgressStatus]));
  keeper = new LogKeeper({
    raft: {
      status: () =>
        ({ applied: 0, confState: NOBODY_COUNTS, compactedIndex, logBytes, progress: progress() }) as RaftStatus,
      compact: (index) => {
        expect(index).toBeGreaterThan(compactedIndex);
        compactedIndex = index;
      },
    },
    backend: { flushedIndex: Infinity },
    clock,
    log: silentLogger,
    marks: { save: (_mark, done) => done(), release: (index) => released.push(index) },
    settings: {
      snapshotCount: COUNT,
      snapshotCatchupEntries: CATCHUP,
      snapshotReleaseDelayMs: DELAY_MS,
      heldLogBytes: MAX_HELD_BYTES,
    },
    commit: () => undefined,
    lastMark: { index: 0, term: 0, confState: NOBODY_COUNTS },
  });
});

const apply = (index: number): void => keeper.onApplied(index, 1);

describe('LogKeeper', () => {
  it('keeps the last entries in memory and, on disk, what follows the mark', () => {
    apply(99);
    expect(released).toEqual([]);
    apply(100);
    expect([released, compactedIndex]).toEqual([[100], 90]);
  });

  it('keeps in memory, not on disk, what follows on a snapshot under way, and for a while after it was delivered', () => {
    const end = keeper.hold(2n, 100);
    apply(200);
    clock.advance(10 * DELAY_MS);
    apply(300);
    expect([released, compactedIndex]).toEqual([[200, 300], 100]);
    end(true);
    apply(400);
    clock.advance(DELAY_MS - 1);
    expect(compactedIndex).toBe(100);
    clock.advance(1);
    expect(compactedIndex).toBe(390);
  });

  it('shortens the log at once when a snapshot has failed: the next one begins further on', () => {
    const end = keeper.hold(2n, 100);
    apply(200);
    end(false);
    expect(compactedIndex).toBe(190);
    // Told twice, once counts.
    end(true);
    apply(300);
    expect(compactedIndex).toBe(290);
  });

  it('keeps nothing for a follower that has caught up', () => {
    keeper.hold(2n, 100)(true);
    match.set(2n, 195);
    apply(200);
    expect(compactedIndex).toBe(190);
    match.set(2n, 250);
    apply(300);
    expect(compactedIndex).toBe(250);
  });

  it('keeps what the slowest of several needs', () => {
    const ends = [keeper.hold(2n, 150), keeper.hold(3n, 100), keeper.hold(2n, 180)];
    apply(200);
    expect(compactedIndex).toBe(100);
    ends[1]!(false);
    expect(compactedIndex).toBe(150);
    ends[0]!(false);
    expect(compactedIndex).toBe(180);
  });

  it('keeps the log for nobody beyond its limit', () => {
    keeper.hold(2n, 100);
    logBytes = MAX_HELD_BYTES;
    apply(200);
    expect(compactedIndex).toBe(100);
    logBytes++;
    apply(300);
    expect(compactedIndex).toBe(290);
  });

  it('leaves no timer behind', () => {
    keeper.hold(2n, 100)(true);
    apply(200);
    keeper.stop();
    clock.advance(DELAY_MS);
    expect(compactedIndex).toBe(100);
  });
});
