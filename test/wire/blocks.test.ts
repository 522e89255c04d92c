/** Memory that goes round: what waits to be read must not change, however many other answers go out meanwhile. */
import { connect } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { BLOCK_BYTES, giveBlock, takeBlock } from '../../src/wire/blocks.ts';
import { BlockWriter } from '../../src/wire/messages/index.ts';
import { PreparedMethod, callUnary } from '../../src/wire/index.ts';
import type { GrpcServer } from '../../src/wire/index.ts';
import { CLIENT_HELLO, message, numberFrame, parseFrames, request, settingsFrame } from './support/frames.ts';
import { liveServer, readyPool } from './support/live.ts';
import { rawServer } from './support/raw-peer.ts';

const LONG = '/t.T/Long';
const PREFIX_BYTES = 5;
const WIDE = 2 ** 30;
/** No window of HTTP/2 holds anything back: only who does not read. */
const WIDE_HELLO = Buffer.concat([CLIENT_HELLO, settingsFrame({ 4: WIDE }), numberFrame(8, 0, WIDE)]);

/** Bytes that are nobody else's: every answer has a seed of its own. */
function bytesOf(seed: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i + 4 <= size; i += 4) bytes.writeUInt32LE((seed * 0x1000003 + i) >>> 0, i);
  return bytes;
}

const asked = (seed: number, size: number): Buffer => {
  const question = Buffer.alloc(8);
  question.writeUInt32LE(seed, 0);
  question.writeUInt32LE(size, 4);
  return question;
};

/** Answers with as many bytes of a seed as the request says, written into blocks. */
function serveLong(server: GrpcServer): void {
  server.unary(LONG, (call) => {
    const seed = call.request.readUInt32LE(0);
    const writer = new BlockWriter();
    const bytes = bytesOf(seed, call.request.readUInt32LE(4));
    for (let at = 0; at < bytes.length; at += 40_000) writer.add(bytes.subarray(at, at + 40_000));
    call.respondInParts(writer.bytes, writer.take());
  });
}

const size = fc.integer({ min: 0, max: 4 * BLOCK_BYTES });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('ask' as const), size }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('stop', 'read', 'giveUp'), size: fc.constant(0) }) },
);

it('answers to clients that stop reading, read on and give up are what was asked for', () => {
  const clients = fc.array(fc.tuple(fc.nat({ max: 2 }), step), { maxLength: 40 });
  fc.assert(
    fc.property(clients, fc.constantFrom(1000, 65_536), (steps, chunkBytes) => {
      const made = [CLIENT_HELLO, WIDE_HELLO, WIDE_HELLO].map((hello) => ({
        ...rawServer({}, chunkBytes, hello),
        sizes: new Map<number, number>(),
        lastId: -1,
      }));
      for (const { server } of made) serveLong(server);
      const seedOf = (client: number, id: number): number => id * made.length + client;
      for (const [which, { what, size }] of steps) {
        const client = made[which]!;
        const { peer } = client;
        if (what === 'ask') {
          const id = (client.lastId += 2);
          client.sizes.set(id, size);
          peer.say(request(id, LONG), message(id, asked(seedOf(which, id), size)));
        } else if (what === 'stop') peer.stopReading();
        else if (what === 'read') peer.startReading();
        else if (client.lastId > 0) {
          client.sizes.delete(client.lastId);
          peer.say(numberFrame(3, client.lastId, 8));
        }
      }
      made.forEach(({ peer, sizes }, which) => {
        peer.startReading();
        peer.say(numberFrame(8, 0, WIDE), settingsFrame({ 4: WIDE }));
        for (const [id, expected] of sizes) {
          const answer = peer.dataOf(id).subarray(PREFIX_BYTES);
          expect(answer.equals(bytesOf(seedOf(which, id), expected)), `stream ${id} of client ${which}`).toBe(true);
        }
      });
    }),
    { numRuns: 60 },
  );
});

it('an answer that its client does not read from its socket stays what it is while others are answered', async () => {
  const { server, port } = await liveServer();
  serveLong(server);
  const answerBytes = 4 * 1024 * 1024;
  const ids = [1, 3, 5, 7];
  const slow = connect(port.port, '127.0.0.1');
  onTestFinished(() => void slow.destroy());
  slow.write(WIDE_HELLO);
  // More than the kernel takes; nobody listens for it yet.
  for (const id of ids) slow.write(Buffer.concat([request(id, LONG), message(id, asked(id, answerBytes))]));
  const pool = await readyPool(port.port, { limits: { maxMessageBytes: 2 * answerBytes } });
  for (let seed = 100; seed < 120; seed++) {
    const answer = await callUnary(pool, new PreparedMethod(LONG), asked(seed, 1_000_000));
    expect(answer.equals(bytesOf(seed, 1_000_000)), `answer ${seed}`).toBe(true);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  slow.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ids.length * answerBytes) slow.emit('enough');
  });
  await once(slow, 'enough');
  const frames = parseFrames(Buffer.concat(chunks));
  for (const id of ids) {
    const payloads = frames.filter((frame) => frame.type === 0 && frame.id === id).map(({ payload }) => payload);
    const answer = Buffer.concat(payloads).subarray(PREFIX_BYTES);
    expect(answer.equals(bytesOf(id, answerBytes).subarray(0, answer.length)), `stream ${id}`).toBe(true);
    expect(answer.length).toBeGreaterThan(answerBytes - BLOCK_BYTES);
  }
});

it('a block goes to the next who needs one, and to one only', () => {
  // What other tests have given back.
  const [block] = Array.from({ length: 200 }, takeBlock) as [Buffer];
  giveBlock(block);
  expect(() => giveBlock(block)).toThrow('twice');
  expect(takeBlock()).toBe(block);
  expect(takeBlock()).not.toBe(block);
});

it('the blocks of answers come back, whether these were sent, dropped or reset', () => {
  const { server, peer } = rawServer({}, 65_536, WIDE_HELLO);
  const seen = new Set<Buffer>();
  let isDropped = false;
  server.unary(LONG, (call) => {
    const writer = new BlockWriter();
    writer.add(Buffer.alloc(3 * BLOCK_BYTES));
    if (isDropped) {
      writer.drop();
      call.fail(13, 'dropped');
      return;
    }
    const bytes = writer.bytes;
    const parts = writer.take();
    for (const { block } of parts) seen.add(block!);
    call.respondInParts(bytes, parts);
  });
  for (let i = 0; i < 50; i++) {
    const id = 2 * i + 1;
    isDropped = i % 5 === 1;
    peer.say(request(id, LONG), message(id, 'x'), ...(i % 5 === 2 ? [numberFrame(3, id, 8)] : []));
  }
  expect(seen.size).toBeLessThan(12);
});
