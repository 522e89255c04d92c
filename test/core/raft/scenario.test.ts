/** Replays test/golden/raft/*.txt; UPDATE_GOLDEN=1 records what the machine does now, to be read before it is kept. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rerun } from './scenario.ts';

const FOLDER = new URL('../../golden/raft/', import.meta.url);

describe('scenarios', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

  it('are there', () => expect(files.length).toBeGreaterThan(0));

  it.each(files)('%s', (name) => {
    const path = new URL(name, FOLDER);
    const recorded = readFileSync(path, 'utf8');
    const now = rerun(recorded);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, now);
    else expect(now).toBe(recorded);
  });
});
