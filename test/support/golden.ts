/**
 * Golden files: recorded output, compared byte for byte. `UPDATE_GOLDEN=1` records anew; look at the difference before you
 * commit it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

const ROOT = join(import.meta.dirname, '..', 'golden');

/** Compares `text` with `test/golden/<name>`. */
export function expectGolden(name: string, text: string): void {
  const path = join(ROOT, name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  let recorded: string;
  try {
    recorded = readFileSync(path, 'utf8');
  } catch {
    throw new Error(`no golden file ${name}: record it with UPDATE_GOLDEN=1`);
  }
  expect(text, `${name} differs from its golden file; UPDATE_GOLDEN=1 records it anew`).toBe(recorded);
}
