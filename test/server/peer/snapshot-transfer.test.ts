import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../../../src/server/peer/frames.ts';
import { postSnapshot, receiveSnapshot } from '../../../src/server/peer/snapshot-transfer.ts';

it('gives up a peer that takes a snapshot in and never answers', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((request) => request.resume());
  silent.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const chunks = [new Uint8Array(1000), new Uint8Array(1000)];
  const snapshot = {
    term: 2,
    mark: { index: 5, term: 2, confState: { voters: [1n, 2n], learners: [] } },
    next: () => chunks.pop(),
    close: () => undefined,
  };
  const sending = postSnapshot(url, { clusterId: 1n, from: 1n, to: 2n }, undefined, snapshot, { idleTimeoutMs: 50 });
  await expect(sending).rejects.toThrow('no progress within 50 ms');
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

it('lets the event loop turn between two chunks, however fast the peer takes them', async () => {
  const peer = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
  let turns = 0;
  let isCounting = true;
  const count = (): void => {
    turns++;
    if (isCounting) setImmediate(count);
  };
  count();
  const turnOfChunk: number[] = [];
  const chunk = new Uint8Array(64 * 1024);
  const snapshot = {
    term: 2,
    mark: { index: 5, term: 2, confState: { voters: [1n, 2n], learners: [] } },
    next: () => (turnOfChunk.push(turns) > 50 ? undefined : chunk),
    close: () => undefined,
  };
  const url = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`;
  await postSnapshot(url, { clusterId: 1n, from: 1n, to: 2n }, undefined, snapshot);
  isCounting = false;
  expect(new Set(turnOfChunk).size).toBe(51);
  await new Promise((resolve) => peer.close(resolve));
});

describe('a snapshot that comes in', () => {
  const HEAD = Buffer.from('{"term":2,"index":5,"markTerm":2,"voters":["1"],"learners":["2"]}');

  const framed = (bytes: Uint8Array): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  };

  async function received(pieces: readonly Buffer[]): Promise<{ chunks: Buffer[]; isFinished: boolean }> {
    const told = { chunks: [] as Buffer[], isFinished: false };
    const body = (async function* () {
      for (const piece of pieces) yield await Promise.resolve(piece);
    })();
    await receiveSnapshot(body, (term, mark) => {
      expect([term, mark]).toEqual([2, { index: 5, term: 2, confState: { voters: [1n], learners: [2n] } }]);
      return {
        write: (chunk) => told.chunks.push(Buffer.from(chunk)),
        finish: () => (told.isFinished = true),
        abort: () => undefined,
      };
    });
    return told;
  }

  it('is the same however its bytes are cut', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), async (sent, cuts) => {
        const body = Buffer.concat([HEAD, ...sent, new Uint8Array(0)].map(framed));
        const pieces: Buffer[] = [];
        for (let at = 0, i = 0; at < body.length; at += cuts[i++ % cuts.length]!) {
          pieces.push(body.subarray(at, at + cuts[i % cuts.length]!));
        }
        const told = await received(pieces);
        expect(told.isFinished).toBe(true);
        expect(told.chunks).toEqual(sent.map((chunk) => Buffer.from(chunk)));
      }),
    );
  });

  it('may hold a value as large as an entry of the log can be', async () => {
    // A member takes no larger frame; the chunk's own record is a little more than the value in it.
    const announced = Buffer.alloc(4);
    announced.writeUInt32LE(MAX_FRAME_BYTES + 1000);
    await expect(received([framed(HEAD), announced])).rejects.toThrow('broke off before its end');
    announced.writeUInt32LE(MAX_FRAME_BYTES * 2);
    await expect(received([framed(HEAD), announced])).rejects.toThrow('bytes is too long');
  });
});

it('breaks off when it is told to', async () => {
  const silent = createServer((request) => request.resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const stopping = new AbortController();
  let chunks = 0;
  const snapshot = {
    term: 2,
    mark: { index: 5, term: 2, confState: { voters: [1n, 2n], learners: [] } },
    // It has no end of its own.
    next: () => {
      if (++chunks === 20) stopping.abort(new Error('the member stops'));
      return new Uint8Array(1000);
    },
    close: () => undefined,
  };
  const identity = { clusterId: 1n, from: 1n, to: 2n };
  await expect(postSnapshot(url, identity, undefined, snapshot, { signal: stopping.signal })).rejects.toThrow();
  expect(chunks).toBeLessThan(40);
  await new Promise((resolve) => silent.close(resolve));
});
