/** Our client against our server, in memory: every chunk is overwritten after its delivery, so what was not copied shows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownPart } from '../../../src/wire/blocks.ts';
import { Metadata, PreparedMethod, StatusCode } from '../../../src/wire/index.ts';
import type { UnaryCall } from '../../../src/wire/index.ts';
import { grpcPair, unary } from '../support/grpc-pair.ts';

const ECHO = new PreparedMethod('/t.T/Echo');
const OTHER = new PreparedMethod('/t.T/Other');

describe('unary calls', () => {
  it('carry messages of any size over chunks of any size', () => {
    const sizes = fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 16_370, max: 16_390 }),
      fc.integer({ min: 65_520, max: 200_000 }),
    );
    fc.assert(
      fc.property(sizes, fc.constantFrom(7, 100, 16_384, 65_536), (size, chunkBytes) => {
        const { clock, pool } = grpcPair({ memory: { chunkBytes } });
        const message = Buffer.alloc(size, size % 251);
        const outcome = unary(pool, ECHO, message);
        clock.settle();
        expect(outcome.error).toBeUndefined();
        expect(outcome.response?.equals(message)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('are answered in the order in which handlers answer', () => {
    const { clock, pool, server } = grpcPair();
    const waiting: { call: UnaryCall; text: string }[] = [];
    server.unary('/t.T/Other', (call) => waiting.push({ call, text: call.request.toString() }));
    const outcomes = ['a', 'b', 'c'].map((text) => unary(pool, OTHER, Buffer.from(text)));
    clock.settle();
    for (const { call, text } of waiting.reverse()) call.respond(Buffer.from(text.toUpperCase()));
    clock.settle();
    expect(outcomes.map(({ response }) => response?.toString())).toEqual(['A', 'B', 'C']);
  });

  it('reach the server in the order in which they were made', () => {
    const { clock, pool, server } = grpcPair();
    const seen: number[] = [];
    server.unary('/t.T/Other', (call) => {
      seen.push(call.request.readUInt32BE());
      call.respond(call.request);
    });
    for (let i = 0; i < 500; i++) {
      const message = Buffer.alloc(4 + (i % 7) * 9000);
      message.writeUInt32BE(i);
      unary(pool, OTHER, message);
    }
    clock.settle();
    expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });

  it('write themselves into the output', () => {
    const { clock, pool, server } = grpcPair();
    server.unary('/t.T/Other', (call) => {
      const text = call.request.toString();
      call.respondWith(text.length * 2, (into, offset) => offset + into.write(text + text, offset));
    });
    const outcome = unary(pool, OTHER, { size: 3, write: (into, offset) => offset + into.write('abc', offset) });
    clock.settle();
    expect(outcome.response?.toString()).toBe('abcabc');
  });

  it('may lie in several parts', () => {
    const { clock, pool, server } = grpcPair();
    const parts = [10, 0, 70_000, 3].map((size, i) => Buffer.alloc(size, i + 1));
    server.unary('/t.T/Other', (call) => call.respondInParts(70_013, parts.map(ownPart)));
    const outcome = unary(pool, OTHER, Buffer.from('?'));
    clock.settle();
    expect(outcome.error).toBeUndefined();
    expect(outcome.response?.equals(Buffer.concat(parts))).toBe(true);
  });

  it('end with the status and the text that the handler gave', () => {
    const { clock, pool, server } = grpcPair();
    server.unary('/t.T/Other', (call) => call.fail(StatusCode.NotFound, 'größer als 100 %\n'));
    const outcome = unary(pool, OTHER, Buffer.alloc(0));
    clock.settle();
    expect(outcome.error).toMatchObject({
      code: StatusCode.NotFound,
      message: 'größer als 100 %\n',
      unprocessed: false,
    });
    expect(outcome.calls).toBe(1);
  });

  it('end with Unimplemented where the method is unknown', () => {
    const { clock, pool } = grpcPair();
    const outcome = unary(pool, new PreparedMethod('/t.T/Nothing'), Buffer.alloc(3));
    clock.settle();
    expect(outcome.error).toMatchObject({
      code: StatusCode.Unimplemented,
      message: 'unknown method Nothing for service t.T',
    });
  });

  it('end with ResourceExhausted where a message is too large, in either direction', () => {
    const { clock, pool, server } = grpcPair({
      server: { limits: { maxMessageBytes: 1000 } },
      pool: { limits: { maxMessageBytes: 2000 } },
    });
    server.unary('/t.T/Other', (call) => call.respond(Buffer.alloc(2001)));
    const tooLargeToSend = unary(pool, ECHO, Buffer.alloc(1001));
    const tooLargeToReceive = unary(pool, OTHER, Buffer.alloc(1000));
    clock.settle();
    expect(tooLargeToSend.error).toMatchObject({
      code: StatusCode.ResourceExhausted,
      message: 'grpc: received message larger than max (1001 vs. 1000)',
    });
    expect(tooLargeToReceive.error?.code).toBe(StatusCode.ResourceExhausted);
    const next = unary(pool, ECHO, Buffer.from('next'));
    clock.settle();
    expect(next.response?.toString()).toBe('next');
  });

  it('carry metadata, bytes too, prepared or their own', () => {
    const { clock, pool, server } = grpcPair();
    const seen: Metadata[] = [];
    server.unary('/t.T/Other', (call) => {
      seen.push(call.metadata);
      call.respond(Buffer.alloc(0));
    });
    const bytes = Buffer.from([0, 255, 1, 254]);
    const prepared = new PreparedMethod('/t.T/Other', Metadata.of({ hasleader: 'true' }));
    const metadata = Metadata.of({ token: 'abc.1', 'trace-bin': bytes });
    for (let i = 0; i < 3; i++) unary(pool, prepared, Buffer.alloc(0), { metadata });
    clock.settle();
    expect(seen).toHaveLength(3);
    for (const each of seen) {
      expect(each.get('hasleader')).toBe('true');
      expect(each.get('token')).toBe('abc.1');
      expect(each.get('trace-bin')).toBe('AP8B/g');
      expect(each.get('te')).toBeUndefined();
    }
  });

  it('tell a handler that throws from the process: Internal to the caller, the error to the owner', () => {
    const thrown: unknown[] = [];
    const { clock, pool, server } = grpcPair({
      server: { onHandlerError: (error, path) => thrown.push([error, path]) },
    });
    const error = new Error('a bug');
    server.unary('/t.T/Other', () => {
      throw error;
    });
    const outcome = unary(pool, OTHER, Buffer.alloc(0));
    clock.settle();
    expect(outcome.error?.code).toBe(StatusCode.Internal);
    expect(thrown).toEqual([[error, '/t.T/Other']]);
  });

  it('refuse to be answered twice', () => {
    const { clock, pool, server } = grpcPair();
    let second: unknown;
    server.unary('/t.T/Other', (call) => {
      call.respond(Buffer.alloc(0));
      try {
        call.fail(StatusCode.Internal, 'again');
      } catch (error) {
        second = error;
      }
    });
    unary(pool, OTHER, Buffer.alloc(0));
    clock.settle();
    expect(String(second)).toContain('answered before');
  });

  it('wait for the streams that the server allows', () => {
    const { clock, pool, server } = grpcPair({ server: { limits: { maxConcurrentStreams: 2 } } });
    const waiting: UnaryCall[] = [];
    server.unary('/t.T/Other', (call) => waiting.push(call));
    const buffer = Buffer.from('0');
    const outcomes = Array.from({ length: 6 }, (_, i) => {
      buffer.write(String(i));
      return unary(pool, OTHER, buffer);
    });
    clock.settle();
    for (let served = 0; served < 6; served += 2) {
      expect(waiting).toHaveLength(2);
      for (const call of waiting.splice(0)) call.respond(Buffer.from('ok'));
      clock.settle();
    }
    expect(outcomes.map(({ response }) => response?.toString())).toEqual(Array(6).fill('ok'));
  });
});
