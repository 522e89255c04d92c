import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
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
});
