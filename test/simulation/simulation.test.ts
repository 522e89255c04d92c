/** A taste of the long runs, which are `npm run simulate -- --seeds N`. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { SimulationReport } from './simulation.ts';

const MAIN = fileURLToPath(new URL('main.mjs', import.meta.url));
const SEEDS = 4;

it('holds under faults', () => {
  const args = [MAIN, '--seeds', String(SEEDS), '--operations', '1500', '--json'];
  const lines = execFileSync('node', args, { encoding: 'utf8' }).split('\n');
  const reports = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as SimulationReport);
  expect(reports).toHaveLength(SEEDS);
  // A run in which nothing happens proves nothing.
  for (const { acknowledged, faultCount, leases, watches } of reports) {
    expect(acknowledged).toBeGreaterThan(300);
    expect(faultCount).toBeGreaterThan(10);
    expect(Math.min(leases.grants, leases.renewals, leases.expired)).toBeGreaterThan(3);
    expect(Math.min(watches.events, watches.resumes, watches.progress)).toBeGreaterThan(50);
  }
});
