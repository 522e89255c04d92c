import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { assertPortsFree } from '../../../src/server/boot/free-ports.ts';
import { parseUrl } from '../../../src/server/config/values.ts';

it('names the URL whose port is taken, and leaves free ones free', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const url = parseUrl('listen-client-urls', `http://127.0.0.1:${(taken.address() as AddressInfo).port}`);
  await expect(assertPortsFree([url])).rejects.toThrow(`cannot listen on ${url.href}: `);
  await new Promise((resolve) => taken.close(resolve));
  await assertPortsFree([url]);
  await assertPortsFree([url]);
});
