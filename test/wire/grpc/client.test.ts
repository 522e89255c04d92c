/** Our client against a server that the test plays frame by frame. */
import { describe, expect, it } from 'vitest';
import { PreparedMethod, StatusCode } from '../../../src/wire/index.ts';
import {
  frame,
  goaway,
  grpcMessage,
  headerBlock,
  message,
  numberFrame,
  SETTINGS,
  settingsFrame,
} from '../support/frames.ts';
import { rawClient, unary } from '../support/grpc-pair.ts';
import type { RawPair } from '../support/grpc-pair.ts';

const METHOD = new PreparedMethod('/t.T/Method');
const HEAD = headerBlock({ ':status': '200', 'content-type': 'application/grpc' });
const OK = headerBlock({ 'grpc-status': '0' });
const answer = (id: number, text: string): Buffer =>
  Buffer.concat([frame(1, 4, id, HEAD), message(id, text, false), frame(1, 5, id, OK)]);

function called(pair: RawPair = rawClient()): RawPair & { outcome: ReturnType<typeof unary> } {
  const outcome = unary(pair.pool, METHOD, Buffer.from('request'));
  pair.clock.settle();
  return { ...pair, outcome };
}

describe('what a server may answer', () => {
  it('a response in order', () => {
    const { servers, outcome } = called();
    const [server] = servers;
    expect(server!.fieldsOf(1)).toMatchObject({
      ':path': '/t.T/Method',
      ':scheme': 'http',
      te: 'trailers',
      'content-type': 'application/grpc',
    });
    expect(server!.dataOf(1)).toEqual(grpcMessage('request'));
    server!.say(answer(1, 'response'));
    expect(outcome).toEqual({ calls: 1, error: undefined, response: Buffer.from('response') });
  });

  it('trailers in a later chunk than the message, which is kept', () => {
    const { servers, outcome } = called();
    servers[0]!.say(frame(1, 4, 1, HEAD), message(1, 'kept', false));
    expect(outcome.calls).toBe(0);
    servers[0]!.say(frame(1, 5, 1, OK));
    expect(outcome.response?.toString()).toBe('kept');
  });

  it('messages of several calls before any of their trailers', () => {
    const pair = rawClient();
    const outcomes = [0, 1, 2].map(() => unary(pair.pool, METHOD, Buffer.alloc(0)));
    pair.clock.settle();
    const ids = [1, 3, 5];
    pair.servers[0]!.say(...ids.flatMap((id) => [frame(1, 4, id, HEAD), message(id, `for ${id}`, false)]));
    pair.servers[0]!.say(...ids.map((id) => frame(1, 5, id, OK)));
    expect(outcomes.map(({ response }) => response?.toString())).toEqual(['for 1', 'for 3', 'for 5']);
  });

  it('interim headers before the real ones', () => {
    const { servers, outcome } = called();
    servers[0]!.say(frame(1, 4, 1, headerBlock({ ':status': '103' })), answer(1, 'real'));
    expect(outcome.response?.toString()).toBe('real');
  });

  it.each<[string, Buffer, Partial<{ code: number; message: string; unprocessed: boolean }>]>([
    [
      'a status in trailers only',
      frame(1, 5, 1, headerBlock({ ':status': '200', 'grpc-status': '5', 'grpc-message': 'n%C3%B6' })),
      { code: StatusCode.NotFound, message: 'nö' },
    ],
    [
      'a status nobody knows',
      frame(1, 5, 1, headerBlock({ ':status': '200', 'grpc-status': '99' })),
      { code: StatusCode.Unknown },
    ],
    ['HTTP 503 that is not gRPC', frame(1, 4, 1, headerBlock({ ':status': '503' })), { code: StatusCode.Unavailable }],
    ['HTTP 404', frame(1, 5, 1, headerBlock({ ':status': '404' })), { code: StatusCode.Unimplemented }],
    [
      'Ok without a message',
      frame(1, 5, 1, headerBlock({ ':status': '200', 'grpc-status': '0' })),
      { code: StatusCode.Internal },
    ],
    [
      'DATA that ends the stream',
      Buffer.concat([frame(1, 4, 1, HEAD), message(1, 'x')]),
      { code: StatusCode.Internal },
    ],
    [
      'two messages',
      Buffer.concat([frame(1, 4, 1, HEAD), message(1, 'x', false), message(1, 'y', false)]),
      { code: StatusCode.Internal },
    ],
    [
      'a message cut short',
      Buffer.concat([frame(1, 4, 1, HEAD), frame(0, 0, 1, Buffer.from([0, 0, 0, 0, 9, 1])), frame(1, 5, 1, OK)]),
      { code: StatusCode.Internal },
    ],
    [
      'a compressed message',
      Buffer.concat([frame(1, 4, 1, HEAD), frame(0, 0, 1, Buffer.from([1, 0, 0, 0, 0]))]),
      { code: StatusCode.Internal, message: 'grpc: compressed flag set with identity or empty encoding' },
    ],
    ['REFUSED_STREAM', numberFrame(3, 1, 7), { code: StatusCode.Unavailable, unprocessed: true }],
    ['ENHANCE_YOUR_CALM', numberFrame(3, 1, 11), { code: StatusCode.ResourceExhausted, unprocessed: false }],
    ['CANCEL', numberFrame(3, 1, 8), { code: StatusCode.Cancelled }],
    [
      'GOAWAY before the call',
      goaway(0, 0, 'bye'),
      { code: StatusCode.Unavailable, message: 'the server is going away: bye', unprocessed: true },
    ],
    ['a protocol error', frame(0, 0, 0), { code: StatusCode.Unavailable }],
    ['PUSH_PROMISE', frame(5, 4, 1, Buffer.alloc(8)), { code: StatusCode.Unavailable }],
    ['headers on a stream never opened', frame(1, 4, 99, HEAD), { code: StatusCode.Unavailable }],
  ])('%s', (_what, bytes, expected) => {
    const { servers, outcome, clock } = called();
    servers[0]!.say(bytes);
    clock.settle();
    expect(outcome.calls).toBe(1);
    expect(outcome.error).toMatchObject(expected);
    expect(outcome.response).toHaveLength(0);
  });

  it('CANCEL by a server that acts on the deadline first', () => {
    const { pool, servers, clock } = rawClient();
    const outcome = unary(pool, METHOD, Buffer.alloc(0), { deadlineMs: clock.nowMs() + 1000 });
    clock.advance(1000);
    expect(outcome.calls).toBe(0);
    servers[0]!.say(numberFrame(3, 1, 8));
    clock.settle();
    expect(outcome.error).toMatchObject({ code: StatusCode.DeadlineExceeded, message: 'context deadline exceeded' });
    expect(outcome.calls).toBe(1);
  });

  it('GOAWAY that lets the call finish', () => {
    const { servers, outcome, pool, clock } = called();
    clock.advance(1000);
    servers[0]!.say(goaway(1, 0));
    expect(servers).toHaveLength(2);
    const next = unary(pool, METHOD, Buffer.alloc(0));
    clock.settle();
    servers[1]!.say(answer(1, 'new'));
    servers[0]!.say(answer(1, 'old'));
    expect([outcome.response?.toString(), next.response?.toString()]).toEqual(['old', 'new']);
    expect(servers[0]!.closed).toBe(true);
  });

  it('speech that is not HTTP/2 is named', () => {
    const name = (hello: string): string | undefined => {
      const { pool } = rawClient({}, Buffer.from(hello, 'latin1'));
      return pool.trouble;
    };
    expect(name('HTTP/1.1 400 Bad Request\r\n')).toContain('the server speaks HTTP/1.1, not HTTP/2');
    expect(name('\x15\x03\x01\x00\x02\x02\x46')).toContain('the server speaks TLS, the client does not');
  });
});

describe('what the client keeps to', () => {
  it('the window of the server', () => {
    const pair = rawClient({}, settingsFrame({ 4: 10 }));
    const { servers, outcome, clock } = called(pair);
    expect(servers[0]!.dataOf(1)).toHaveLength(10);
    servers[0]!.say(numberFrame(8, 1, 1));
    expect(servers[0]!.dataOf(1)).toHaveLength(11);
    servers[0]!.say(numberFrame(8, 1, 1000));
    expect(servers[0]!.dataOf(1)).toEqual(grpcMessage('request'));
    expect(servers[0]!.framesOf(0, 1).at(-1)!.flags).toBe(1);
    servers[0]!.say(answer(1, 'x'));
    clock.settle();
    expect(outcome.response?.toString()).toBe('x');
  });

  it('a window made smaller after the fact', () => {
    const pair = rawClient({}, settingsFrame({ 4: 8 }));
    const { servers } = called(pair);
    servers[0]!.say(settingsFrame({ 4: 0 }), numberFrame(8, 1, 8));
    expect(servers[0]!.dataOf(1)).toHaveLength(8);
    servers[0]!.say(numberFrame(8, 1, 4));
    expect(servers[0]!.dataOf(1)).toEqual(grpcMessage('request'));
  });

  it('a hundred streams until the server says how many', () => {
    const { pool, clock, servers } = rawClient({}, Buffer.alloc(0));
    for (let i = 0; i < 150; i++) unary(pool, METHOD, Buffer.alloc(0));
    clock.settle();
    expect(servers[0]!.framesOf(1)).toHaveLength(100);
    servers[0]!.say(settingsFrame({ 3: 120 }));
    expect(servers[0]!.framesOf(1)).toHaveLength(120);
    servers[0]!.say(numberFrame(3, 1, 8));
    expect(servers[0]!.framesOf(1)).toHaveLength(121);
  });

  it('one header block per method: seven bytes from the second call on', () => {
    const { servers, pool, clock } = called();
    unary(pool, METHOD, Buffer.alloc(0));
    clock.settle();
    expect(servers[0]!.framesOf(1, 3)[0]!.payload).toHaveLength(7);
  });

  it('one encoding of one timeout', () => {
    const { servers, pool, clock } = rawClient();
    for (let i = 0; i < 3; i++) unary(pool, METHOD, Buffer.alloc(0), { deadlineMs: clock.nowMs() + 5000 });
    clock.settle();
    expect(servers[0]!.fieldsOf(5)['grpc-timeout']).toBe('5000m');
    clock.advance(6000);
  });

  it('a timeout from the reading of the clock that came with the call, or a new one where the call had to wait', () => {
    const { servers, pool, clock } = rawClient({}, Buffer.alloc(0));
    const nowMs = clock.nowMs() - 7;
    for (let i = 0; i < 101; i++) unary(pool, METHOD, Buffer.alloc(0), { nowMs, deadlineMs: nowMs + 5000 });
    clock.settle();
    expect(servers[0]!.fieldsOf(1)['grpc-timeout']).toBe('5000m');
    clock.advance(1000);
    servers[0]!.say(settingsFrame({ 3: 120 }));
    expect(servers[0]!.fieldsOf(201)['grpc-timeout']).toBe('3993m');
    clock.advance(6000);
  });
});

describe('the pool', () => {
  it('takes its connections in turn, or the one named', () => {
    const { servers, pool, clock } = rawClient({ connections: 3 });
    for (let i = 0; i < 6; i++) unary(pool, METHOD, Buffer.alloc(0));
    for (let i = 0; i < 4; i++) unary(pool, METHOD, Buffer.alloc(0), { connection: 1 });
    clock.settle();
    expect(servers.map((server) => server.framesOf(1).length)).toEqual([2, 6, 2]);
    expect(() => unary(pool, METHOD, Buffer.alloc(0), { connection: 3 })).toThrow('connection 3 of a pool of 3');
  });

  it('spreads its connections over the endpoints', () => {
    const endpoints = [1, 2].map((port) => ({ host: 'h', port }));
    const { network } = rawClient({ connections: 5, endpoints });
    expect(network.dialled.map(({ port }) => port)).toEqual([1, 2, 1, 2, 1]);
  });

  it('dials again after a growing pause, and says why it is down', () => {
    const pair = rawClient({ backoff: { jitter: 0 } });
    const { pool, clock, network, servers } = pair;
    network.refusal = new Error('connect ECONNREFUSED');
    servers[0]!.onEnd();
    clock.settle();
    const at: number[] = [];
    for (let ms = 1; ms <= 1000; ms++) {
      const before = network.dialled.length;
      clock.advance(1);
      if (network.dialled.length > before) at.push(clock.nowMs());
    }
    expect(at.slice(0, 4).map((ms, i) => Math.round(ms - (at[i - 1] ?? 0)))).toEqual([100, 160, 256, 410]);
    expect(pool.trouble).toBe('memory:1: connect ECONNREFUSED');
    const outcome = unary(pool, METHOD, Buffer.alloc(0));
    clock.settle();
    expect(outcome.error).toMatchObject({ code: StatusCode.Unavailable, unprocessed: true });
    network.refusal = undefined;
    clock.advance(2000);
    expect(pool.trouble).toBeUndefined();
  });

  it('fails the calls of a lost connection, and does not say that they were not processed', () => {
    const { servers, outcome, clock } = called();
    servers[0]!.onEnd();
    clock.settle();
    expect(outcome.error).toMatchObject({
      code: StatusCode.Unavailable,
      message: 'the peer closed the connection',
      unprocessed: false,
    });
  });

  it('tells when every connection is up', () => {
    const { pool, servers, clock } = rawClient({ connections: 2 }, Buffer.alloc(0));
    let ready = 0;
    pool.onceReady(() => ready++);
    servers[0]!.say(SETTINGS);
    expect([ready, pool.readyCount]).toEqual([0, 1]);
    servers[1]!.say(SETTINGS);
    clock.settle();
    expect([ready, pool.readyCount]).toEqual([1, 2]);
    pool.onceReady(() => ready++);
    expect(ready).toBe(2);
  });

  it('gives up a server that answers no pings while calls wait', () => {
    const pair = rawClient({ keepaliveTimeMs: 1000, keepaliveTimeoutMs: 500 });
    const { servers, clock } = pair;
    clock.advance(5000);
    expect(servers[0]!.framesOf(6)).toHaveLength(0);
    const { outcome } = called(pair);
    clock.advance(2000);
    expect(servers[0]!.framesOf(6)).toHaveLength(1);
    clock.advance(500);
    expect(outcome.error).toMatchObject({ code: StatusCode.Unavailable });
    expect(outcome.error!.message).toContain('does not answer pings');
  });
});
