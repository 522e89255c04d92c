/**
 * The model programs must be able to fail: each fault here is planted in a copy of the built store, and they must find it.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import type * as Api from '../../../src/core/api/index.ts';
import type * as Mvcc from '../../../src/core/mvcc/index.ts';
import { storeProperty } from './store-program.ts';
import { SOURCE, type Subject } from './subject.ts';
import { watchProperty } from './watch/watch-program.ts';

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));
/** The rarest fault shows in one program of several hundred: with a new seed each time, some time none of 3,000 would show it. */
const RUNS = { numRuns: 3000, endOnFailure: true, seed: 1 };

let directory: string | undefined;

afterEach(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

/** The built store with the one occurrence of `right` in `file` replaced by `wrong`. */
async function plant(file: string, right: string, wrong: string): Promise<Subject> {
  directory = mkdtempSync(join(tmpdir(), 'etcdmark-fault-'));
  // What lies under node_modules is run as it is, which is several times faster.
  const copy = join(directory, 'node_modules', 'fault');
  for (const part of ['base', 'core/api', 'core/mvcc']) cpSync(join(DIST, part), join(copy, part), { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  const path = join(copy, file);
  const code = readFileSync(path, 'utf8');
  expect(code.split(right), `${file} must hold the text once`).toHaveLength(2);
  writeFileSync(path, code.replace(right, wrong));
  const load = (name: string): Promise<unknown> => import(/* @vite-ignore */ pathToFileURL(join(copy, name)).href);
  const api = (await load('core/api/index.js')) as typeof Api;
  const mvcc = (await load('core/mvcc/index.js')) as typeof Mvcc;
  return { Store: mvcc.Store, WatchHub: mvcc.WatchHub, checkTxnRequest: mvcc.checkTxnRequest, ApiError: api.ApiError };
}

const STORE_FAULTS: [what: string, file: string, right: string, wrong: string][] = [
  ['an inclusive bound excludes', 'core/mvcc/range-pieces.js', 'mod <= maxModRevision', 'mod < maxModRevision'],
  [
    'the past is read one revision too early',
    'core/mvcc/revision-chains.js',
    'this.mains.get(row) > revision',
    'this.mains.get(row) >= revision',
  ],
  [
    'a missing key’s value compares',
    'core/mvcc/compare.js',
    'compare.target === CompareTarget.VALUE)',
    'compare.target === -1)',
  ],
  [
    'nested conditions are always those of the first branch',
    'core/mvcc/write.js',
    'of succeeded ? request.success : request.failure',
    'of request.success',
  ],
  ['a key keeps its lease when it is deleted', 'core/mvcc/write.js', 'lessor.attach(key, 0n)', 'undefined'],
  ['a lease keeps a key that moved to another', 'core/mvcc/lessor.js', 'before?.keys.delete(key)', 'undefined'],
  [
    'a new life goes on counting versions',
    'core/mvcc/key-index.js',
    'return this.revive(key, main, sub, main, 1)',
    'return this.revive(key, main, sub, main, 2)',
  ],
  [
    'compaction deletes what is visible at its revision',
    'core/mvcc/compactor.js',
    'chains.main(row) > task.revision',
    'chains.main(row) >= task.revision',
  ],
  [
    'compaction forgets second changes of a request',
    'core/mvcc/kept-revisions.js',
    'this.subs.set(main, new Set([sub]))',
    'undefined',
  ],
  ['leases lose their keys in a restart', 'core/mvcc/restore.js', 'lessor.attach(kv.key, kv.lease)', 'undefined'],
];

const WATCH_FAULTS: typeof STORE_FAULTS = [
  [
    'a watch is told of what was before it',
    'core/mvcc/watch/watch-hub.js',
    'revision < watcher.nextRevision',
    'revision < watcher.nextRevision - 1',
  ],
  [
    'reading for a watcher stops one revision short',
    'core/mvcc/watch/watch-hub.js',
    'watcher.nextRevision = next;',
    'watcher.nextRevision = next + 1;',
  ],
  [
    'a stream that has room again misses what came meanwhile',
    'core/mvcc/watch/watch-stream.js',
    "watcher.nextRevision > this.hub.revision ? 'synced' : 'behind'",
    "'synced'",
  ],
  [
    'a compacted watch is not told',
    'core/mvcc/watch/watch-hub.js',
    'watcher.nextRevision < compactRevision',
    'watcher.nextRevision < compactRevision - 1',
  ],
  [
    'progress is promised while a watcher is behind',
    'core/mvcc/watch/watch-stream.js',
    "watcher.state === 'synced' && ",
    '',
  ],
  ['a range watch misses its end', 'core/mvcc/watch/interval-set.js', 'interval.end > key)', 'interval.end >= key)'],
];

it.each(STORE_FAULTS)('finds that %s', async (_what, file, right, wrong) => {
  expect(fc.check(storeProperty(await plant(file, right, wrong)), RUNS).failed).toBe(true);
});

it.each(WATCH_FAULTS)('finds that %s', async (_what, file, right, wrong) => {
  expect(fc.check(watchProperty(await plant(file, right, wrong)), RUNS).failed).toBe(true);
});

it('finds nothing where nothing is planted', async () => {
  const copy = await plant('core/mvcc/index.js', 'export { Alarms', '/* */ export { Alarms');
  expect(copy.Store).not.toBe(SOURCE.Store);
  fc.assert(storeProperty(copy), { numRuns: 20 });
  fc.assert(watchProperty(copy), { numRuns: 20 });
});
