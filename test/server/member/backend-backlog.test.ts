import { describe, expect, it } from 'vitest';
import type { Applied } from '../../../src/core/mvcc/index.ts';
import { BackendBacklog } from '../../../src/server/member/backend-backlog.ts';
import { codecs } from '../../../src/wire/messages/index.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

const entry = (bytes: number): { data: Uint8Array } => ({ data: new Uint8Array(bytes) });

describe('BackendBacklog', () => {
  it('counts what is applied until a batch that holds it is durable', () => {
    const backlog = new BackendBacklog();
    backlog.onApplied([entry(1000), entry(2000)]);
    const first = backlog.bytes;
    expect(first).toBeGreaterThanOrEqual(3000);
    backlog.onCommitted(2);
    expect(backlog.bytes).toBe(first);
    backlog.onApplied([entry(500)]);
    const both = backlog.bytes;
    backlog.onCommitted(3);
    backlog.onFlushed(1);
    expect(backlog.bytes).toBe(both);
    backlog.onFlushed(2);
    expect(backlog.bytes).toBe(both - first);
    backlog.onFlushed(3);
    expect(backlog.bytes).toBe(0);
  });

  it('forgets everything when the backend is replaced', () => {
    const backlog = new BackendBacklog();
    backlog.onApplied([entry(1000)]);
    backlog.onCommitted(1);
    backlog.reset();
    expect(backlog.bytes).toBe(0);
    backlog.onApplied([entry(1000)]);
    backlog.onFlushed(1);
    expect(backlog.bytes).toBeGreaterThanOrEqual(1000);
  });
});

describe('a member whose backend falls behind', () => {
  it('refuses writes until the backend has caught up, and serves reads all along', () => {
    const cluster = new MemoryCluster(1, { backendBacklogBytes: 100_000 }, undefined, 60_000);
    const { member } = cluster.elect();
    const outcomes: string[] = [];
    const put = (): void => {
      const request = codecs.PutRequest.encode({ key: 'k', value: Buffer.alloc(10_000) });
      member.propose('put', request, {
        applied: ({ error }: Applied) => outcomes.push(error?.message ?? 'ok'),
        failed: (error) => outcomes.push(error.message),
      });
      cluster.clock.advance(10);
    };
    for (let i = 0; i < 20; i++) put();
    const accepted = outcomes.filter((outcome) => outcome === 'ok').length;
    expect(accepted).toBeGreaterThan(5);
    expect(accepted).toBeLessThan(12);
    expect(outcomes.at(-1)).toBe('etcdserver: too many requests');
    let readError: unknown = 'waiting';
    member.linearize((error) => (readError = error));
    cluster.clock.advance(10);
    expect(readError).toBeUndefined();

    cluster.clock.advance(61_000);
    outcomes.length = 0;
    put();
    expect(outcomes).toEqual(['ok']);
  });
});
