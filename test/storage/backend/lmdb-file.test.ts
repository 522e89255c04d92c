import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesFrom } from '../../../src/base/bytes.ts';
import { OperationError } from '../../../src/base/errors.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ENTRIES, openEnvironment, REVISIONS, revisionKeys } from '../../../src/storage/backend/lmdb-environment.ts';
import { LmdbFile } from '../../../src/storage/backend/lmdb-file.ts';
import {
  checkedEntry,
  checkedRevision,
  encodeEntry,
  RECORD_OVERHEAD_BYTES,
  writeRevisionRecord,
} from '../../../src/storage/backend/lmdb-records.ts';

let directory = '';
let path = '';
let good: Uint8Array;

/** A file with a tree of three levels, large values, freed pages, and a small bucket. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'etcdmark-lmdb-file-'));
  path = join(directory, 'file.mdb');
  const { root, revisions, entries } = openEnvironment(path);
  const random = seededRandom(3);
  for (let round = 0; round < 3; round++) {
    root.transactionSync(() => {
      for (let i = 0; i < 600; i++) {
        const main = 2 + round * 600 + i;
        const kv = new Uint8Array(i % 50 === 0 ? 9000 : 300).map(() => random.below(256));
        const record = new Uint8Array(kv.length + RECORD_OVERHEAD_BYTES);
        writeRevisionRecord(i % 9 === 0, kv, record);
        revisions.putSync({ main, sub: 0 }, record);
        if (round > 0 && i % 3 === 0) revisions.removeSync({ main: main - 600, sub: 0 });
      }
      const { key, value } = encodeEntry('lease', `lease ${round}`, bytesFrom('bytes'));
      entries.putSync(key, value!);
    });
  }
  await root.close();
  good = new Uint8Array(readFileSync(path));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Everything the file holds, with every check that opening it for real makes. */
function contents(file: string): string[] {
  const opened = new LmdbFile(file);
  try {
    opened.check();
    const found: string[] = [];
    opened.scan(REVISIONS, (key, record) => {
      const { main, sub } = revisionKeys.readKey(key, 0);
      const { tombstone, kv } = checkedRevision(record, main, sub);
      found.push(`${main}/${sub} ${tombstone} ${kv.length} ${kv.slice(0, 4).join()}`);
    });
    opened.scan(ENTRIES, (key, record) => {
      const entry = checkedEntry(key, record);
      found.push(`${entry.bucket} ${entry.key} ${entry.value.length}`);
    });
    return found;
  } finally {
    opened.close();
  }
}

describe('LmdbFile', () => {
  it('reads what LMDB has written', async () => {
    const { root, revisions, entries } = openEnvironment(path);
    const expected: string[] = [];
    for (const { key, value } of revisions.getRange({})) {
      const { tombstone, kv } = checkedRevision(value, key.main, key.sub);
      expected.push(`${key.main}/${key.sub} ${tombstone} ${kv.length} ${[...kv.slice(0, 4)].join()}`);
    }
    for (const { key, value } of entries.getRange({})) {
      const entry = checkedEntry(key, value);
      expected.push(`${entry.bucket} ${entry.key} ${entry.value.length}`);
    }
    await root.close();
    expect(expected.length).toBeGreaterThan(1200);
    expect(contents(path)).toEqual(expected);
  });

  it('ends a scan when told to', () => {
    const file = new LmdbFile(path);
    let seen = 0;
    file.scan(REVISIONS, () => ++seen < 5);
    expect(seen).toBe(5);
    file.scan('nothing', () => expect.unreachable());
    file.close();
  });

  it('names every damage, or it was none', () => {
    const expected = contents(path);
    const other = join(directory, 'damaged.mdb');
    const outcomes = { refused: 0, harmless: 0 };
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 1, max: 64 }),
        (at, flip, length) => {
          const bytes = good.slice();
          for (let i = at; i < Math.min(at + length, bytes.length); i++) bytes[i]! ^= flip;
          writeFileSync(other, bytes);
          let found: string[] | undefined;
          try {
            found = contents(other);
            outcomes.harmless++;
          } catch (error) {
            expect(error).toBeInstanceOf(OperationError);
            expect((error as Error).message).toMatch(/damaged: .*; move|LMDB format/);
            outcomes.refused++;
          }
          // Damage to free pages, or to the older meta page, reaches nothing.
          if (found !== undefined) expect(found).toEqual(expected);
        },
      ),
      { numRuns: 120 },
    );
    expect(outcomes.refused).toBeGreaterThan(40);
  });

  it('refuses a file that was cut', () => {
    const other = join(directory, 'cut.mdb');
    for (const size of [10, 5000, good.length - 4096, good.length - 1]) {
      writeFileSync(other, good);
      truncateSync(other, size);
      expect(() => contents(other)).toThrow(OperationError);
    }
  });
});
