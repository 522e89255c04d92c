import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DiskError } from '../../../src/base/disk.ts';
import { nodeDisk } from '../../../src/platform/node-disk.ts';
import { MarkDirectory, saveMarkAside, type MarkTimes } from '../../../src/storage/snapshot/index.ts';

const mark = (index: number) => ({ index, term: 3, confState: { voters: [1n], learners: [] } });

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'marks-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('saves marks that the directory lists as its own, and of which it keeps the newest', async () => {
  const marks = new MarkDirectory(nodeDisk(), directory, 2);
  marks.save(mark(10));
  for (const index of [20, 30]) await saveMarkAside(directory, mark(index));
  expect(marks.list()).toEqual([mark(30), mark(20), mark(10)]);
  marks.removeOld();
  expect(marks.list()).toEqual([mark(30), mark(20)]);
});

it('says which mark could not be saved', async () => {
  const missing = join(directory, 'missing');
  await expect(saveMarkAside(missing, mark(10))).rejects.toThrow(DiskError);
  await expect(saveMarkAside(missing, mark(10))).rejects.toThrow(/missing\/.*\.snap/);
});

it('tells what each cost, whichever way it was saved', async () => {
  let nowMs = 0;
  const saved: MarkTimes[] = [];
  const meter = { nowMs: () => (nowMs += 10), saved: (times: MarkTimes) => saved.push(times) };
  new MarkDirectory(nodeDisk(), directory, 2, meter).save(mark(10));
  await saveMarkAside(directory, mark(20), meter);
  const each = { encodeMs: 10, syncMs: 10, totalMs: 30 };
  expect(saved).toEqual([each, each]);
});
