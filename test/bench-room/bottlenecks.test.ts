import { describe, expect, it } from 'vitest';
import { withBottlenecks } from '../../src/bench/bottlenecks.ts';
import type { Reading } from '../../src/bench/metrics/reading.ts';
import type { MemberSample, Phase } from '../../src/core/run/index.ts';
import { emptyLatency } from '../../src/core/run/index.ts';
import { latencyOf } from '../../src/platform/histogram.ts';
import { bucketsOf, parseMetrics } from '../../src/bench/metrics/parse.ts';

const START_MS = 50_000;
const PROMISED_MS = 50;

/** A cumulative histogram of `count` samples that all took less than `le` seconds, and more than the bound before. */
function buckets(name: string, counts: readonly (readonly [le: string, count: number])[]) {
  const total = counts.at(-1)![1];
  const lines = counts.map(([le, count]) => `${name}_bucket{le="${le}"} ${count}`);
  return bucketsOf(parseMetrics([...lines, `${name}_sum ${total}`, `${name}_count ${total}`].join('\n')), name);
}

const fsyncs = (fast: number, slow: number) =>
  buckets('f', [['0.001', 0], ['0.002', fast], ['0.064', fast], ['0.128', fast + slow], ['+Inf', fast + slow]]); // prettier-ignore

const phase = (name: string, startS: number, p99: number): Phase => {
  const latency = latencyOf(Array<number>(200).fill(p99));
  const total = {
    scheduled: 200,
    completed: 200,
    errors: 0,
    skipped: 0,
    ratePerS: 40,
    responseMs: latency,
    serviceMs: latency,
  };
  return { name, startS, durationS: 5, total };
};

/** Two phases, of which the second misses the promise; what is planted shows in its seconds only. */
function judge(plant: {
  readonly slowFsyncs?: boolean;
  readonly slowPeers?: boolean;
  readonly metrics?: Record<string, number>;
  readonly lateGenerator?: boolean;
}) {
  const { slowFsyncs = false, slowPeers = false, metrics = {}, lateGenerator = false } = plant;
  const reading = (t: number): Reading => {
    const [before, after] = [Math.min(t, 5) * 100, Math.max(0, t - 5) * 100];
    return {
      member: 'm',
      atMs: START_MS + t * 1_000,
      walFsync: slowFsyncs ? fsyncs(before, after) : fsyncs(before + after, 0),
      backendCommit: undefined,
      apply: undefined,
      peerRtt: slowPeers ? fsyncs(before, after) : fsyncs(before + after, 0),
      values: {},
    };
  };
  const seconds = Array.from({ length: 11 }, (_, t) => t);
  const samples: MemberSample[] = seconds.slice(1).map((t) => ({
    t,
    member: 'm',
    metrics: { cpuPercent: 10, cpuDeniedPercent: 2, ...(t > 5 ? metrics : {}) },
  }));
  const judged = withBottlenecks({
    phases: [phase('calm', 0, 20), phase('hurt', 5, 150)],
    profile: {
      name: 'p',
      thresholds: [{ metric: 'total.responseMs.p99', comparison: '<', value: PROMISED_MS }],
    },
    sampler: { samples, readings: new Map([['m', seconds.map(reading)]]) },
    startMs: START_MS,
    generatorIn: (place) => ({
      ceilingPerS: null,
      cpuUsPerOp: null,
      eventLoopDelayP99Ms: null,
      saturated: lateGenerator && place === 1,
      scheduleLagMs: emptyLatency(),
    }),
  });
  return judged.map(({ bottleneck }) => bottleneck?.answer);
}

describe('the bottleneck of a phase', () => {
  it.each([
    ['disk', { slowFsyncs: true }],
    ['network', { slowPeers: true }],
    ['cpu', { metrics: { cpuPercent: 96 } }],
    ['cpu', { metrics: { cpuPercent: 30, cpuDeniedPercent: 50 } }],
    // A member without a processor syncs late, too: that is not the disk's fault.
    ['cpu', { slowFsyncs: true, metrics: { cpuDeniedPercent: 50 } }],
    ['generator', { slowFsyncs: true, lateGenerator: true }],
    ['server queue', {}],
  ])('is %s when that is planted in it, and none in the phase before', (answer, plant) => {
    expect(judge(plant)).toEqual(['none', answer]);
  });

  it('is not told of a phase without load', () => {
    const [judged] = withBottlenecks({
      phases: [{ name: 'empty', startS: 0, durationS: 1 }],
      profile: { name: 'p' },
      sampler: { samples: [], readings: new Map() },
      startMs: 0,
      generatorIn: () => {
        throw new Error('there is nothing to ask about');
      },
    });
    expect(judged?.bottleneck).toBeUndefined();
  });
});
