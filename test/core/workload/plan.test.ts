import { describe, expect, it } from 'vitest';
import { planOperations, shardOfPlan } from '../../../src/core/workload/index.ts';
import type { Operation, OperationPlan } from '../../../src/core/workload/index.ts';
import { constant, PODS, profileOf } from './profiles.ts';

const profile = profileOf({
  objects: { pod: PODS, event: { resource: 'events', size: '900B' } },
  sources: [
    { name: 'apply', model: 'apply', object: 'pod', arrivals: { kind: 'poisson', rate: '50/s' } },
    { name: 'beat', model: 'update', object: 'pod', arrivals: constant('20/s') },
    { name: 'new', model: 'create', object: 'event', repeats: 0.5, arrivals: { kind: 'poisson', rate: '30/s' } },
    { name: 'probe', model: 'health', arrivals: constant('1/s') },
  ],
});

function all(plan: OperationPlan): Operation[] {
  const operations: Operation[] = [];
  for (let next = plan.next(); next !== undefined; next = plan.next()) operations.push(next);
  return operations;
}

describe('planOperations', () => {
  it('is the same for the same seed and another for another', () => {
    const first = all(planOperations(profile, 7));
    expect(all(planOperations(profile, 7))).toEqual(first);
    expect(all(planOperations(profile, 8))).not.toEqual(first);
  });

  it('gives operations in the order of their instants', () => {
    const operations = all(planOperations(profile, 7));
    expect(operations.map(({ atMs }) => atMs)).toEqual(operations.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  });

  it('leaves a source as it was when another is taken away', () => {
    const without = { ...profile, sources: profile.sources.slice(1) };
    const beats = (operations: Operation[], source: number) =>
      operations.filter((operation) => operation.source === source).map(({ atMs, object }) => [atMs, object]);
    expect(beats(all(planOperations(without, 7)), 1)).toEqual(beats(all(planOperations(profile, 7)), 2));
  });

  it('updates in turn, and repeats only what it made a while ago', () => {
    const operations = all(planOperations(profile, 7));
    expect(operations.filter(({ source }) => source === 1).map(({ object }) => object)).toEqual(
      Array.from({ length: 200 }, (_, i) => i % 100),
    );
    const madeAtMs: number[] = [];
    for (const { object, atMs } of operations.filter(({ source }) => source === 2)) {
      if (object === madeAtMs.length) madeAtMs.push(atMs);
      else expect(madeAtMs[object]).toBeLessThanOrEqual(atMs - 2_000);
    }
    const repeated = operations.filter(({ source }) => source === 2).length - madeAtMs.length;
    expect(repeated).toBeGreaterThan(80);
    expect(repeated).toBeLessThan(160);
  });
});

describe('shardOfPlan', () => {
  it('the shards together are the whole, and each object has one writer', () => {
    const whole = all(planOperations(profile, 7));
    const shards = [0, 1, 2].map((shard) => all(shardOfPlan(planOperations(profile, 7), profile, shard, 3)));
    const order = (a: Operation, b: Operation) => a.source - b.source || a.sequence - b.sequence;
    expect(shards.flat().toSorted(order)).toEqual(whole.toSorted(order));
    const writers = new Map<number, number>();
    shards.forEach((operations, shard) => {
      for (const { source, object } of operations) {
        if (source > 1 || object === 0) continue;
        expect(writers.get(object) ?? shard).toBe(shard);
        writers.set(object, shard);
      }
    });
  });

  it('splits the clients and the limit of a closed loop', () => {
    const closed = profileOf({
      objects: { pod: PODS },
      sources: [{ name: 'c', model: 'get', object: 'pod', arrivals: { kind: 'closed', clients: 5, rate: '10/s' } }],
    });
    const loops = [0, 1].map((shard) => shardOfPlan(planOperations(closed, 1), closed, shard, 2).closed[0]!);
    expect(loops.map(({ clients }) => clients)).toEqual([3, 2]);
    expect([loops[0]!.limit!(), loops[1]!.limit!(), loops[0]!.limit!()]).toEqual([50, 150, 250]);
  });
});
