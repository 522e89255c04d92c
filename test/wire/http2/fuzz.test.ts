/** Any bytes, and any frames in any order, into a server and into a client: they may end the connection, nothing else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PreparedMethod } from '../../../src/wire/index.ts';
import { CLIENT_HELLO, frame, headerBlock, message, numberFrame, requestBlock, SETTINGS } from '../support/frames.ts';
import { rawClient, unary } from '../support/grpc-pair.ts';
import { rawServer } from '../support/raw-peer.ts';

const RUNS = Number(process.env['ETCDMARK_FUZZ_RUNS'] ?? 400);
const settings = { numRuns: RUNS };

const id = fc.integer({ min: 0, max: 9 });
const payload = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const anyFrame = fc
  .record({ type: fc.integer({ min: 0, max: 11 }), flags: fc.integer({ min: 0, max: 255 }), id, payload })
  .map(({ type, flags, id, payload }) => frame(type, flags, id, payload));
const saneFrame = fc.oneof(
  fc
    .record({ id, path: fc.constantFrom('/t.T/Echo', '/t.T/Chat', '/none'), flags: fc.constantFrom(0, 1, 4, 5) })
    .map(({ id, path, flags }) => frame(1, flags, id, requestBlock(path))),
  fc
    .record({ id, text: fc.string({ maxLength: 20 }), last: fc.boolean() })
    .map(({ id, text, last }) => message(id, text, last)),
  fc
    .record({ type: fc.constantFrom(3, 8), id, value: fc.nat() })
    .map(({ type, id, value }) => numberFrame(type, id, value)),
  fc
    .record({ id, flags: fc.constantFrom(0, 1, 4, 5) })
    .map(({ id, flags }) => frame(1, flags, id, headerBlock({ ':status': '200', 'content-type': 'application/grpc' }))),
  fc
    .record({ id, status: fc.nat(20) })
    .map(({ id, status }) => frame(1, 5, id, headerBlock({ 'grpc-status': String(status) }))),
);
const conversation = fc.array(
  fc.oneof({ weight: 3, arbitrary: saneFrame }, { weight: 1, arbitrary: anyFrame }, { weight: 1, arbitrary: payload }),
  { maxLength: 30 },
);
/** A stream that ends inside the prefix of a message: its handler once never heard of the end. */
const BROKEN_OFF = [
  Buffer.from([
    ...[0, 0, 41, 1, 4, 0, 0, 0, 1, 131, 134, 4, 135, 97, 43, 239, 98, 244, 227, 79, 1, 131, 73, 80, 159],
    ...[0, 2, 116, 101, 134, 77, 131, 53, 5, 177, 31, 15, 16, 139, 29, 117, 208, 98, 13, 38, 61, 76, 77, 101, 100],
  ]),
  Buffer.from([0, 0, 1, 0, 215, 0, 0, 0, 1, 0]),
];

const chunkBytes = fc.constantFrom(1, 7, 64, 65_536);

describe('whatever arrives', { timeout: 3_600_000 }, () => {
  it('a server ends the connection or goes on, and leaves nothing open when it is over', () => {
    fc.assert(
      fc.property(conversation, chunkBytes, (parts, chunkBytes) => {
        const { clock, server, peer } = rawServer({}, chunkBytes, CLIENT_HELLO);
        let open = 0;
        server.stream('/t.T/Chat', (call) => {
          open++;
          call.onMessage((message) => call.send(message));
          call.onHalfClose(() => {
            open--;
            call.end();
          });
          call.onCancel(() => open--);
        });
        peer.say(...parts);
        server.close();
        clock.advance(2000);
        expect([server.connectionCount, open, peer.closed]).toEqual([0, 0, true]);
      }),
      { ...settings, examples: [[BROKEN_OFF, 1]] },
    );
  });

  it('a client tells every caller exactly once how its call ended', () => {
    const method = new PreparedMethod('/t.T/Method');
    fc.assert(
      fc.property(conversation, (parts) => {
        const { clock, pool, servers } = rawClient({}, SETTINGS);
        const outcomes = [0, 1, 2].map(() => unary(pool, method, Buffer.from('x')));
        clock.settle();
        servers[0]!.say(...parts);
        pool.close();
        clock.advance(2000);
        expect(outcomes.map(({ calls }) => calls)).toEqual([1, 1, 1]);
      }),
      settings,
    );
  });
});
