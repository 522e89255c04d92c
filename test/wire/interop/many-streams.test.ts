/** Ten thousand streams at once. */
import { expect, it } from 'vitest';
import { PreparedMethod } from '../../../src/wire/index.ts';
import type { ClientStream } from '../../../src/wire/index.ts';
import { liveServer, readyPool } from '../support/live.ts';

it('10,000 streams over 100 connections, each answered three times', async () => {
  const { port, server } = await liveServer();
  const pool = await readyPool(port.port, { connections: 100 });
  const method = new PreparedMethod('/t.T/Chat');
  const counts = new Array<number>(10_000).fill(0);
  let ended = 0;
  await new Promise<void>((resolve, reject) => {
    const streams: ClientStream[] = counts.map((_, i) => {
      const stream = pool.stream(method, {
        onMessage: (message) => {
          if (message.readUInt32BE() !== i) reject(new Error(`stream ${i} got a message of another`));
          counts[i]!++;
          if (counts[i]! < 3) stream.send(message);
          else stream.halfClose();
        },
        onEnd: (error) => {
          if (error !== undefined) reject(error);
          else if (++ended === counts.length) resolve();
        },
      });
      return stream;
    });
    // Nothing is sent before all are open.
    streams.forEach((stream, i) => {
      const message = Buffer.alloc(4);
      message.writeUInt32BE(i);
      stream.send(message);
    });
  });
  expect(counts.every((count) => count === 3)).toBe(true);
  expect(server.connectionCount).toBe(100);
});
