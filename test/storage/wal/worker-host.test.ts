import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DiskError } from '../../../src/base/disk.ts';
import { nodeDisk } from '../../../src/platform/node-disk.ts';
import { findDiskModel } from '../../../src/storage/disk-models/index.ts';
import { InlinePolicy } from '../../../src/storage/wal/inline-policy.ts';
import type { WriteJob } from '../../../src/storage/wal/job.ts';
import {
  createLog,
  readLog,
  recoverLog,
  workerHost,
  WriteAheadLog,
  type WorkerHostOptions,
  type SaveInfo,
  type SaveRequest,
} from '../../../src/storage/wal/index.ts';
import { entries, METADATA } from './harness.ts';

const SEGMENT_BYTES = 256 << 10;
const disk = nodeDisk();
let parent = '';
let directory = '';

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'etcdmark-wal-'));
  directory = join(parent, 'wal');
  createLog(disk, directory, METADATA, SEGMENT_BYTES);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function open(
  inlineLimitMs: number,
  onFatal: (error: Error) => void = fail,
  modelled?: WorkerHostOptions['modelled'],
): WriteAheadLog {
  const host = workerHost({ directory, segmentBytes: SEGMENT_BYTES, inlineLimitMs, modelled });
  const recovered = recoverLog(disk, directory, [], SEGMENT_BYTES);
  return new WriteAheadLog({ host, recovered, segmentBytes: SEGMENT_BYTES, maxSegments: 0, onFatal });
}

function fail(error: Error): void {
  throw error;
}

const save = (wal: WriteAheadLog, request: Partial<SaveRequest>): Promise<SaveInfo> =>
  new Promise((resolve) => wal.save({ entries: [], mustSync: true, ...request }, resolve));
const close = (wal: WriteAheadLog): Promise<void> => new Promise((resolve) => wal.close(resolve));
/** The next segment is prepared behind the first answer. */
const prepared = (): Promise<void> => vi.waitFor(() => expect(disk.list(directory)).toContain('next.tmp'), 10_000);

describe('the log on its own thread', () => {
  it('answers in order, over several segments, and leaves a whole log', async () => {
    const wal = open(0);
    const answered: number[] = [];
    const saves: Promise<unknown>[] = [];
    for (let i = 1; i <= 600; i++) {
      saves.push(save(wal, { entries: entries(i, i, 1, 2000) }).then(() => answered.push(i)));
      if (i % 50 === 0) await saves.at(-1);
    }
    await close(wal);
    expect(answered).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    const read = readLog(disk, directory);
    expect(read.segments.length).toBeGreaterThan(3);
    expect(read.tornSegment).toBeUndefined();
    expect(read.entries.map((entry) => entry.index)).toEqual(answered);
    expect(disk.list(directory).every((name) => name.endsWith('.wal'))).toBe(true);
  });

  it('goes back and forth between the threads without a gap', async () => {
    // Every sync is fast enough, so that a lone writer's saves run on either thread.
    const wal = open(60_000);
    for (let i = 1; i <= 300; i++) await save(wal, { entries: entries(i, i, 1, 2000) });
    await Promise.all(entries(301, 340, 1, 2000).map((entry) => save(wal, { entries: [entry] })));
    for (let i = 341; i <= 400; i++) await save(wal, { entries: entries(i, i, 1, 2000) });
    await close(wal);
    const read = readLog(disk, directory);
    expect(read.segments.length).toBeGreaterThan(2);
    expect(read.entries.map((entry) => entry.index)).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
  });

  it('takes a save larger than its buffers', async () => {
    const wal = open(0);
    const data = new Uint8Array(3 << 20).fill(9);
    await save(wal, { entries: [{ type: 0, term: 1, index: 1, data }] });
    await save(wal, { entries: entries(2, 2) });
    await close(wal);
    const read = readLog(disk, directory).entries;
    expect(read[0]!.data).toHaveLength(3 << 20);
    expect(read[0]!.data.every((byte) => byte === 9)).toBe(true);
    expect(read[1]).toEqual(entries(2, 2)[0]);
  });

  it('takes as long as a modelled disk, and leaves this thread free meanwhile', async () => {
    const outliers = { share: 0, fromMs: 0, toMs: 0 };
    const latency = { kind: 'lognormal', medianUs: 40_000, sigma: 0, outliers } as const;
    const model = { ...findDiskModel('gp3'), latency, limits: [] };
    // Fast enough for inline syncs, if the disk were the real one.
    const wal = open(60_000, fail, { model, seed: 1 });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    for (let i = 1; i <= 40; i++) {
      const { syncMs } = await save(wal, { entries: entries(i, i) });
      expect(syncMs[0]).toBeGreaterThanOrEqual(39.9);
    }
    clearInterval(timer);
    expect(turns).toBeGreaterThan(40);
    await close(wal);
    expect(readLog(disk, directory).entries).toHaveLength(40);
  });

  it('reports a failed write once and answers nothing more', async () => {
    let answers = 0;
    let wal: WriteAheadLog | undefined;
    const error = await new Promise<Error>((resolve) => {
      const opened = open(0, resolve);
      wal = opened;
      renameSync(directory, `${directory}.gone`);
      opened.save({ entries: entries(1, 1), mustSync: true }, () => answers++);
      opened.save({ entries: entries(2, 2), mustSync: true }, () => answers++);
    });
    expect(error).toBeInstanceOf(DiskError);
    expect(error.message).toMatch(/cannot open .*0000000000000000-0000000000000000.wal: no such file/);
    expect(answers).toBe(0);
    renameSync(`${directory}.gone`, directory);
    await close(wal!);
    expect(answers).toBe(0);
  });

  it('closes although what it prepared has been removed meanwhile, and says so', async () => {
    const failures: Error[] = [];
    const wal = open(0, (error) => failures.push(error));
    await save(wal, { entries: entries(1, 1) });
    await prepared();
    rmSync(directory, { recursive: true });
    await close(wal);
    expect(failures.map(({ message }) => message)).toEqual([expect.stringMatching(/cannot remove .*next\.tmp/)]);
  });

  it('closes where its thread has failed and the word of it is still on its way', async () => {
    const failures: string[] = [];
    const host = workerHost({ directory, segmentBytes: SEGMENT_BYTES, inlineLimitMs: 0 });
    host.watch(({ message }) => failures.push(message));
    // Removals follow on the answer; this one fails, and the end is asked for as soon as the answer is here.
    const job = { pieces: [], sync: false, gathered: false, remove: [{ sequence: 7, firstIndex: 7 }] };
    await new Promise<void>((resolve) => host.submit(job, host.allocate(8), () => host.close(resolve)));
    expect(failures).toEqual([expect.stringMatching(/cannot remove .*0000000000000007-/)]);
  });
});

describe('inline syncs', () => {
  const job: WriteJob = {
    pieces: [{ segment: { sequence: 0, firstIndex: 0 }, ends: undefined, position: 0, start: 0, end: 300 }],
    sync: true,
    gathered: false,
    remove: [],
  };
  const outcome = (ms: number) => ({ writeMs: 0, syncMs: [ms], bytes: 300 });
  const allowedOf = (policy: InlinePolicy, jobs: number, ms: number, asked: WriteJob = job): number => {
    let allowed = 0;
    for (let i = 0; i < jobs; i++) {
      if (policy.allows(asked)) allowed++;
      policy.finished(outcome(ms));
    }
    return allowed;
  };

  it('wait until enough fast syncs have been seen, then take all but the probes', () => {
    const policy = new InlinePolicy(2);
    expect(allowedOf(policy, 32, 0.1)).toBe(0);
    expect(allowedOf(policy, 160, 0.1)).toBe(150);
  });

  it('bear a tail, and stop while most syncs are slow', () => {
    const policy = new InlinePolicy(2);
    allowedOf(policy, 96, 0.1);
    expect(allowedOf(policy, 16, 2.1)).toBe(15);
    allowedOf(policy, 16, 2.1);
    expect(allowedOf(policy, 10, 2.1)).toBe(0);
    allowedOf(policy, 32, 0.1);
    expect(allowedOf(policy, 32, 0.1)).toBe(30);
  });

  it('stop at a stall and come back when the disk has long been fast again', () => {
    const policy = new InlinePolicy(2);
    allowedOf(policy, 100, 0.1);
    policy.finished(outcome(101));
    expect(allowedOf(policy, 256, 0.1)).toBe(0);
    expect(allowedOf(policy, 32, 0.1)).toBe(30);
  });

  it('stop when others come meanwhile', () => {
    const policy = new InlinePolicy(2);
    allowedOf(policy, 100, 0.1);
    expect(policy.allows({ ...job, gathered: true })).toBe(false);
    expect(allowedOf(policy, 200, 0.1)).toBe(0);
  });

  it('never take a large write, a new segment, or one that needs no sync', () => {
    const piece = job.pieces[0]!;
    const never: WriteJob[] = [
      { ...job, pieces: [{ ...piece, end: 40_000 }] },
      { ...job, pieces: [piece, piece] },
      { ...job, pieces: [{ ...piece, ends: { segment: { sequence: 0, firstIndex: 0 }, sizeBytes: 1 } }] },
      { ...job, pieces: [] },
      { ...job, sync: false },
      { ...job, remove: [{ sequence: 0, firstIndex: 0 }] },
    ];
    for (const asked of never) {
      const policy = new InlinePolicy(2);
      allowedOf(policy, 100, 0.1);
      expect(allowedOf(policy, 40, 0.1, asked)).toBe(0);
    }
  });
});
