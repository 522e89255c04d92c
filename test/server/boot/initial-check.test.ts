import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/base/errors.ts';
import { initialCheck } from '../../../src/server/boot/initial-check.ts';
import { jsonLogger } from '../../../src/server/log.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('initialCheck', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('passes where every peer holds the same', async () => {
    expect(
      await check([
        { hash: 7, compact_revision: 2 },
        { hash: 7, compact_revision: 2 },
      ]),
    ).toMatch(/checking passed/);
  });

  it('refuses to go on where one holds something else', async () => {
    const started = check([
      { hash: 7, compact_revision: 2 },
      { hash: 8, compact_revision: 2 },
    ]);
    await expect(started).rejects.toThrow(OperationError);
    await expect(started).rejects.toThrow(/found data inconsistency with peers/);
  });

  it('compares nothing across compactions, and counts no peer that cannot say', async () => {
    const log = await check([{ hash: 8, compact_revision: 3 }, undefined]);
    expect(log).toMatch(/different compact revision values/);
    expect(log).toMatch(/cannot fetch hash from remote peer.*not yet/);
  });

  async function check(answers: (object | undefined)[]): Promise<string> {
    const urls = await Promise.all(answers.map(peer));
    const peers = urls.map((url, i) => ({
      id: BigInt(i + 2),
      name: `m${i + 2}`,
      peerUrls: [url],
      clientUrls: [],
      isLearner: false,
    }));
    let text = '';
    const log = jsonLogger({ level: 'info', room: 't', clock: new ManualClock(), write: (line) => (text += line) });
    const own = { hash: 7, compactRevision: 2 };
    await initialCheck({ id: 1n, revision: 5, own, peers, tls: undefined, timeoutMs: 1000, log });
    return text;
  }

  function peer(answer: object | undefined): Promise<string> {
    const server = createServer((request, response) => {
      expect(request.url).toBe('/members/hashkv');
      if (answer === undefined) response.writeHead(400).end('not yet\n');
      else response.end(JSON.stringify(answer));
    });
    servers.push(server);
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    });
  }
});
