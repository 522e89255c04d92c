import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
// The backend starts a thread, which must be plain JavaScript: the built one is tested.
import { openLmdbBackend } from '../../../dist/storage/backend/index.js';
import { describeContract } from './contract.ts';

describe('LMDB backend', () => {
  describeContract(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'etcdmark-lmdb-'));
    return {
      open: async () => openLmdbBackend(directory),
      remove: async () => rmSync(directory, { recursive: true, force: true }),
    };
  });

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
});
