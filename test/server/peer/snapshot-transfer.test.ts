import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, it } from 'vitest';
import { postSnapshot } from '../../../src/server/peer/snapshot-transfer.ts';

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
  const sending = postSnapshot(url, { clusterId: 1n, from: 1n, to: 2n }, undefined, snapshot, 50);
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
