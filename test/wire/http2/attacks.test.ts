/** What a hostile client may try, by the name under which it became known. Every one must leave the server standing. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/wire/index.ts';
import type { UnaryCall } from '../../../src/wire/index.ts';
import {
  CLIENT_HELLO,
  frame,
  grpcMessage,
  headerBlock,
  message,
  numberFrame,
  request,
  requestBlock,
  settingsFrame,
} from '../support/frames.ts';
import { rawServer } from '../support/raw-peer.ts';

const repeat = (count: number, make: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
const PING = frame(6, 0, 0, Buffer.alloc(8));

describe('attacks', () => {
  it('rapid reset (CVE-2023-44487): opening and resetting streams without end ends the connection', () => {
    const { peer, server } = rawServer();
    const waiting: UnaryCall[] = [];
    server.unary('/t.T/Slow', (call) => waiting.push(call));
    peer.say(
      repeat(20_000, (i) => {
        const id = 2 * i + 1;
        return Buffer.concat([request(id, '/t.T/Slow'), message(id, 'x'), numberFrame(3, id, 8)]);
      }),
    );
    expect(peer.goodbye).toBe('EnhanceYourCalm: too many stream resets');
    expect(waiting.length).toBeLessThanOrEqual(DEFAULT_LIMITS.maxConcurrentStreams);
  });

  it('rapid reset: calls whose stream was reset still count while their handler works', () => {
    const { peer, server } = rawServer({ limits: { maxConcurrentStreams: 10 } });
    const waiting: UnaryCall[] = [];
    server.unary('/t.T/Slow', (call) => waiting.push(call));
    const open = (id: number): Buffer => Buffer.concat([request(id, '/t.T/Slow'), message(id, 'x')]);
    peer.say(repeat(30, (i) => Buffer.concat([open(2 * i + 1), numberFrame(3, 2 * i + 1, 8)])));
    expect(waiting).toHaveLength(10);
    expect(peer.resetOf(21)).toBe('RefusedStream');
    for (const call of waiting.splice(0)) call.respond(Buffer.alloc(0));
    peer.say(open(101));
    expect(waiting).toHaveLength(1);
  });

  it('made you reset (CVE-2025-8671): faults that make the server reset count as resets', () => {
    const { peer } = rawServer();
    peer.say(repeat(10_000, (i) => Buffer.concat([request(2 * i + 1, '/t.T/Echo'), numberFrame(8, 2 * i + 1, 0)])));
    expect(peer.goodbye).toBe('EnhanceYourCalm: too many stream resets');
  });

  it('CONTINUATION flood (CVE-2024-27316): a block without end is cut off by its size', () => {
    const { peer } = rawServer();
    const piece = frame(9, 0, 1, Buffer.alloc(8000, 0x88));
    peer.say(
      frame(1, 0, 1, requestBlock('/t.T/Echo')),
      repeat(20, () => piece),
    );
    expect(peer.goodbye).toMatch(/^EnhanceYourCalm: a header block/);
    expect(peer.closed).toBe(true);
  });

  it('CONTINUATION flood: empty frames are cut off by their number', () => {
    const { peer } = rawServer();
    peer.say(
      frame(1, 0, 1, requestBlock('/t.T/Echo')),
      repeat(1000, () => frame(9, 0, 1)),
    );
    expect(peer.goodbye).toMatch(/^EnhanceYourCalm/);
  });

  it('HPACK bomb: a small block of a huge list is answered, not built', () => {
    const { peer } = rawServer();
    const big = Buffer.concat([Buffer.from([0x40, 3, 0x78, 0x2d, 0x61, 0x7f, 0x81, 0x1d]), Buffer.alloc(3840, 0x62)]);
    const bomb = Buffer.concat([requestBlock('/t.T/Echo'), big, Buffer.alloc(5000, 0xbe)]);
    peer.say(frame(1, 4, 1, bomb));
    expect(peer.fieldsOf(1)['grpc-status']).toBe('8');
    peer.say(request(3, '/t.T/Echo'), message(3, 'still there'));
    expect(peer.dataOf(3).toString()).toContain('still there');
  });

  it('SETTINGS flood (CVE-2019-9515) ends the connection', () => {
    const { peer } = rawServer();
    peer.say(repeat(10_000, () => settingsFrame({ 4: 65_535 })));
    expect(peer.goodbye).toBe('EnhanceYourCalm: too many SETTINGS');
    expect(peer.framesOf(4).length).toBeLessThan(200);
  });

  it('PING flood (CVE-2019-9512) ends the connection', () => {
    const { peer } = rawServer();
    peer.say(repeat(10_000, () => PING));
    expect(peer.goodbye).toBe('EnhanceYourCalm: too_many_pings');
    expect(peer.framesOf(6).length).toBeLessThan(10);
  });

  it('PINGs between the frames of a long answer are no flood: that is how grpc-go measures its window', () => {
    const { peer, server } = rawServer();
    server.unary('/t.T/Long', (call) => call.respond(Buffer.alloc(1_000_000)));
    peer.say(request(1, '/t.T/Long'), message(1, 'x'));
    for (let i = 0; i < 20; i++) peer.say(PING, numberFrame(8, 0, 20_000), numberFrame(8, 1, 20_000));
    expect(peer.goodbye).toBeUndefined();
    // While nothing comes they count.
    peer.say(repeat(10, () => PING));
    expect(peer.goodbye).toBe('EnhanceYourCalm: too_many_pings');
  });

  it('PING acknowledgements nobody asked for end the connection, too', () => {
    const { peer } = rawServer();
    peer.say(repeat(100_000, () => frame(6, 1, 0, Buffer.alloc(8))));
    expect(peer.goodbye).toBe('EnhanceYourCalm: too many PINGs');
  });

  it('empty frames flood (CVE-2019-9518): DATA that carries nothing ends the connection', () => {
    const { peer } = rawServer();
    peer.say(
      request(1, '/t.T/Echo'),
      repeat(20_000, () => frame(0, 0, 1)),
    );
    expect(peer.goodbye).toBe('EnhanceYourCalm: too many frames without effect');
  });

  it('resource loop (CVE-2019-9513): PRIORITY without end ends the connection', () => {
    const { peer } = rawServer();
    peer.say(repeat(20_000, (i) => frame(2, 0, 2 * i + 1, Buffer.alloc(5))));
    expect(peer.goodbye).toBe('EnhanceYourCalm: too many frames without effect');
  });

  it('reset flood (CVE-2019-9514): malformed requests are resets and counted', () => {
    const { peer } = rawServer();
    const malformed = headerBlock({ ':method': 'POST', 'Upper-Case': 'x' });
    peer.say(repeat(10_000, (i) => frame(1, 5, 2 * i + 1, malformed)));
    expect(peer.goodbye).toBe('EnhanceYourCalm: too many stream resets');
  });

  it('data dribble (CVE-2019-9511): a window opened byte by byte costs frames, not memory', () => {
    const { peer } = rawServer({}, 65_536, Buffer.concat([CLIENT_HELLO, settingsFrame({ 4: 0 })]));
    peer.say(request(1, '/t.T/Echo'), message(1, 'dribble'));
    expect(peer.dataOf(1)).toHaveLength(0);
    for (let i = 0; i < 12; i++) peer.say(numberFrame(8, 1, 1));
    expect(peer.dataOf(1)).toEqual(grpcMessage('dribble'));
    expect(peer.fieldsOf(1)['grpc-status']).toBe('0');
  });

  it('internal data buffering (CVE-2019-9517): answers that nobody reads are bounded, further calls refused', () => {
    const { peer, server } = rawServer({ limits: { maxUnreadAnswerBytes: 500_000 } });
    const answer = Buffer.alloc(100_000);
    let handled = 0;
    server.unary('/t.T/Large', (call) => {
      handled++;
      call.respond(answer);
    });
    const ask = (id: number): Buffer => Buffer.concat([request(id, '/t.T/Large'), message(id, 'x')]);
    peer.say(repeat(50, (i) => ask(2 * i + 1)));
    expect(handled).toBe(6);
    expect(peer.framesOf(1).filter(({ flags }) => (flags & 1) !== 0)).toHaveLength(44);
    // Once it reads, it is served again.
    peer.say(
      numberFrame(8, 0, 10_000_000),
      repeat(6, (i) => numberFrame(8, 2 * i + 1, 1_000_000)),
      ask(201),
    );
    expect(handled).toBe(7);
    expect(peer.dataOf(1)).toEqual(grpcMessage(answer));
  });

  it('a client that pings but does not read is not read either', () => {
    const { peer, clock, server } = rawServer({
      limits: { maxPendingOutputBytes: 70_000, pingRate: { burst: 1e9, perSecond: 1 } },
      keepaliveMinTimeMs: 0,
    });
    void server;
    peer.stopReading();
    peer.say(request(1, '/t.T/Echo'));
    for (let i = 0; i < 100; i++) peer.say(repeat(1000, () => PING));
    const before = peer.framesOf(6).length;
    expect(before).toBe(0);
    peer.startReading();
    clock.settle();
    // The rest was held back at the client's end and is answered now that it reads.
    expect(peer.framesOf(6)).toHaveLength(100_000);
  });

  it('window overflow: a connection window above 2^31-1 ends the connection', () => {
    const { peer } = rawServer();
    peer.say(numberFrame(8, 0, 0x7fffffff));
    expect(peer.goodbye).toBe('FlowControlError: connection window above 2^31-1');
  });

  it('window overflow: a stream window above 2^31-1 ends the stream only', () => {
    const { peer } = rawServer();
    peer.say(request(1, '/t.T/Echo'), numberFrame(8, 1, 0x7fffffff));
    expect(peer.resetOf(1)).toBe('FlowControlError');
    peer.say(request(3, '/t.T/Echo'), message(3, 'next'));
    expect(peer.dataOf(3)).toEqual(grpcMessage('next'));
  });

  it('window overflow: SETTINGS that widen a stream above 2^31-1 end the connection', () => {
    const { peer } = rawServer();
    peer.say(request(1, '/t.T/Echo'), numberFrame(8, 1, 0x7fffffff - 65_535), settingsFrame({ 4: 65_536 }));
    expect(peer.goodbye).toBe('FlowControlError: stream window above 2^31-1');
  });

  it('window violation: DATA beyond the stream window ends the stream', () => {
    const { peer, server } = rawServer();
    server.stream('/t.T/Deaf', (call) => call.pause());
    peer.say(
      request(1, '/t.T/Deaf'),
      repeat(5, () => frame(0, 0, 1, Buffer.alloc(16_384))),
    );
    expect(peer.resetOf(1)).toBe('FlowControlError');
    expect(peer.goodbye).toBeUndefined();
  });

  it('half-closed abuse: DATA after END_STREAM ends the stream with StreamClosed', () => {
    const { peer, server } = rawServer();
    let cancelled = false;
    server.unary('/t.T/Slow', (call) => call.onCancel(() => (cancelled = true)));
    peer.say(request(1, '/t.T/Slow'), message(1, 'x'), message(1, 'y'));
    expect(peer.resetOf(1)).toBe('StreamClosed');
    expect(cancelled).toBe(true);
  });

  it('half-closed abuse: frames on closed streams are counted and end the connection', () => {
    const { peer } = rawServer();
    peer.say(
      request(1, '/t.T/Echo'),
      message(1, 'x'),
      repeat(20_000, () => message(1, 'again')),
    );
    expect(peer.goodbye).toBe('EnhanceYourCalm: too many frames without effect');
  });

  it('half-closed abuse: headers after END_STREAM end the stream', () => {
    const { peer, server } = rawServer();
    server.unary('/t.T/Slow', () => undefined);
    peer.say(request(1, '/t.T/Slow'), message(1, 'x'), request(1, '/t.T/Slow'));
    expect(peer.resetOf(1)).toBe('StreamClosed');
  });

  it('too many streams are refused, one by one, and none of them is begun', () => {
    const { peer, server } = rawServer({ limits: { maxConcurrentStreams: 5 } });
    let begun = 0;
    server.stream('/t.T/Open', () => begun++);
    peer.say(repeat(8, (i) => request(2 * i + 1, '/t.T/Open')));
    expect(begun).toBe(5);
    expect([11, 13, 15].map((id) => peer.resetOf(id))).toEqual(['RefusedStream', 'RefusedStream', 'RefusedStream']);
    expect(peer.resetOf(9)).toBeUndefined();
  });

  it('large messages announced but not sent hold no memory beyond the budget, and do not stop others', () => {
    const { peer } = rawServer({ limits: { assemblyBudgetBytes: 4_000_000, maxMessageBytes: 2_000_000 } });
    const announced = Buffer.alloc(5);
    announced.writeUInt32BE(1_900_000, 1);
    peer.say(repeat(50, (i) => Buffer.concat([request(2 * i + 1, '/t.T/Echo'), frame(0, 0, 2 * i + 1, announced)])));
    const opened = peer.framesOf(8).filter(({ id }) => id !== 0);
    expect(opened).toHaveLength(2);
    peer.say(request(1001, '/t.T/Echo'), message(1001, 'small'));
    expect(peer.dataOf(1001)).toEqual(grpcMessage('small'));
    // A reset gives its share to the next in line.
    peer.say(numberFrame(3, 1, 8));
    expect(peer.framesOf(8).filter(({ id }) => id !== 0)).toHaveLength(3);
  });

  it('a client that never says hello is cut off', () => {
    const { peer, clock } = rawServer({}, 65_536, Buffer.from('PRI * HT'));
    clock.advance(21_000);
    expect(peer.goodbye).toBe('SettingsTimeout: no SETTINGS from the peer');
    expect(peer.closed).toBe(true);
  });
});
