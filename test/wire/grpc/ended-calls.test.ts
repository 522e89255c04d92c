/** Calls that end before their answer: by their deadline, by their client, or with a server that goes away. */
import { describe, expect, it } from 'vitest';
import { PreparedMethod, StatusCode } from '../../../src/wire/index.ts';
import type { UnaryCall } from '../../../src/wire/index.ts';
import { grpcPair, unary } from '../support/grpc-pair.ts';

const OTHER = new PreparedMethod('/t.T/Other');

describe('deadlines', () => {
  it('reach the server as an instant on its clock', () => {
    const { clock, pool, server } = grpcPair();
    clock.advance(1000);
    let seen: number | undefined;
    server.unary('/t.T/Other', (call) => {
      seen = call.deadlineMs;
      call.respond(Buffer.alloc(0));
    });
    unary(pool, OTHER, Buffer.alloc(0), { deadlineMs: 1250 });
    clock.settle();
    expect(seen).toBe(1250);
  });

  it('end the call at the client, and cancel it at the server', () => {
    const { clock, pool, server } = grpcPair();
    const calls: UnaryCall[] = [];
    let cancels = 0;
    server.unary('/t.T/Other', (call) => {
      calls.push(call);
      call.onCancel(() => cancels++);
    });
    const outcome = unary(pool, OTHER, Buffer.alloc(0), { deadlineMs: 100 });
    clock.advance(99);
    expect(outcome.calls).toBe(0);
    clock.advance(10);
    expect(outcome).toMatchObject({ calls: 1, error: { code: StatusCode.DeadlineExceeded } });
    expect(calls[0]?.cancelled).toBe(true);
    expect(cancels).toBe(1);
    // A late answer is allowed and goes nowhere.
    calls[0]?.respond(Buffer.from('late'));
    clock.settle();
    expect(outcome.calls).toBe(1);
  });

  it('fire for a call that never got its stream', () => {
    const { clock, pool, server } = grpcPair({ server: { limits: { maxConcurrentStreams: 1 } } });
    const seen: string[] = [];
    server.unary('/t.T/Other', (call) => seen.push(call.request.toString()));
    const first = unary(pool, OTHER, Buffer.from('first'));
    const second = unary(pool, OTHER, Buffer.from('second'), { deadlineMs: 50 });
    clock.advance(60);
    expect(second.error?.code).toBe(StatusCode.DeadlineExceeded);
    expect(first.calls).toBe(0);
    expect(seen).toEqual(['first']);
  });
});

describe('cancellation', () => {
  it('ends the call with Cancelled, once, and reaches the handler', () => {
    const { clock, pool, server } = grpcPair();
    let cancelled = 0;
    server.unary('/t.T/Other', (call) => call.onCancel(() => cancelled++));
    let outcomes: (number | undefined)[] = [];
    const call = pool.unary(OTHER, Buffer.alloc(0), undefined, (error) => (outcomes = [...outcomes, error?.code]));
    clock.settle();
    call.cancel();
    call.cancel();
    clock.settle();
    expect(outcomes).toEqual([StatusCode.Cancelled]);
    expect(cancelled).toBe(1);
  });

  it('of the connection cancels every call on it', () => {
    const { clock, pool, server } = grpcPair();
    let cancelled = 0;
    server.stream('/t.T/Other', (call) => call.onCancel(() => cancelled++));
    const ends: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++)
      pool.stream(OTHER, { onMessage: () => undefined, onEnd: (error) => ends.push(error?.code) });
    clock.settle();
    pool.close();
    clock.settle();
    expect(cancelled).toBe(3);
    expect(ends).toEqual(Array(3).fill(StatusCode.Unavailable));
  });
});

describe('drain', () => {
  it('lets calls finish, takes no more, and closes', () => {
    const { clock, pool, server, network } = grpcPair();
    const waiting: UnaryCall[] = [];
    server.unary('/t.T/Other', (call) => waiting.push(call));
    const outcome = unary(pool, OTHER, Buffer.alloc(0));
    clock.settle();
    let drained = 0;
    server.drain(() => drained++);
    clock.settle();
    expect(drained).toBe(0);
    waiting[0]!.respond(Buffer.from('done'));
    clock.settle();
    expect(outcome.response?.toString()).toBe('done');
    clock.advance(1000);
    // The client has dialled anew, and each such connection is sent away, too.
    expect(network.dialled.length).toBeGreaterThan(1);
    pool.close();
    clock.advance(100);
    expect(drained).toBe(1);
    expect(server.connectionCount).toBe(0);
  });
});
