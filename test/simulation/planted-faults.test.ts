/**
 * The simulator can fail: the planted faults that a few seeds find, found. Runs on programs made from the sources. All of
 * them: `npm run simulate -- --planted all`.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('main.mjs', import.meta.url));

interface Found {
  readonly fault: string;
  readonly found: boolean;
}

it(
  'finds planted faults',
  () => {
    let output: string;
    try {
      output = execFileSync('node', [MAIN, '--planted', 'quick', '--operations', '1000'], { encoding: 'utf8' });
    } catch (error) {
      output = String((error as { stdout?: unknown }).stdout);
    }
    const results = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Found);
    expect(results.length).toBeGreaterThanOrEqual(12);
    expect(results.filter(({ found }) => !found)).toEqual([]);
  },
  15 * 60_000,
);
