import { describe, expect, it } from 'vitest';
import { DEFAULT_GENERATOR_LIMITS, saturation } from '../../src/bench/saturation.ts';
import { emptyLatency } from '../../src/core/run/index.ts';
import { latencyOf } from '../../src/platform/histogram.ts';

describe('saturation', () => {
  const judge = (lagMs: number, responseMs: number, cpuShare = 0.1) =>
    saturation(latencyOf([lagMs]), emptyLatency(), cpuShare, latencyOf([responseMs]), DEFAULT_GENERATOR_LIMITS);

  it('says so when sends are late by more than a tenth of what is measured', () => {
    expect(judge(20, 100)).toHaveLength(1);
    expect(judge(20, 1_000)).toEqual([]);
    expect(judge(1, 2)).toEqual([]);
  });

  it('says so when a generator process has used up its processor', () => {
    expect(judge(0, 100, 0.95)[0]?.text).toBe('a generator process used 95 % of a processor');
  });
});
