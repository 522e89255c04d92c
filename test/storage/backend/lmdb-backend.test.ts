import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
// The backend starts a thread, which must be plain JavaScript: the built one is tested.
import { openLmdbBackend } from '../../../dist/storage/backend/index.js';
import { describeContract } from './contract.ts';
import { describeRewrites } from './rewrite-contract.ts';

describe('LMDB backend', () => {
  const makePlace = async () => {
    const directory = mkdtempSync(join(tmpdir(), 'etcdmark-lmdb-'));
    return {
      open: async () => openLmdbBackend(directory),
      remove: async () => rmSync(directory, { recursive: true, force: true }),
    };
  };
  describeContract(makePlace);
  describeRewrites(makePlace);

  it('writes nothing after a batch that could not be written', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'etcdmark-lmdb-'));
    try {
      const backend = openLmdbBackend(directory);
      const failed = new Promise<Error>((resolve) => (backend.onFailed = resolve));
      const kv = new Uint8Array([1, 2, 3]);
      backend.putRevision(2, 0, false, kv);
      backend.commit(10, 1);
      // LMDB refuses a key as long as that.
      backend.putRevision(3, 0, false, kv);
      backend.put('meta', 'k'.repeat(10_000), kv);
      backend.commit(11, 1);
      backend.putRevision(4, 0, false, kv);
      backend.commit(12, 1);
      expect((await failed).message).toContain(directory);
      expect(backend.flushedIndex).toBe(10);
      await new Promise<void>((resolve) => backend.close(resolve));

      const again = openLmdbBackend(directory);
      expect([again.consistentIndex, again.flushedIndex]).toEqual([10, 10]);
      expect([2, 3, 4].map((main) => again.getRevision(main, 0)?.length)).toEqual([3, undefined, undefined]);
      await new Promise<void>((resolve) => again.close(resolve));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('closes where its files have been removed, and tells why a batch was not written', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'etcdmark-lmdb-'));
    const backend = openLmdbBackend(directory);
    const failures: string[] = [];
    backend.onFailed = ({ message }) => failures.push(message);
    const flushed = new Promise<number>((resolve) => (backend.onFlushed = resolve));
    backend.commit(1, 1);
    await flushed;
    rmSync(directory, { recursive: true });
    backend.commit(2, 1);
    await new Promise<void>((resolve) => backend.close(resolve));
    expect(failures).toEqual([expect.stringMatching(/cannot be written: ENOENT: .*backend-000001\.mdb/)]);
  });

  it('opens a file that ends before its last pages, of which nothing was ever written', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'etcdmark-lmdb-'));
    try {
      const backend = openLmdbBackend(directory);
      const kv = new Uint8Array([1, 2, 3]);
      // Pages are reused from the third transaction on.
      for (let index = 1; index <= 4; index++) {
        backend.putRevision(index, 0, false, kv);
        backend.commit(index, 1);
      }
      // Gone before its transaction ends: its pages are counted and never written.
      backend.putRevision(5, 0, false, new Uint8Array(1_000_000));
      backend.deleteRevision(5, 0);
      backend.commit(5, 1);
      await new Promise<void>((resolve) => backend.close(resolve));
      const { size } = statSync(join(directory, 'backend-000001.mdb'));
      expect(size).toBeLessThan(1_000_000);
      expect(pagesOf(join(directory, 'backend-000001.mdb')) * 4096).toBeGreaterThan(1_000_000);

      const again = openLmdbBackend(directory);
      expect(again.consistentIndex).toBe(5);
      expect([1, 2, 3, 4, 5].map((main) => again.getRevision(main, 0)?.length)).toEqual([3, 3, 3, 3, undefined]);
      await new Promise<void>((resolve) => again.close(resolve));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

/** As many as LMDB counts: behind the header and 120 bytes of the newer of its first two pages, the last one's number. */
function pagesOf(path: string): number {
  const bytes = readFileSync(path);
  const [first, second] = [24, 4096 + 24];
  const newer = bytes.readBigUInt64LE(first + 128) > bytes.readBigUInt64LE(second + 128) ? first : second;
  return Number(bytes.readBigUInt64LE(newer + 120)) + 1;
}
