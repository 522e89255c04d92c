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
