/** Node's own HTTP/2 (nghttp2) on the other end, with header fields that exercise both HPACK implementations. */
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callUnary, Metadata, PreparedMethod } from '../../../src/wire/index.ts';
import { grpcMessage } from '../support/frames.ts';
import { liveServer, readyPool } from '../support/live.ts';

/** Every printable character, over many lengths, so that both codings of strings are met. */
function text(i: number): string {
  return Array.from({ length: i % 90 }, (_, j) => String.fromCharCode(33 + ((i * 7 + j * 13) % 94))).join('');
}

describe('node:http2', () => {
  it('as a client is understood over a thousand requests with changing headers', async () => {
    const { port, server } = await liveServer();
    const wrong: string[] = [];
    server.unary('/t.T/Fields', (call) => {
      const i = Number(call.metadata.get('x-index'));
      if (call.metadata.get('x-text') !== text(i)) wrong.push(`${i}: ${call.metadata.get('x-text')}`);
      call.respond(call.request);
    });
    const session = http2.connect(`http://127.0.0.1:${port.port}`);
    onTestFinished(() => session.destroy());
    const ask = (i: number): Promise<number> =>
      new Promise((resolve, reject) => {
        const stream = session.request({
          ':method': 'POST',
          ':path': '/t.T/Fields',
          'content-type': 'application/grpc',
          te: 'trailers',
          'x-index': String(i),
          'x-text': text(i),
        });
        let status = NaN;
        stream.on('trailers', (trailers: http2.IncomingHttpHeaders) => (status = Number(trailers['grpc-status'])));
        stream.on('close', () => resolve(status));
        stream.on('error', reject);
        stream.resume();
        stream.end(grpcMessage('x'));
      });
    const statuses = await Promise.all(Array.from({ length: 1000 }, (_, i) => ask(i)));
    expect(statuses.filter((status) => status !== 0)).toEqual([]);
    expect(wrong).toEqual([]);
  });

  it('as a server understands ours over a thousand requests with changing headers', async () => {
    const server = http2.createServer();
    const wrong: string[] = [];
    server.on('stream', (stream, headers) => {
      const i = Number(headers['x-index']);
      if (headers['x-text'] !== text(i)) wrong.push(`${i}: ${String(headers['x-text'])}`);
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', [`x-${i % 50}`]: text(i) },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(grpcMessage(text(i)));
      stream.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const pool = await readyPool((server.address() as AddressInfo).port);
    const method = new PreparedMethod('/t.T/Fields');
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => {
        const metadata = Metadata.of({ 'x-index': String(i), 'x-text': text(i) });
        return callUnary(pool, method, Buffer.from('x'), { metadata });
      }),
    );
    expect(answers.map(String)).toEqual(Array.from({ length: 1000 }, (_, i) => text(i)));
    expect(wrong).toEqual([]);
  });
});
