import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';

/** The long runs are `node test/simulation/main.mjs`; this is a taste of them. */
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 4);
const FIRST = Number(process.env['SIM_SEED'] ?? 1);

describe('a cluster under faults', () => {
  it.each(Array.from({ length: SEEDS }, (_, i) => FIRST + i))('seed %i', (seed) => {
    const started = performance.now();
    const report = simulate({ seed, members: seed % 4 === 0 ? 5 : 3, operations: 1500 });
    if (process.env['SIM_SEEDS']) console.log(report, performance.now() - started);
    expect(report.failure).toBeUndefined();
    expect(report.acknowledged).toBeGreaterThan(300);
    expect(report.faultCount).toBeGreaterThan(10);
  });
});
