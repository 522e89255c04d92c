import { beforeEach, describe, expect, it } from 'vitest';
import type { SnapshotMark } from '../../../src/core/raft/index.ts';
import { openLog, whenOpened, type MarkFiles, type OpenedLog } from '../../../src/server/boot/open-log.ts';
import { memberMetrics } from '../../../src/server/metrics/member-metrics.ts';
import { MemoryBackend, memoryMedia } from '../../../src/storage/backend/index.ts';
import { SimulatedDisk } from '../../support/disks/simulated-disk.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { DATA_DIRECTORY, inThreadLog } from '../../support/member-parts.ts';

const SEGMENT_BYTES = 1 << 20;
const MARK: SnapshotMark = { index: 5, term: 1, confState: { voters: [1n], learners: [] } };

let clock: ManualClock;
let fatal: Error[];

function open(marks: MarkFiles): OpenedLog {
  const disk = new SimulatedDisk();
  disk.makeDirectory(DATA_DIRECTORY);
  let opened: OpenedLog | undefined;
  openLog(
    inThreadLog({
      disk,
      backend: new MemoryBackend(memoryMedia(), { clock, flushDelayMs: () => 1 }),
      marks,
      metrics: memberMetrics(),
      firstStart: () => ({ id: 1n, clusterId: 2n, entries: [], hardState: undefined }),
      segmentBytes: SEGMENT_BYTES,
      nowMs: () => clock.nowMs(),
      later: (finish) => clock.soon(finish),
      onFatal: (error) => fatal.push(error),
    }),
    (log) => (opened = log),
  );
  clock.settle();
  return opened!;
}

beforeEach(() => {
  clock = new ManualClock();
  fatal = [];
});

describe('a mark that is saved aside', () => {
  let answer: (error: Error | undefined) => void;
  const marks: MarkFiles = {
    list: () => [],
    save: () => expect.unreachable('the thread must not wait for it'),
    saveAside: (_mark, done) => (answer = done),
  };

  it('is named by the log only once its file is durable', () => {
    const events: string[] = [];
    const log = open(marks);
    log.markStore.save(MARK, () => events.push('saved'));
    clock.settle();
    expect(events).toEqual([]);
    answer(undefined);
    clock.settle();
    expect(events).toEqual(['saved']);
  });

  it('ends the member where it cannot be saved', () => {
    open(marks).markStore.save(MARK, () => expect.unreachable());
    answer(new Error('no space'));
    expect(fatal.map(({ message }) => message)).toEqual(['no space']);
  });

  it('is left out when the log has been closed meanwhile', () => {
    const log = open(marks);
    log.markStore.save(MARK, () => expect.unreachable());
    log.close(() => undefined);
    answer(undefined);
    answer(new Error('too late'));
    clock.settle();
    expect(fatal).toEqual([]);
  });
});

it('is not waited for where it fails before it is open', async () => {
  const disk = new SimulatedDisk();
  disk.makeDirectory(DATA_DIRECTORY);
  const errors: Error[] = [];
  const opening = whenOpened({
    ...inThreadLog({
      disk,
      backend: new MemoryBackend(memoryMedia(), { clock, flushDelayMs: () => 1 }),
      marks: { list: () => [], save: () => undefined },
      metrics: memberMetrics(),
      firstStart: () => ({ id: 1n, clusterId: 2n, entries: [], hardState: { term: 1, vote: 0n, commit: 0 } }),
      segmentBytes: SEGMENT_BYTES,
      nowMs: () => clock.nowMs(),
      later: () => undefined,
      onFatal: (error) => errors.push(error),
    }),
    openHost: () => {
      let report: (error: Error) => void = () => undefined;
      return {
        watch: (onFatal) => void (report = onFatal),
        allocate: (bytes) => new Uint8Array(bytes),
        submit: () => report(new Error('the first write failed')),
        close: (done) => done(),
      };
    },
  });
  await expect(opening).rejects.toThrow('the first write failed');
  expect(errors).toHaveLength(1);
});
