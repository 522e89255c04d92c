/** Requests that our own client never makes: compressed messages, deadlines that have passed, paths of nothing. */
import * as http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StatusCode } from '../../../src/wire/index.ts';
import { prefixed, rawCall, type RawAnswer } from '../../support/raw-call.ts';
import { liveServer } from '../support/live.ts';

const MAX_BYTES = 100_000;
const GZIP = { 'grpc-encoding': 'gzip' };

type Ask = (path: string, body: Uint8Array, headers?: Record<string, string | undefined>) => Promise<RawAnswer>;

async function asker(onCall: () => void = () => undefined): Promise<Ask> {
  const limits = { maxMessageBytes: MAX_BYTES };
  const { port, server } = await liveServer({ server: { limits } });
  server.unary('/t.T/Seen', (call) => {
    onCall();
    call.respond(call.request);
  });
  const session = http2.connect(`http://127.0.0.1:${port.port}`);
  onTestFinished(() => session.destroy());
  return (path, body, headers) => rawCall(session, path, body, headers);
}

describe('a compressed message', () => {
  it('is taken where its call says that it is of gzip, whole or in many frames, and answered plain', async () => {
    const ask = await asker();
    for (const bytes of [0, 1, 1000, MAX_BYTES]) {
      // What does not compress, and so takes more than one frame.
      const message = Buffer.from(Array.from({ length: bytes }, (_, i) => (i * i * 31 + (i >> 3)) & 255));
      const { code, body } = await ask('/t.T/Echo', prefixed(gzipSync(message), 1), GZIP);
      expect([code, body.equals(prefixed(message))]).toEqual([StatusCode.Ok, true]);
    }
  });

  it('may stand among plain ones on a stream', async () => {
    const ask = await asker();
    const [a, b, c] = ['a', 'bb', 'ccc'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
    const sent = Buffer.concat([prefixed(a), prefixed(gzipSync(b), 1), prefixed(c)]);
    const { code, body } = await ask('/t.T/Chat', sent, GZIP);
    expect([code, body]).toEqual([StatusCode.Ok, Buffer.concat([prefixed(a), prefixed(b), prefixed(c)])]);
  });

  it('is never made larger than the limit', async () => {
    const ask = await asker();
    for (const bytes of [MAX_BYTES + 1, 50 * MAX_BYTES]) {
      expect(await ask('/t.T/Echo', prefixed(gzipSync(Buffer.alloc(bytes)), 1), GZIP)).toMatchObject({
        code: StatusCode.ResourceExhausted,
        message: `grpc: received message after decompression larger than max ${MAX_BYTES}`,
      });
    }
  });

  it('is refused where it is none', async () => {
    const ask = await asker();
    const whole = gzipSync(Buffer.alloc(100));
    const flipped = Buffer.from(whole);
    flipped[flipped.length - 6]! ^= 1;
    for (const broken of [Buffer.alloc(0), Buffer.from('hello'), whole.subarray(0, 15), flipped]) {
      expect(await ask('/t.T/Echo', prefixed(broken, 1), GZIP)).toMatchObject({
        code: StatusCode.Internal,
        message: expect.stringMatching(/^grpc: failed to decompress the message: /) as string,
      });
    }
    expect((await ask('/t.T/Echo', prefixed(whole, 1), GZIP)).code).toBe(StatusCode.Ok);
  });

  it.each([
    ['of no encoding', 1, {}, StatusCode.Internal, 'grpc: compressed flag set with identity or empty encoding'],
    [
      'of an unknown encoding',
      1,
      { 'grpc-encoding': 'deflate' },
      StatusCode.Unimplemented,
      'grpc: Decompressor is not installed for grpc-encoding "deflate"',
    ],
    ['with an unknown flag', 2, GZIP, StatusCode.Internal, 'grpc: received unexpected payload format 2'],
  ])('%s is refused', async (_name, flag, headers, code, message) => {
    const ask = await asker();
    const { body, ...told } = await ask('/t.T/Echo', prefixed(Buffer.from('x'), flag), headers);
    expect(told).toEqual({ httpStatus: 200, code, message });
    expect(body.length).toBe(0);
  });
});

describe('a call', () => {
  it('whose time is over when it comes is not done', async () => {
    let calls = 0;
    const ask = await asker(() => calls++);
    for (const timeout of ['0n', '0S']) {
      const answer = await ask('/t.T/Seen', prefixed(Buffer.from('x')), { 'grpc-timeout': timeout });
      expect(answer).toMatchObject({ code: StatusCode.DeadlineExceeded, message: 'context deadline exceeded' });
    }
    expect(calls).toBe(0);
    expect((await ask('/t.T/Seen', prefixed(Buffer.from('x')), { 'grpc-timeout': '1M' })).code).toBe(StatusCode.Ok);
    expect(calls).toBe(1);
  });

  it.each([
    ['/t.T/Nothing', 'unknown method Nothing for service t.T'],
    ['/t.U/Echo', 'unknown service t.U'],
    ['/t.T/Echo/x', 'unknown service t.T/Echo'],
    ['/Echo', 'malformed method name: "/Echo"'],
    ['/', 'malformed method name: "/"'],
    ['Echo', 'malformed method name: "Echo"'],
  ])('of %s is answered with %s', async (path, message) => {
    const ask = await asker();
    expect(await ask(path, prefixed(Buffer.from('x')))).toMatchObject({ code: StatusCode.Unimplemented, message });
  });
});
