/** Streams of our client to our server, in memory: order, windows that hold either side back, and how they end. */
import { describe, expect, it } from 'vitest';
import { PreparedMethod, StatusCode } from '../../../src/wire/index.ts';
import type { StreamCall } from '../../../src/wire/index.ts';
import { grpcPair } from '../support/grpc-pair.ts';

const OTHER = new PreparedMethod('/t.T/Other');

describe('streams', () => {
  const opened =
    (call: StreamCall[]): ((each: StreamCall) => void) =>
    (each) =>
      void call.push(each);

  it('carry messages both ways and end with Ok', () => {
    const { clock, pool, server } = grpcPair({ memory: { chunkBytes: 50 } });
    server.stream('/t.T/Other', (call) => {
      call.onMessage((message) => call.send(message));
      call.onHalfClose(() => call.end());
    });
    const got: string[] = [];
    const ends: unknown[] = [];
    const stream = pool.stream(OTHER, {
      onMessage: (message) => got.push(message.toString()),
      onEnd: (error) => ends.push(error),
    });
    for (let i = 0; i < 100; i++) stream.send(Buffer.from(`message ${i}`));
    clock.settle();
    expect(ends).toEqual([]);
    stream.halfClose();
    clock.settle();
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => `message ${i}`));
    expect(ends).toEqual([undefined]);
  });

  it('end with a status after the messages sent before it', () => {
    const { clock, pool, server } = grpcPair();
    server.stream('/t.T/Other', (call) => {
      for (let i = 0; i < 10; i++) call.send(Buffer.alloc(30_000, i));
      call.fail(StatusCode.OutOfRange, 'compacted');
    });
    let bytes = 0;
    const ends: unknown[] = [];
    pool.stream(OTHER, {
      onMessage: (message) => (bytes += message.length),
      onEnd: (error) => ends.push([bytes, error?.code]),
    });
    clock.settle();
    expect(ends).toEqual([[300_000, StatusCode.OutOfRange]]);
  });

  it('hold a sender back when nobody reads, and let it go on when somebody does', () => {
    const { clock, pool, server } = grpcPair();
    const calls: StreamCall[] = [];
    server.stream('/t.T/Other', opened(calls));
    let received = 0;
    const stream = pool.stream(OTHER, { onMessage: () => received++, onEnd: () => undefined });
    stream.pause();
    clock.settle();
    const call = calls[0]!;
    let drains = 0;
    call.onDrain(() => drains++);
    let sent = 0;
    while (call.send(Buffer.alloc(10_000)) && sent < 10_000) {
      sent++;
      clock.settle();
    }
    expect(sent).toBeLessThan(200);
    expect(call.bufferedBytes).toBeGreaterThan(65_536);
    expect(received).toBe(0);
    stream.resume();
    clock.settle();
    expect(received).toBe(sent + 1);
    expect(drains).toBe(1);
    expect(call.bufferedBytes).toBe(0);
  });

  it('hold the client back, too', () => {
    const { clock, pool, server } = grpcPair();
    const calls: StreamCall[] = [];
    let received = 0;
    server.stream('/t.T/Other', (call) => {
      calls.push(call);
      call.pause();
      call.onMessage(() => received++);
      call.onHalfClose(() => call.end());
    });
    let drains = 0;
    const ends: unknown[] = [];
    const stream = pool.stream(OTHER, {
      onMessage: () => undefined,
      onEnd: (error) => ends.push(error),
      onDrain: () => drains++,
    });
    let sent = 0;
    while (stream.send(Buffer.alloc(10_000)) && sent < 10_000) {
      sent++;
      clock.settle();
    }
    stream.halfClose();
    clock.settle();
    expect([received, drains, ends]).toEqual([0, 0, []]);
    calls[0]!.resume();
    clock.settle();
    expect([received, drains, ends]).toEqual([sent + 1, 1, [undefined]]);
  });

  it('deliver nothing while paused, even what is already here', () => {
    const { clock, pool, server } = grpcPair();
    server.stream('/t.T/Other', (call) => {
      for (let i = 0; i < 5; i++) call.send(Buffer.from(String(i)));
      call.end();
    });
    const got: string[] = [];
    const stream = pool.stream(OTHER, {
      onMessage: (message) => {
        got.push(message.toString());
        stream.pause();
      },
      onEnd: () => got.push('end'),
    });
    clock.settle();
    for (const expected of ['0', '01', '012', '0123', '01234', '01234end']) {
      expect(got.join('')).toBe(expected);
      stream.resume();
      clock.settle();
    }
  });

  it('by the thousand share a connection fairly', () => {
    const { clock, pool, server } = grpcPair();
    const calls: StreamCall[] = [];
    server.stream('/t.T/Other', opened(calls));
    const counts = new Array<number>(1000).fill(0);
    for (let i = 0; i < 1000; i++) pool.stream(OTHER, { onMessage: () => counts[i]!++, onEnd: () => undefined });
    clock.settle();
    for (let round = 0; round < 3; round++) for (const call of calls) call.send(Buffer.alloc(100));
    clock.settle();
    expect(counts.every((count) => count === 3)).toBe(true);
  });
});
