/** RFC 9113 as a server must keep it: what ends the connection, what a stream, and what nothing at all. */
import { describe, expect, it } from 'vitest';
import { PREFACE } from '../../../src/wire/http2/constants.ts';
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
import { RawPeer, rawServer } from '../support/raw-peer.ts';

describe('the end of the connection', () => {
  it.each<[string, Buffer, string]>([
    ['DATA on stream 0', frame(0, 0, 0), 'ProtocolError'],
    ['HEADERS on stream 0', frame(1, 4, 0, requestBlock('/a')), 'ProtocolError'],
    ['an even stream', request(2, '/a'), 'ProtocolError'],
    ['DATA on an idle stream', message(1, 'x'), 'ProtocolError'],
    ['RST_STREAM on an idle stream', numberFrame(3, 1, 8), 'ProtocolError'],
    ['RST_STREAM on stream 0', numberFrame(3, 0, 8), 'ProtocolError'],
    ['WINDOW_UPDATE on an idle stream', numberFrame(8, 1, 1), 'ProtocolError'],
    ['WINDOW_UPDATE by 0', numberFrame(8, 0, 0), 'ProtocolError'],
    ['WINDOW_UPDATE of three bytes', frame(8, 0, 0, Buffer.alloc(3)), 'FrameSizeError'],
    ['PING on a stream', frame(6, 0, 1, Buffer.alloc(8)), 'ProtocolError'],
    ['PING of seven bytes', frame(6, 0, 0, Buffer.alloc(7)), 'FrameSizeError'],
    ['SETTINGS on a stream', frame(4, 0, 1), 'ProtocolError'],
    ['SETTINGS of five bytes', frame(4, 0, 0, Buffer.alloc(5)), 'FrameSizeError'],
    ['a SETTINGS acknowledgement with a payload', frame(4, 1, 0, Buffer.alloc(6)), 'FrameSizeError'],
    ['an initial window of 2^31', settingsFrame({ 4: 0x80000000 }), 'FlowControlError'],
    ['a maximum frame size of 100', settingsFrame({ 5: 100 }), 'ProtocolError'],
    ['ENABLE_PUSH 2', settingsFrame({ 2: 2 }), 'ProtocolError'],
    ['GOAWAY of seven bytes', frame(7, 0, 0, Buffer.alloc(7)), 'FrameSizeError'],
    ['GOAWAY on a stream', frame(7, 0, 1, Buffer.alloc(8)), 'ProtocolError'],
    ['PRIORITY of four bytes', frame(2, 0, 1, Buffer.alloc(4)), 'FrameSizeError'],
    ['PUSH_PROMISE', frame(5, 4, 1, Buffer.alloc(8)), 'ProtocolError'],
    ['CONTINUATION alone', frame(9, 4, 1), 'ProtocolError'],
    [
      'a frame inside a header block',
      Buffer.concat([frame(1, 0, 1), frame(6, 0, 0, Buffer.alloc(8))]),
      'ProtocolError',
    ],
    ['CONTINUATION of another stream', Buffer.concat([frame(1, 0, 1), frame(9, 4, 3)]), 'ProtocolError'],
    ['a frame of more than 16,384 bytes', frame(0, 0, 1, Buffer.alloc(16_385)), 'FrameSizeError'],
    ['padding longer than its frame', frame(1, 0x0c, 1, Buffer.from([9, 1, 2])), 'ProtocolError'],
    ['a broken header block', frame(1, 4, 1, Buffer.from([0x80])), 'CompressionError'],
  ])('%s', (_what, bytes, code) => {
    const { peer } = rawServer();
    peer.say(bytes);
    expect(peer.goodbye?.split(':')[0]).toBe(code);
    expect(peer.closed).toBe(true);
  });

  it('a wrong preface', () => {
    const { peer } = rawServer({}, 65_536, Buffer.from('PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n'));
    expect(peer.goodbye).toMatch(/^ProtocolError/);
  });

  it('a first frame that is not SETTINGS', () => {
    const { peer } = rawServer({}, 65_536, Buffer.concat([PREFACE, frame(6, 0, 0, Buffer.alloc(8))]));
    expect(peer.goodbye).toMatch(/^ProtocolError: the first frame/);
  });
});

describe('the end of a stream', () => {
  it.each<[string, Record<string, string>]>([
    ['no path', { ':method': 'POST', ':scheme': 'http', 'content-type': 'application/grpc' }],
    ['an unknown pseudo-field', { ':method': 'POST', ':scheme': 'http', ':path': '/a', ':status': '200' }],
    ['a pseudo-field after a field', { ':method': 'POST', ':scheme': 'http', a: 'b', ':path': '/a' }],
    ['connection', { ':method': 'POST', ':scheme': 'http', ':path': '/a', connection: 'close' }],
    ['te other than trailers', { ':method': 'POST', ':scheme': 'http', ':path': '/a', te: 'gzip' }],
    ['an upper-case name', { ':method': 'POST', ':scheme': 'http', ':path': '/a', Name: 'x' }],
    ['a newline in a value', { ':method': 'POST', ':scheme': 'http', ':path': '/a', name: 'x\ny' }],
  ])('a malformed request: %s', (_what, fields) => {
    const { peer } = rawServer();
    peer.say(frame(1, 5, 1, headerBlock(fields)));
    expect(peer.resetOf(1)).toBe('ProtocolError');
    peer.say(request(3, '/t.T/Echo'), message(3, 'ok'));
    expect(peer.dataOf(3)).toEqual(grpcMessage('ok'));
  });

  it('WINDOW_UPDATE by 0', () => {
    const { peer } = rawServer();
    peer.say(request(1, '/t.T/Echo'), numberFrame(8, 1, 0));
    expect(peer.resetOf(1)).toBe('ProtocolError');
  });

  it('trailers that do not end it', () => {
    const { peer } = rawServer();
    peer.say(request(1, '/t.T/Echo'), request(1, '/t.T/Echo'));
    expect(peer.resetOf(1)).toBe('ProtocolError');
  });
});

describe('what a server must bear', () => {
  it('padding, priority, unknown frames and unknown settings', () => {
    const { peer } = rawServer();
    const block = requestBlock('/t.T/Echo');
    const headers = Buffer.concat([Buffer.from([3]), Buffer.alloc(5), block, Buffer.alloc(3)]);
    const data = Buffer.concat([Buffer.from([200]), grpcMessage('padded'), Buffer.alloc(200)]);
    peer.say(settingsFrame({ 99: 1 }), frame(77, 255, 5), frame(1, 4 | 8 | 32, 1, headers), frame(0, 9, 1, data));
    expect(peer.dataOf(1)).toEqual(grpcMessage('padded'));
  });

  it('a request cut into single bytes', () => {
    const { peer } = rawServer({}, 1);
    peer.say(request(1, '/t.T/Echo'), message(1, 'one by one'));
    expect(peer.dataOf(1)).toEqual(grpcMessage('one by one'));
    expect(peer.fieldsOf(1)['grpc-status']).toBe('0');
  });

  it('a header block in three frames', () => {
    const { peer } = rawServer();
    const block = requestBlock('/t.T/Echo');
    peer.say(
      frame(1, 0, 1, block.subarray(0, 3)),
      frame(9, 0, 1, block.subarray(3, 9)),
      frame(9, 4, 1, block.subarray(9)),
    );
    peer.say(message(1, 'x'));
    expect(peer.dataOf(1)).toEqual(grpcMessage('x'));
  });

  it('a message cut into many DATA frames, its prefix too, ended by an empty one', () => {
    const { peer } = rawServer();
    const bytes = grpcMessage('in pieces');
    const pieces = [...bytes].map((byte) => frame(0, 0, 1, Buffer.from([byte])));
    peer.say(request(1, '/t.T/Echo'), ...pieces, frame(0, 1, 1));
    expect(peer.dataOf(1)).toEqual(bytes);
  });

  it('a request ended by trailers', () => {
    const { peer } = rawServer();
    peer.say(request(1, '/t.T/Echo'), message(1, 'x', false), frame(1, 5, 1, headerBlock({ trailer: 'x' })));
    expect(peer.dataOf(1)).toEqual(grpcMessage('x'));
  });

  it('resets of streams long gone', () => {
    const { peer } = rawServer();
    peer.say(request(1, '/t.T/Echo'), message(1, 'x'), numberFrame(3, 1, 8), numberFrame(8, 1, 100));
    peer.say(request(3, '/t.T/Echo'), message(3, 'y'));
    expect(peer.dataOf(3)).toEqual(grpcMessage('y'));
  });

  it('a header table of size 0, and one that changes', () => {
    const { peer } = rawServer({}, 65_536, Buffer.concat([CLIENT_HELLO, settingsFrame({ 1: 0 })]));
    const ask = (id: number): Buffer => Buffer.concat([request(id, '/t.T/Echo'), message(id, 'x')]);
    peer.say(ask(1), ask(3));
    peer.say(settingsFrame({ 1: 4096 }), ask(5), ask(7), settingsFrame({ 1: 60 }), ask(9), ask(11));
    // One decoder sees all blocks in order; that it does not throw is the proof.
    expect(peer.fieldsOf(11)).toEqual({ ':status': '200', 'content-type': 'application/grpc', 'grpc-status': '0' });
  });
});

describe('what a server says', () => {
  it('acknowledges SETTINGS and PING', () => {
    const { peer } = rawServer();
    peer.say(frame(6, 0, 0, Buffer.from('12345678')));
    expect(peer.framesOf(4).filter(({ flags }) => flags === 1)).toHaveLength(1);
    expect(peer.framesOf(6)[0]).toMatchObject({ flags: 1, payload: Buffer.from('12345678') });
  });

  it('answers everything of one turn in one write', () => {
    const { peer, clock } = rawServer();
    let chunks = 0;
    const take = (chunk: Uint8Array): void => RawPeer.prototype.onData.call(peer, chunk);
    peer.onData = (chunk) => {
      chunks++;
      take(chunk);
    };
    const many = Array.from({ length: 50 }, (_, i) => [request(2 * i + 1, '/t.T/Echo'), message(2 * i + 1, 'x')]);
    peer.say(...many.flat());
    clock.settle();
    expect(chunks).toBe(1);
  });

  it('gives connection window back on arrival, and stream window when the bytes are used', () => {
    const { peer, server } = rawServer({ limits: { connectionWindowBytes: 65_535 } });
    const held: (() => void)[] = [];
    server.stream('/t.T/Slow', (call) => {
      call.pause();
      held.push(() => call.resume());
    });
    const chunk = grpcMessage(Buffer.alloc(16_000));
    peer.news();
    peer.say(request(1, '/t.T/Slow'), ...Array.from({ length: 4 }, () => frame(0, 0, 1, chunk)));
    expect(peer.news().map(({ type, id }) => [type, id])).toEqual([[8, 0]]);
    held[0]!();
    peer.say();
    expect(peer.news().map(({ type, id }) => [type, id])).toEqual([[8, 1]]);
  });

  it('settings come first, with its limits', () => {
    const { peer } = rawServer({ limits: { maxConcurrentStreams: 7 } }, 65_536, Buffer.alloc(0));
    const first = peer.frames[0]!;
    expect(first.type).toBe(4);
    expect(first.payload.toString('hex')).toContain('000300000007');
  });
});
